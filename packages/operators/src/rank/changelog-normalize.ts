import { CHANGE, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector, KeyedRows, Operator, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { ChangelogNormalizeNode } from '@millrace/plan';
import { keptRows } from '../row/kept-rows.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { TimeToLive } from '../row/time-to-live.ts';

const ROWS = 'last-rows';
/** Mark of a row: when it was written. */
const TOUCHED = 0;

/**
 * Makes full changes of upserts (Flink's ChangelogNormalize): what a key's row was is remembered and taken back before it is replaced. Of what a
 * batch says of a key only the last counts. The row that a DELETE brings is not looked at beyond its key; a DELETE of a key that is
 * not there, a row equal to the one known and UPDATE_BEFORE say nothing.
 */
export function createChangelogNormalize(node: ChangelogNormalizeNode, input: Schema): Operator {
  const state: RowsDescriptor = {
    kind: 'rows',
    name: ROWS,
    keyTypes: keyTypesOf(input, node.keys, 'PRIMARY KEY'),
    rowTypes: input.fields.map(({ type }) => type),
    keyMarks: [],
    rowMarks: ['float64'],
    order: 'any',
  };
  const output = new PairedOutput(node.schema, input.fields.length);
  return stateful([state], (context) => new Normalizing(node, context, output));
}

class Normalizing implements Step {
  readonly #node: ChangelogNormalizeNode;
  readonly #context: OperatorContext;
  readonly #output: PairedOutput;
  readonly #rows: KeyedRows;
  readonly #ttl: TimeToLive;
  /** By slot, the last row of the batch at hand; -1 between batches. */
  #last = new Int32Array(0);

  constructor(node: ChangelogNormalizeNode, context: OperatorContext, output: PairedOutput) {
    this.#node = node;
    this.#context = context;
    this.#output = output;
    this.#rows = context.state.rows(ROWS).at(0);
    this.#ttl = new TimeToLive(node);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const { changes } = batch;
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const told = changes === undefined ? selected : keptRows(selected, (row) => changes[row] !== CHANGE.updateBefore);
    const slots = new Int32Array(told.length);
    this.#rows.slotsOf(withSelection(batch, told), this.#node.keys, slots);
    this.#rows.bind(batch, [...batch.columns.keys()]);
    const replacing = this.#replacing(batch, this.#lastOf(told, slots), now);
    this.#replaceAll(batch, replacing, now, out);
    if (changes !== undefined) this.#rows.dropEmpty(slots, slots.length);
  }

  onProcessingTime(now: number): void {
    if (this.#ttl.isDue(now)) this.#ttl.sweepRows(this.#rows, TOUCHED, now);
  }

  /** The keys of a batch, and the last row of each. */
  #lastOf(numbers: Int32Array, slots: Int32Array): Replacing {
    if (this.#last.length < this.#rows.slots) this.#last = new Int32Array(this.#rows.slots * 2).fill(-1);
    const last = this.#last;
    const found = new Int32Array(numbers.length);
    let count = 0;
    for (let at = 0; at < numbers.length; at++) {
      const slot = slots[at] ?? 0;
      if ((last[slot] ?? -1) < 0) found[count++] = slot;
      last[slot] = numbers[at] ?? 0;
    }
    const lastNumbers = new Int32Array(count);
    for (let at = 0; at < count; at++) {
      lastNumbers[at] = last[found[at] ?? 0] ?? 0;
      last[found[at] ?? 0] = -1;
    }
    return { slots: found.subarray(0, count), numbers: lastNumbers };
  }

  /** Of these those that say something; the others are touched. */
  #replacing(batch: RecordBatch, { slots, numbers }: Replacing, now: number): Replacing {
    const rows = this.#rows;
    const touched = rows.rowFloat64(TOUCHED);
    let count = 0;
    for (let at = 0; at < numbers.length; at++) {
      const [slot, number] = [slots[at] ?? 0, numbers[at] ?? 0];
      const held = this.#heldOf(slot);
      const isDelete = batch.changes?.[number] === CHANGE.delete;
      // With a time to live, downstream must hear that the row is still alive.
      const isSame = held >= 0 && !isDelete && !this.#ttl.isOn && rows.equals(held, number);
      if (isSame) touched[held] = now;
      if (isSame || (held < 0 && isDelete)) continue;
      slots[count] = slot;
      numbers[count++] = number;
    }
    return { slots: slots.subarray(0, count), numbers: numbers.subarray(0, count) };
  }

  /** All rows that came lie beside those they replace until both are told. */
  #replaceAll(batch: RecordBatch, { slots, numbers }: Replacing, now: number, out: Collector): void {
    const rows = this.#rows;
    const output = this.#output;
    const { changes } = batch;
    const upserts = changes === undefined ? numbers : keptRows(numbers, (row) => changes[row] !== CHANGE.delete);
    const ids = new Int32Array(upserts.length);
    rows.add(batch, upserts, ids);
    const touched = rows.rowFloat64(TOUCHED);
    output.begin(rows, rows);
    const replaced = new Int32Array(numbers.length);
    let replacedCount = 0;
    for (let at = 0, added = 0; at < numbers.length; at++) {
      const slot = slots[at] ?? 0;
      const held = this.#heldOf(slot);
      const old = held >= 0 && !this.#ttl.isExpired(touched[held] ?? 0, now) ? held : -1;
      const id = changes?.[numbers[at] ?? 0] === CHANGE.delete ? -1 : (ids[added++] ?? -1);
      if (old >= 0) output.add(id < 0 ? CHANGE.delete : CHANGE.updateBefore, old, -1, out);
      if (id >= 0) output.add(old < 0 ? CHANGE.insert : CHANGE.updateAfter, id, -1, out);
      if (held >= 0) {
        rows.unlink(held);
        replaced[replacedCount++] = held;
      }
      if (id < 0) continue;
      touched[id] = now;
      rows.link(slot, id);
    }
    output.flush(out);
    for (let at = 0; at < replacedCount; at++) rows.free(replaced[at] ?? 0);
  }

  /** The row of a key, which may have expired; -1 when there is none. */
  #heldOf(slot: number): number {
    const { counts, starts, lists } = this.#rows;
    return (counts[slot] ?? 0) > 0 ? (lists[starts[slot] ?? 0] ?? 0) : -1;
  }
}

/** Keys, and the row of the batch that says what becomes of each. */
interface Replacing {
  readonly slots: Int32Array;
  readonly numbers: Int32Array;
}
