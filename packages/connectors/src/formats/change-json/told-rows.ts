import type { Change } from '@millrace/batch';

/** The rows one record tells of, as JSON objects in bytes, in order. One object, reused. */
export class ToldRows {
  readonly changes: Change[] = [];
  readonly bytes: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Which member of the record each is, for messages. */
  readonly members: string[] = [];
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(change: Change, member: string, bytes: Uint8Array, start: number, end: number): void {
    const at = this.count++;
    this.changes[at] = change;
    this.members[at] = member;
    this.bytes[at] = bytes;
    this.starts[at] = start;
    this.ends[at] = end;
  }
}
