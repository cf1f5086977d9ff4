import { createHash } from 'node:crypto';

/** Whose file it is: names of different sinks, subtasks and attempts never meet, also in one folder. */
export interface PartOwner {
  readonly job: string;
  readonly operator: string;
  readonly subtask: number;
  readonly attempt: number;
}

/** The part of a name that stands for job and operator. */
export function sinkTag({ job, operator }: Pick<PartOwner, 'job' | 'operator'>): string {
  return createHash('sha256')
    .update(JSON.stringify([job, operator]))
    .digest('hex')
    .slice(0, 10);
}

/** `part-<sink>-<subtask>-<attempt>-<number>.json`: the n-th file of one writer. */
export function partName(owner: PartOwner, number: number, extension: string): string {
  return `part-${sinkTag(owner)}-${owner.subtask}-${owner.attempt}-${number}.${extension}`;
}

/** What a file is called until it is committed: hidden from readers, as Flink's in-progress files are. */
export function pendingName(part: string): string {
  return `.${part}.inprogress`;
}

/** The attempt a pending file of this sink was written by; undefined for any other file. */
export function attemptOfPending(name: string, tag: string): number | undefined {
  const match = /^\.part-([0-9a-f]{10})-\d+-(\d+)-\d+\.[a-z]+\.inprogress$/.exec(name);
  return match !== null && match[1] === tag ? Number(match[2]) : undefined;
}

/** The file that remembers what was committed. */
export function markName(tag: string): string {
  return `.committed-${tag}.json`;
}
