import type { CheckpointKind } from '@millrace/model';

/**
 * Name of a checkpoint's directory under the job's root: `chk-12-3` is checkpoint 12 written by attempt 3,
 * `sp-13-3` a savepoint. Ids are never given out twice within an attempt, so no two writers share one.
 */
export function checkpointDirectory(id: number, kind: CheckpointKind, attempt: number): string {
  return `${kind === 'savepoint' ? 'sp' : 'chk'}-${id}-${attempt}`;
}

/** The checkpoint that a directory of this name is of; undefined for other names. */
export function parseCheckpointDirectory(name: string): { readonly id: number; readonly attempt: number } | undefined {
  const [, id, attempt] = /^(?:chk|sp)-(\d+)-(\d+)$/.exec(name) ?? [];
  return id === undefined || attempt === undefined ? undefined : { id: Number(id), attempt: Number(attempt) };
}

/** What a path below the root may look like; nothing else is ever opened. */
export function isSafeLocation(location: string): boolean {
  return /^(?:chk|sp)-\d+-\d+\/[A-Za-z0-9_~.-]+$/.test(location) && !location.includes('..');
}

/** Two ids never give one name: whatever is not a letter, digit or underscore becomes `~` and its code. */
export function fileSafe(id: string): string {
  return id.replace(/[^A-Za-z0-9_]/g, (character) => `~${character.codePointAt(0)?.toString(16)}.`);
}
