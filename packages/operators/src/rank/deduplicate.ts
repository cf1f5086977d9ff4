import { CHANGE, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, StateDescriptor, StateKey } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { DeduplicateNode } from '@millrace/plan';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { type Cell, fillRow, partialRows, type StoredRow, sameRow } from '../row/stored-row.ts';

const ROWS = 'rows';

/** The row that stands for a key; empty when only its having been there matters. */
type Kept = { row: StoredRow; touched: number };

/**
 * One row per key. By processing time the first or the last to come; by event time the earliest or the latest, of equal times the
 * first or the last to come (Flink's RowTimeDeduplicateFunction). A batch tells at most one replacement per key. A row
 * without event time is late.
 */
export function createDeduplicate(node: DeduplicateNode, input: Schema): Operator {
  const keyTypes = keyTypesOf(input, node.keys, 'PARTITION BY');
  const state: StateDescriptor[] = [{ kind: 'values', name: ROWS, keyTypes }, ...expiryState(node)];
  const output = new RowOutput(node.schema, input.fields.length);
  return stateful(state, (context) => new Deduplicating(node, context, output));
}

class Deduplicating implements Step {
  readonly #node: DeduplicateNode;
  readonly #context: OperatorContext;
  readonly #output: RowOutput;
  readonly #kept: Remembered<Kept>;
  readonly #expiry: Expiry;

  constructor(node: DeduplicateNode, context: OperatorContext, output: RowOutput) {
    this.#node = node;
    this.#context = context;
    this.#output = output;
    this.#kept = new Remembered<Kept>(context, ROWS);
    this.#expiry = new Expiry(node, context);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const best = this.#bestOf(batch, now);
    for (const [key, row] of best) this.#replace(key, row, now, out);
    this.#output.flush(out);
  }

  onProcessingTime(now: number): void {
    this.#expiry.fire(now, (key) => {
      const touched = this.#kept.get(key)?.touched;
      if (touched === undefined || !this.#expiry.isExpired(touched, now)) return touched;
      this.#kept.delete(key);
      return undefined;
    });
  }

  /** By key, the row of the batch that takes the place of the one kept. */
  #bestOf(batch: RecordBatch, now: number): ReadonlyMap<StateKey, StoredRow> {
    const { keys: keyColumns, time, keep } = this.#node;
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const keys = this.#kept.keysOf(batch, keyColumns);
    const rows = partialRows(batch, time === 'processing' ? [] : [time]);
    const best = new Map<StateKey, { readonly row: Cell[]; readonly number: number }>();
    let late = 0;
    for (const [at, row] of rows.entries()) {
      const key = keys[at];
      if (key === undefined) continue;
      if (time !== 'processing' && row[time] === null) {
        late++;
        continue;
      }
      const rival = best.get(key)?.row ?? this.#keptOf(key, now);
      if (rival !== undefined && !wins(row, rival, time, keep)) continue;
      best.set(key, { row, number: numbers[at] ?? 0 });
    }
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    return new Map([...best].map(([key, { row, number }]) => [key, fillRow(batch, number, row)]));
  }

  #keptOf(key: StateKey, now: number): StoredRow | undefined {
    const kept = this.#kept.get(key);
    return kept === undefined || this.#expiry.isExpired(kept.touched, now) ? undefined : kept.row;
  }

  #replace(key: StateKey, row: StoredRow, now: number, out: Collector): void {
    const old = this.#keptOf(key, now);
    const isFinal = this.#node.keep === 'first' && this.#node.time === 'processing';
    this.#kept.set(key, { row: isFinal ? NOTHING : row, touched: now });
    if (old === undefined) {
      this.#expiry.arm(key, now);
      this.#output.add(CHANGE.insert, row, undefined, out);
      return;
    }
    // With a time to live, downstream must hear that the row is still alive.
    if (!this.#expiry.isOn && sameRow(old, row)) return;
    this.#output.add(CHANGE.updateBefore, old, undefined, out);
    this.#output.add(CHANGE.updateAfter, row, undefined, out);
  }
}

const NOTHING: StoredRow = [];

function wins(row: StoredRow, rival: StoredRow, time: DeduplicateNode['time'], keep: DeduplicateNode['keep']): boolean {
  if (time === 'processing') return keep === 'last';
  const [mine, theirs] = [Number(row[time]), Number(rival[time])];
  return keep === 'last' ? mine >= theirs : mine < theirs;
}
