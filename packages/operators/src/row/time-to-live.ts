import type { KeyedRows } from '@millrace/contracts';
import type { Remembering } from '@millrace/plan';

/** Expired rows are looked for so often within a time to live: no more than one part in eight of the state is waiting to be forgotten. */
const SWEEPS = 8;

/**
 * Forgets remembered rows that nobody wrote for `stateTtlMs` of processing time (Flink's state TTL). What is expired does not count from that
 * moment on, whoever looks at it asks; a sweep over the marks, which lie densely, gives its memory back.
 */
export class TimeToLive {
  readonly #ttlMs: number;
  /** Not state: after a restart the next sweep comes at once. */
  #nextSweep = Number.NEGATIVE_INFINITY;

  constructor({ stateTtlMs = 0 }: Remembering) {
    this.#ttlMs = stateTtlMs;
  }

  get isOn(): boolean {
    return this.#ttlMs > 0;
  }

  isExpired(touched: number, now: number): boolean {
    return this.#ttlMs > 0 && touched + this.#ttlMs <= now;
  }

  /** Whether to sweep now; says so once per part of the time to live. */
  isDue(now: number): boolean {
    if (this.#ttlMs === 0 || now < this.#nextSweep) return false;
    this.#nextSweep = now + Math.ceil(this.#ttlMs / SWEEPS);
    return true;
  }

  /** Drops rows by when each was touched, `mark`; keys without rows go as well. `leaves` is told each row before. */
  sweepRows(rows: KeyedRows, mark: number, now: number, leaves: (id: number) => void = () => {}): void {
    const touched = rows.rowFloat64(mark);
    const { slotOf } = rows;
    const emptied: number[] = [];
    for (let id = 0; id < rows.ids; id++) {
      const slot = slotOf[id] ?? -1;
      if (slot < 0 || !this.isExpired(touched[id] ?? 0, now)) continue;
      emptied.push(slot);
      leaves(id);
      rows.unlink(id);
      rows.free(id);
    }
    rows.dropEmpty(Int32Array.from(emptied), emptied.length);
  }

  /** Drops keys, with all their rows, by when each was touched: a key mark. The rows lie in a given order. */
  sweepKeys(rows: KeyedRows, mark: number, now: number): void {
    const touched = rows.keyFloat64(mark);
    const emptied: number[] = [];
    for (let slot = 0; slot < rows.slots; slot++) {
      if ((rows.counts[slot] ?? -1) < 0 || !this.isExpired(touched[slot] ?? 0, now)) continue;
      dropRows(rows, slot);
      emptied.push(slot);
    }
    rows.dropEmpty(Int32Array.from(emptied), emptied.length);
  }
}

/** Forgets the rows of a key, which lie in a given order. */
export function dropRows(rows: KeyedRows, slot: number): void {
  for (let count = rows.counts[slot] ?? 0; count > 0; count--) rows.free(rows.unlinkAt(slot, count - 1));
}
