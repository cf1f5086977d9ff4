import { type Column, columnOf, gather, gatherColumn, type RecordBatch, rowNumbers } from '@millrace/batch';
import type {
  Collector,
  KeyedTable,
  Operator,
  OperatorContext,
  StateDescriptor,
  UserFunctions,
} from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';
import type { GroupAggregateNode } from '@millrace/plan';
import type { Accumulation, Mergeable, Retractable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { addAll, addToCounts } from '../aggregate/count.ts';
import { mergeableOf, retractableOf } from '../aggregate/of-call.ts';
import { pick } from '../aggregate/slot-columns.ts';
import { globalCalls } from '../partial/global-calls.ts';
import { partialTable } from '../partial/partial-columns.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { emitChanges } from './emit-changes.ts';
import { splitBySign } from './signed-rows.ts';
import { Touched } from './touched.ts';

const GROUPS = 'groups';
/** Accumulators before those of the calls: how many rows the group has, and when it was last written (only with a time to live). */
const ROWS = 0;
const WRITTEN = 1;
/** How often within the time to live the state is searched for groups that have outlived it. */
const SEARCHES_PER_TTL = 8;

/**
 * GROUP BY without a window. State: one table of groups. A batch is a mini-batch: the results of the groups it touches are taken
 * before and after all its rows, and what differs is emitted, so a group changes at most once per batch. A group without rows is
 * forgotten. A row that takes back from a group that is not there is ignored, as in Flink: its time to live had ended. As the global phase
 * it is fed what `LocalGroupAggregate` adds up; its state is the same.
 */
export class GroupAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: GroupAggregateNode;
  readonly #calls: BoundCalls<Accumulation>;
  /** The same calls; undefined where the plan says that nothing is taken back. */
  readonly #retractable: BoundCalls<Retractable> | undefined;
  /** The same calls, fed by partial results. */
  readonly #global: BoundCalls<Mergeable> | undefined;
  readonly #ttlMs: number;
  readonly #asksBodies: boolean;
  readonly #touched = new Touched();
  #context: OperatorContext | undefined;
  #slots = new Int32Array(0);
  #searchedAt = Number.NEGATIVE_INFINITY;

  constructor(node: GroupAggregateNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    this.#ttlMs = node.stateTtlMs ?? 0;
    this.#asksBodies = node.calls.some(({ name }) => name === 'user');
    const own = this.#ttlMs > 0 ? (['float64', 'float64'] as const) : (['float64'] as const);
    this.#global = node.phase === 'global' ? globalCalls(node, input, own.length) : undefined;
    const retractable = node.insertOnly !== true && this.#global === undefined;
    this.#retractable = retractable ? new BoundCalls(node, input, own.length, retractableOf, functions) : undefined;
    this.#calls =
      this.#global ??
      this.#retractable ??
      new BoundCalls<Accumulation>(node, input, own.length, mergeableOf, functions);
    const keyTypes = keyTypesOf(input, node.keys, 'GROUP BY');
    const accumulators = [...own, ...this.#calls.kinds];
    const meanings = [...own.map(() => ''), ...this.#calls.meanings];
    // What takes back what a new accumulator was never given would leave it below nothing.
    const grows = retractable ? {} : ({ grows: true } as const);
    this.state = [{ kind: 'table', name: GROUPS, keyTypes, accumulators, meanings, ...grows }];
  }

  open(context: OperatorContext): void {
    this.#context = context;
  }

  process(given: RecordBatch, _input: number, out: Collector): void {
    const isSparse = this.#global !== undefined && given.selection !== undefined;
    const batch = isSparse ? gather(given, given.selection) : given;
    const rows = batch.selection ?? rowNumbers(batch.rows);
    if (rows.length === 0) return;
    const now = this.#opened().clock.now();
    const computed = this.#calls.compute(batch, now);
    const table = this.#opened().state.table(GROUPS).at(0);
    if (this.#slots.length < rows.length) this.#slots = new Int32Array(rows.length * 2);
    table.slotsOf(batch, this.#node.keys, this.#slots);
    this.#touched.collect(rows, this.#slots, table.size);
    const touched = this.#touched.slots.slice(0, this.#touched.count);
    if (this.#ttlMs > 0) this.#renew(table, touched, now);
    const rowsBefore = pick(table.float64(ROWS), touched);
    const before = this.#results(table, touched, rowsBefore);
    if (this.#global === undefined) this.#accumulate(table, computed, rows, batch.changes);
    else this.#takePartials(this.#global, table, batch);
    const rowsAfter = pick(table.float64(ROWS), touched);
    const after = this.#results(table, touched, rowsAfter);
    const firstRows = this.#touched.firstRows.slice(0, touched.length);
    const keys = this.#node.keys.map((key) => gatherColumn(columnAt(batch, key), firstRows));
    emitChanges(this.#node.schema, { keys, rowsBefore, rowsAfter, before, after }, out);
    for (const [at, slot] of touched.entries()) if ((rowsAfter[at] ?? 0) <= 0) table.release(slot);
  }

  onWatermark(timestamp: number, out: Collector): void {
    out.emitWatermark(timestamp);
  }

  onIdle(idle: boolean, out: Collector): void {
    out.emitIdle(idle);
  }

  onProcessingTime(now: number, _caughtUp: readonly SplitId[], _out: Collector): void {
    if (this.#ttlMs === 0 || now - this.#searchedAt < this.#ttlMs / SEARCHES_PER_TTL) return;
    this.#searchedAt = now;
    const table = this.#opened().state.table(GROUPS).get(0);
    const written = table?.float64(WRITTEN);
    const held = table?.float64(ROWS);
    if (table === undefined || written === undefined || held === undefined) return;
    for (let slot = 0; slot < table.size; slot++) {
      if ((held[slot] ?? 0) > 0 && (written[slot] ?? 0) + this.#ttlMs <= now) table.release(slot);
    }
  }

  flush(): void {}

  close(): void {}

  #accumulate(table: KeyedTable, computed: readonly Column[], rows: Int32Array, changes: Uint8Array | undefined): void {
    const held = table.float64(ROWS);
    const slots = this.#slots;
    if (changes === undefined) {
      const placed = { rows, slots, count: rows.length, arrival: 0 };
      addToCounts(held, placed, 1);
      this.#calls.accumulate(table, computed, placed);
      return;
    }
    const { added, taken } = splitBySign(rows, slots, changes, held);
    this.#calls.accumulate(table, computed, { ...added, arrival: 0 });
    if (taken.count === 0) return;
    if (this.#retractable === undefined) throw new Error(`${this.#node.label} was promised INSERTs only`);
    this.#retractable.forEach(computed, { ...taken, arrival: 0 }, ({ accumulation, base }, argument, placed) => {
      accumulation.retract(table, base, argument, placed);
    });
  }

  /** Behind the keys come the rows, which may be fewer than none, and the accumulators of the calls. */
  #takePartials(calls: BoundCalls<Mergeable>, table: KeyedTable, partials: RecordBatch): void {
    const first = this.#node.keys.length;
    const rows = partials.columns[first];
    if (rows?.kind !== 'float64') throw new Error('a partial result tells how many rows it stands for');
    addAll(rows.values, table.float64(ROWS), partials.rows, this.#slots);
    const own = this.#ttlMs > 0 ? 2 : 1;
    const from = partialTable(partials, first + 1 - own);
    for (const { accumulation, base } of calls.all) accumulation.merge(from, table, base, this.#slots);
  }

  /** One value per slot and call. A group without rows has none, and an aggregate somebody wrote is not asked for it: it may fail. */
  #results(table: KeyedTable, slots: Int32Array, rows: Float64Array): readonly Column[] {
    if (!this.#asksBodies || rows.every((count) => count > 0)) return this.#calls.results(table, slots);
    const places = Int32Array.from(slots.keys()).filter((at) => (rows[at] ?? 0) > 0);
    const existing = Int32Array.from(places, (at) => slots[at] ?? 0);
    const at = new Int32Array(slots.length);
    for (const [place, group] of places.entries()) at[group] = place;
    if (places.length > 0) return this.#calls.results(table, existing).map((column) => gatherColumn(column, at));
    return this.#node.calls.map(({ type }) => columnOf(new Array<null>(slots.length).fill(null), type));
  }

  /** Groups that have outlived their time are new ones. */
  #renew(table: KeyedTable, touched: Int32Array, now: number): void {
    const written = table.float64(WRITTEN);
    for (const slot of touched) {
      if ((written[slot] ?? 0) + this.#ttlMs <= now) table.clear(slot);
      written[slot] = now;
    }
  }

  #opened(): OperatorContext {
    if (this.#context === undefined) throw new Error('the operator is not open');
    return this.#context;
  }
}

function columnAt(batch: RecordBatch, index: number): Column {
  const column = batch.columns[index];
  if (column === undefined) throw new Error(`the key column ${index} does not exist`);
  return column;
}
