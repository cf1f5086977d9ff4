import { type RecordBatch, withSelection } from '@millrace/batch';
import type { KeyedRows, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { Progress } from '../window/progress.ts';
import { TimeQueue } from './time-queue.ts';

/** Marks of a row: its event time, and its number among all that came. */
const TIME = 0;
const ARRIVAL = 1;
/** Keys without rows are forgotten together, when there are more of them than of rows that wait, and at least so many. */
const EMPTY_KEYS = 4096;

export function waitingState(name: string, keyTypes: readonly DataType[], schema: Schema): RowsDescriptor {
  const rowTypes = schema.fields.map(({ type }) => type);
  return { kind: 'rows', name, keyTypes, rowTypes, keyMarks: [], rowMarks: ['float64', 'float64'], order: 'any' };
}

/** Rows that left together, in order of time, those of one time in order of arrival. */
export interface Due {
  /** Dense. */
  readonly batch: RecordBatch;
  readonly times: Float64Array;
}

/** Rows that wait until the watermark reaches their time. Their order is no state: it is made again from the marks. */
export class WaitingRows {
  readonly #schema: Schema;
  readonly #progress: Progress;
  readonly #rows: KeyedRows;
  readonly #queue = new TimeQueue();
  /** Slots that were left without rows; some may have rows again. */
  #emptied: number[] = [];

  constructor(context: OperatorContext, name: string, schema: Schema, progress: Progress) {
    this.#schema = schema;
    this.#progress = progress;
    this.#rows = context.state.rows(name).at(0);
    const [times, arrivals] = [this.#rows.rowFloat64(TIME), this.#rows.rowFloat64(ARRIVAL)];
    for (let id = 0; id < this.#rows.ids; id++) {
      if ((this.#rows.slotOf[id] ?? -1) >= 0) this.#queue.push(times[id] ?? 0, arrivals[id] ?? 0, id);
    }
    for (let slot = 0; slot < this.#rows.slots; slot++) if (this.#rows.counts[slot] === 0) this.#emptied.push(slot);
  }

  /** Keeps the rows `numbers`; `times` by row number. */
  add(batch: RecordBatch, keyColumns: readonly number[], numbers: Int32Array, times: Float64Array): void {
    const rows = this.#rows;
    const slots = new Int32Array(numbers.length);
    rows.slotsOf(withSelection(batch, numbers), keyColumns, slots);
    const ids = new Int32Array(numbers.length);
    rows.add(batch, numbers, ids);
    const [rowTimes, rowArrivals] = [rows.rowFloat64(TIME), rows.rowFloat64(ARRIVAL)];
    const { arrivals } = this.#progress;
    for (let at = 0; at < numbers.length; at++) {
      const id = ids[at] ?? 0;
      const time = times[numbers[at] ?? 0] ?? 0;
      rowTimes[id] = time;
      rowArrivals[id] = arrivals + at;
      rows.link(slots[at] ?? 0, id);
      this.#queue.push(time, arrivals + at, id);
    }
    this.#progress.arrive(numbers.length);
  }

  /** Takes out rows up to and including `until`: about `rowsMax`, and never only some of one time. Undefined when none is due. */
  take(until: number, rowsMax: number): Due | undefined {
    const queue = this.#queue;
    if (queue.size === 0 || queue.earliest > until) return undefined;
    const rowTimes = this.#rows.rowFloat64(TIME);
    let ids: Int32Array = new Int32Array(Math.min(queue.size, rowsMax));
    let count = 0;
    for (let last = Number.NaN; queue.size > 0; count++) {
      const time = queue.earliest;
      if (time > until || (count >= rowsMax && time !== last)) break;
      if (count === ids.length) ids = longer(ids);
      ids[count] = queue.pop();
      last = time;
    }
    ids = ids.subarray(0, count);
    const columns = this.#schema.fields.map((_, at) => this.#rows.gather(at, ids));
    const times = new Float64Array(count);
    for (let at = 0; at < count; at++) times[at] = rowTimes[ids[at] ?? 0] ?? 0;
    this.#forget(ids);
    return { batch: { schema: this.#schema, rows: count, columns, selection: undefined }, times };
  }

  /** Most keys soon have rows again: looking up one that is there costs less than adding it. */
  #forget(ids: Int32Array): void {
    const rows = this.#rows;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] ?? 0;
      const slot = rows.slotOf[id] ?? -1;
      rows.unlink(id);
      rows.free(id);
      if (rows.counts[slot] === 0) this.#emptied.push(slot);
    }
    if (this.#emptied.length < Math.max(EMPTY_KEYS, rows.size)) return;
    rows.dropEmpty(Int32Array.from(this.#emptied), this.#emptied.length);
    this.#emptied = [];
  }
}

function longer(ids: Int32Array): Int32Array {
  const copy = new Int32Array(Math.max(64, ids.length * 2));
  copy.set(ids);
  return copy;
}
