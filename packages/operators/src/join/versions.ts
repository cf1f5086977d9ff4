import { CHANGE, type RecordBatch, withSelection } from '@millrace/batch';
import type { KeyedRows, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import { TimeQueue } from '../row/time-queue.ts';

/** Marks of a version: from when on it holds; 1 when it says that there is no row. */
const TIME = 0;
const GONE = 1;

export function versionsState(name: string, keyTypes: readonly DataType[], schema: Schema): RowsDescriptor {
  const rowTypes = schema.fields.map(({ type }) => type);
  return { kind: 'rows', name, keyTypes, rowTypes, keyMarks: [], rowMarks: ['float64', 'int32'], order: 'given' };
}

/** What the row of each key is from when on: the versions of a key lie in order of time, one per time. */
export class Versions {
  readonly rows: KeyedRows;
  /** Slots by the times of their versions that the watermark has not passed. No state: made again from the marks. */
  readonly #coming = new TimeQueue();

  constructor(context: OperatorContext, name: string) {
    this.rows = context.state.rows(name).at(0);
    const times = this.rows.rowFloat64(TIME);
    for (let id = 0; id < this.rows.ids; id++) {
      const slot = this.rows.slotOf[id] ?? -1;
      if (slot >= 0) this.#coming.push(times[id] ?? 0, 0, slot);
    }
  }

  /**
   * Puts the rows `numbers`, in order; `times` by row number. Of two with one time the later to come counts. A DELETE ends its key; one that tells no
   * time ends the latest version, from its beginning on (as Flink's, which carries the row it deletes). How many could not be placed, not being DELETEs.
   */
  put(batch: RecordBatch, keyColumns: readonly number[], numbers: Int32Array, times: Float64Array): number {
    const rows = this.rows;
    const slots = new Int32Array(numbers.length);
    rows.slotsOf(withSelection(batch, numbers), keyColumns, slots);
    const ids = new Int32Array(numbers.length);
    rows.add(batch, numbers, ids);
    let late = 0;
    for (let at = 0; at < numbers.length; at++) {
      const [slot, id, number] = [slots[at] ?? 0, ids[at] ?? 0, numbers[at] ?? 0];
      const isGone = batch.changes?.[number] === CHANGE.delete;
      const given = times[number] ?? Number.NaN;
      const time = Number.isNaN(given) && isGone ? this.#latest(slot) : given;
      if (Number.isNaN(time)) {
        rows.free(id);
        if (!isGone) late++;
        continue;
      }
      rows.rowFloat64(TIME)[id] = time;
      rows.rowInt32(GONE)[id] = isGone ? 1 : 0;
      this.#place(slot, id, time);
      this.#coming.push(time, 0, slot);
    }
    rows.dropEmpty(slots, slots.length);
    return late;
  }

  /** The id of the version of a slot (-1: of no key) that holds at `time`; -1 when there is no row then. */
  at(slot: number, time: number): number {
    const after = slot < 0 ? 0 : this.#firstAfter(slot, time);
    if (after === 0) return -1;
    const id = this.#idAt(slot, after - 1);
    return this.rows.rowInt32(GONE)[id] === 1 ? -1 : id;
  }

  /** Of the versions up to `time` only the latest of each key is kept, and not even that when it says that there is no row. */
  dropPassed(time: number): void {
    const passed = new Set<number>();
    while (this.#coming.size > 0 && this.#coming.earliest <= time) passed.add(this.#coming.pop());
    for (const slot of passed) this.#dropPassedOf(slot, time);
    this.rows.dropEmpty(Int32Array.from(passed), passed.size);
  }

  #dropPassedOf(slot: number, time: number): void {
    const rows = this.rows;
    if ((rows.counts[slot] ?? -1) <= 0) return;
    const after = this.#firstAfter(slot, time);
    if (after === 0) return;
    const isGone = rows.rowInt32(GONE)[this.#idAt(slot, after - 1)] === 1;
    for (let left = isGone ? after : after - 1; left > 0; left--) rows.free(rows.unlinkAt(slot, left - 1));
  }

  #place(slot: number, id: number, time: number): void {
    const rows = this.rows;
    const after = this.#firstAfter(slot, time);
    const isReplaced = after > 0 && rows.rowFloat64(TIME)[this.#idAt(slot, after - 1)] === time;
    if (isReplaced) rows.free(rows.unlinkAt(slot, after - 1));
    rows.linkAt(slot, isReplaced ? after - 1 : after, id);
  }

  /** NaN: the key has no version. */
  #latest(slot: number): number {
    const count = this.rows.counts[slot] ?? 0;
    return count > 0 ? (this.rows.rowFloat64(TIME)[this.#idAt(slot, count - 1)] ?? Number.NaN) : Number.NaN;
  }

  #idAt(slot: number, place: number): number {
    return this.rows.lists[(this.rows.starts[slot] ?? 0) + place] ?? 0;
  }

  /** The place of the first version later than `time`; most come at the end. */
  #firstAfter(slot: number, time: number): number {
    const { lists, starts, counts } = this.rows;
    const times = this.rows.rowFloat64(TIME);
    const start = starts[slot] ?? 0;
    let low = 0;
    let high = Math.max(0, counts[slot] ?? 0);
    if (high > 0 && (times[lists[start + high - 1] ?? 0] ?? 0) <= time) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[lists[start + middle] ?? 0] ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
