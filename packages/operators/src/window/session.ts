import { type Column, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type {
  Collector,
  KeyedTable,
  Operator,
  OperatorContext,
  StateDescriptor,
  UserFunctions,
} from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';
import type { WindowAggregateNode, WindowSpec } from '@millrace/plan';
import type { Mergeable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { mergeableOf } from '../aggregate/of-call.ts';
import { pick } from '../aggregate/slot-columns.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { timeOf } from './aggregate.ts';
import { emitRows } from './emit-window.ts';
import { PROGRESS, Progress } from './progress.ts';
import { END, OWN_KINDS, SessionPlaces, START } from './session-places.ts';
import { clockOf, type WindowTime, windowTimeOf } from './window-time.ts';

export interface SessionAggregateNode extends WindowAggregateNode {
  readonly window: Extract<WindowSpec, { readonly kind: 'session' }>;
}

const SESSIONS = 'sessions';
const MERGED = 'merged';

/**
 * GROUP BY keys and session. Sessions of a key that are open at once lie in places (`SessionPlaces`), nearly always in one, so that rows are
 * accumulated column by column as in any table. A row that closes the gap between two sessions merges them. A session is
 * emitted once, when the watermark reaches its end - 1. A row is late when the session it would be in has been emitted or would be due at
 * once, as in Flink. Processing time: `window-time.ts`.
 */
export class SessionAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: SessionAggregateNode;
  readonly #calls: BoundCalls<Mergeable>;
  #context: OperatorContext | undefined;
  #progress: Progress | undefined;
  #line: WindowTime | undefined;
  #places: SessionPlaces | undefined;
  /** No session ends before: a bound, and no state. */
  #earliestEnd = Number.NEGATIVE_INFINITY;

  constructor(node: SessionAggregateNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    this.#calls = new BoundCalls(node, input, OWN_KINDS.length, mergeableOf, functions);
    const keyTypes = keyTypesOf(input, node.keys, 'GROUP BY');
    const accumulators = [...OWN_KINDS, ...this.#calls.kinds];
    const meanings = [...OWN_KINDS.map(() => ''), ...this.#calls.meanings];
    const table = { kind: 'table', keyTypes, accumulators, meanings, grows: true } as const;
    // `merged` is empty between any two calls: one session on its way into another.
    this.state = [{ ...table, name: SESSIONS }, { ...table, name: MERGED }, PROGRESS];
  }

  open(context: OperatorContext): void {
    this.#context = context;
    this.#progress = new Progress(context);
    this.#line = windowTimeOf(this.#node.timeColumn, this.#progress);
    this.#places = new SessionPlaces(
      context.state.table(SESSIONS),
      context.state.table(MERGED),
      this.#calls,
      this.#node.keys,
    );
  }

  process(batch: RecordBatch, _input: number, _out: Collector): void {
    const { context, progress, places } = this.#opened();
    const all = batch.selection ?? rowNumbers(batch.rows);
    const time = timeOf(batch, this.#node.timeColumn, clockOf(context, progress));
    const { nulls } = time;
    const rows = nulls === undefined ? all : all.filter((row) => nulls[row] !== 1);
    let late = all.length - rows.length;
    if (rows.length > 0) {
      const timed = withSelection(batch, rows);
      const computed = this.#calls.compute(timed, context.clock.now());
      late += places.add(timed, rows, time.values, computed, {
        gapMs: this.#node.window.gapMs,
        watermark: progress.watermark,
        arrival: progress.arrivals,
      });
      const { gapMs } = this.#node.window;
      let earliest = Number.POSITIVE_INFINITY;
      for (const row of rows) earliest = Math.min(earliest, time.values[row] ?? 0);
      this.#earliestEnd = Math.min(this.#earliestEnd, earliest + gapMs);
    }
    progress.arrive(batch.rows);
    if (late > 0) context.metrics.count('late_records_dropped_total', late);
  }

  onWatermark(timestamp: number, out: Collector): void {
    this.#opened().line.onWatermark(timestamp, out, (until) => this.#emitUpTo(until, out));
  }

  onIdle(idle: boolean, out: Collector): void {
    this.#opened().line.onIdle(idle, out);
  }

  onProcessingTime(now: number, _caughtUp: readonly SplitId[], out: Collector): void {
    this.#opened().line.onProcessingTime(now, out, (until) => this.#emitUpTo(until, out));
  }

  flush(): void {}

  close(): void {}

  #emitUpTo(watermark: number, out: Collector): void {
    if (this.#earliestEnd - 1 > watermark) return;
    const { places } = this.#opened();
    this.#earliestEnd = places.takeDue(watermark, (table, slots) => this.#emit(table, slots, out));
  }

  /** In order of their ends. */
  #emit(table: KeyedTable, due: Int32Array, out: Collector): void {
    const allEnds = table.float64(END);
    const slots = due.slice().sort((a, b) => (allEnds[a] ?? 0) - (allEnds[b] ?? 0));
    const ends = pick(allEnds, slots);
    const columns = [
      ...table.keysAt(slots),
      ...this.#calls.results(table, slots),
      timestamps(pick(table.float64(START), slots)),
      timestamps(ends),
      timestamps(ends.map((end) => end - 1)),
    ];
    emitRows({ schema: this.#node.schema, rows: slots.length, columns, selection: undefined }, out);
  }

  #opened() {
    const [context, progress, line, places] = [this.#context, this.#progress, this.#line, this.#places];
    if (context === undefined || progress === undefined || line === undefined || places === undefined)
      throw new Error('the operator is not open');
    return { context, progress, line, places };
  }
}

function timestamps(values: Float64Array): Column {
  return { kind: 'float64', values, nulls: undefined };
}
