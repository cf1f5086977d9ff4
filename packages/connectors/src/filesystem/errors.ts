import { StreamError } from '@millrace/model';

/** What a refusal of the operating system means for the job, by its code. */
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string, retry: 'never' | 'backoff']>> = {
  ENOENT: ['missing', "is not there; check the option 'path'", 'backoff'],
  ENOTDIR: ['missing', "is not below a folder; check the option 'path'", 'never'],
  EACCES: ['permission', 'may not be used by the workers; grant them access', 'never'],
  EPERM: ['permission', 'may not be used by the workers; grant them access', 'never'],
  EROFS: ['permission', 'is on a read-only file system', 'never'],
  ELOOP: ['outside-root', 'is a symbolic link where a file was expected; put the file itself there', 'never'],
  ENOSPC: ['disk-full', 'cannot be written: the disk is full; free space', 'backoff'],
  EDQUOT: ['disk-full', 'cannot be written: the disk quota is used up; raise it', 'backoff'],
};

/** Anything thrown while touching a file as a StreamError that names the file as its author knows it. */
export function fileError(thrown: unknown, doing: string, shown: string): StreamError {
  if (thrown instanceof StreamError) return thrown;
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const [reason, remedy, retry] = REASONS[String(code)] ?? ['io', `failed: ${String(code ?? thrown)}`, 'backoff'];
  return new StreamError(`filesystem.${reason}`, `${doing}: '${shown}' ${remedy}`, {
    domain: 'external',
    retry,
    cause: thrown,
    detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  });
}
