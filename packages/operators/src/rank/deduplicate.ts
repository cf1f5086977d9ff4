import { CHANGE, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, KeyedRows, Operator, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { DeduplicateNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { BatchRows } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { TimeToLive } from '../row/time-to-live.ts';

const ROWS = 'rows';
/** Marks of a row: its event time, and when it was written. */
const TIME = 0;
const TOUCHED = 1;

/**
 * One row per key. By processing time the first or the last to come; by event time the earliest or the latest, of equal times the
 * first or the last to come (Flink's RowTimeDeduplicateFunction). A batch tells at most one replacement per key. A row
 * without event time is late.
 */
export function createDeduplicate(node: DeduplicateNode, input: Schema): Operator {
  const state: RowsDescriptor = {
    kind: 'rows',
    name: ROWS,
    keyTypes: keyTypesOf(input, node.keys, 'PARTITION BY'),
    rowTypes: isFinal(node) ? [] : input.fields.map(({ type }) => type),
    keyMarks: [],
    rowMarks: ['float64', 'float64'],
    order: 'any',
  };
  const output = new PairedOutput(node.schema, input.fields.length);
  return stateful([state], (context) => new Deduplicating(node, context, output));
}

/** No later row takes the place of the first: only its having been there matters. */
function isFinal({ keep, time }: DeduplicateNode): boolean {
  return keep === 'first' && time === 'processing';
}

class Deduplicating implements Step {
  readonly #node: DeduplicateNode;
  readonly #context: OperatorContext;
  readonly #output: PairedOutput;
  readonly #rows: KeyedRows;
  readonly #ttl: TimeToLive;
  /** By slot, the best row of the batch at hand; -1 between batches. */
  #best = new Int32Array(0);

  constructor(node: DeduplicateNode, context: OperatorContext, output: PairedOutput) {
    this.#node = node;
    this.#context = context;
    this.#output = output;
    this.#rows = context.state.rows(ROWS).at(0);
    this.#ttl = new TimeToLive(node);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const slots = new Int32Array(numbers.length);
    this.#rows.slotsOf(batch, this.#node.keys, slots);
    const { winners, late } = this.#winners(batch, numbers, slots, now);
    this.#replaceAll(batch, winners, now, out);
    if (late === 0) return;
    this.#context.metrics.count('late_records_dropped_total', late);
    this.#rows.dropEmpty(slots, slots.length);
  }

  onProcessingTime(now: number): void {
    if (this.#ttl.isDue(now)) this.#ttl.sweepRows(this.#rows, TOUCHED, now);
  }

  /** Which keys get another row, by slot, and which row of the batch that is; how many rows have no event time. */
  #winners(batch: RecordBatch, numbers: Int32Array, slots: Int32Array, now: number) {
    const { time, keep } = this.#node;
    const column = time === 'processing' ? undefined : batch.columns[time];
    const [times, nulls] = column?.kind === 'float64' ? [column.values, column.nulls] : [undefined, undefined];
    if (this.#best.length < this.#rows.slots) this.#best = new Int32Array(this.#rows.slots * 2).fill(-1);
    const best = this.#best;
    const keptTimes = this.#rows.rowFloat64(TIME);
    const found = new Int32Array(numbers.length);
    let count = 0;
    let late = 0;
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      const slot = slots[at] ?? 0;
      if (nulls?.[number] === 1) {
        late++;
        continue;
      }
      const rival = best[slot] ?? -1;
      const kept = rival >= 0 ? -1 : this.#keptOf(slot, now);
      if (rival >= 0 || kept >= 0) {
        const theirs = rival >= 0 ? (times?.[rival] ?? 0) : (keptTimes[kept] ?? 0);
        const mine = times?.[number] ?? 0;
        const isBetter = times === undefined ? keep === 'last' : keep === 'last' ? mine >= theirs : mine < theirs;
        if (!isBetter) continue;
      }
      if (rival < 0) found[count++] = slot;
      best[slot] = number;
    }
    const winners = { slots: found.subarray(0, count), numbers: new Int32Array(count), times };
    for (let at = 0; at < count; at++) {
      winners.numbers[at] = best[found[at] ?? 0] ?? 0;
      best[found[at] ?? 0] = -1;
    }
    return { winners, late };
  }

  /** The row that stands for a key; -1 when there is none that counts. */
  #keptOf(slot: number, now: number): number {
    const { counts, starts, lists } = this.#rows;
    if ((counts[slot] ?? 0) <= 0) return -1;
    const id = lists[starts[slot] ?? 0] ?? 0;
    return this.#ttl.isOn && this.#ttl.isExpired(this.#rows.rowFloat64(TOUCHED)[id] ?? 0, now) ? -1 : id;
  }

  /** All rows that came lie beside those they replace until both are told. */
  #replaceAll(batch: RecordBatch, { slots, numbers, times }: Winners, now: number, out: Collector): void {
    const rows = this.#rows;
    const output = this.#output;
    const ids = new Int32Array(numbers.length);
    rows.add(batch, numbers, ids);
    const [rowTimes, touched] = [rows.rowFloat64(TIME), rows.rowFloat64(TOUCHED)];
    rows.bind(batch, isFinal(this.#node) ? [] : [...batch.columns.keys()]);
    const source = isFinal(this.#node) ? new BatchRows(batch) : rows;
    output.begin(source, source);
    const replaced = new Int32Array(numbers.length);
    let count = 0;
    for (let at = 0; at < numbers.length; at++) {
      const id = ids[at] ?? 0;
      const number = numbers[at] ?? 0;
      const slot = slots[at] ?? 0;
      rowTimes[id] = times?.[number] ?? 0;
      touched[id] = now;
      const held = (rows.counts[slot] ?? 0) > 0 ? (rows.lists[rows.starts[slot] ?? 0] ?? 0) : -1;
      const old = held >= 0 ? this.#keptOf(slot, now) : -1;
      if (old < 0) output.add(CHANGE.insert, isFinal(this.#node) ? number : id, -1, out);
      // With a time to live, downstream must hear that the row is still alive.
      else if (this.#ttl.isOn || !rows.equals(old, number)) {
        output.add(CHANGE.updateBefore, old, -1, out);
        output.add(CHANGE.updateAfter, id, -1, out);
      }
      if (held >= 0) {
        rows.unlink(held);
        replaced[count++] = held;
      }
      rows.link(slot, id);
    }
    output.flush(out);
    for (let at = 0; at < count; at++) rows.free(replaced[at] ?? 0);
  }
}

/** Keys that get another row, which one, and the event times of the batch by row number. */
interface Winners {
  readonly slots: Int32Array;
  readonly numbers: Int32Array;
  readonly times: Float64Array | undefined;
}
