import type { RecordBatch } from '@millrace/batch';
import {
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type StateKey,
  type UserFunctions,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import { eventTimes } from '../row/event-times.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { type RowOrder, rowOrder } from '../row/row-order.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { storedRows } from '../row/stored-row.ts';
import { insertByTime, type TimeLine, takeUntil } from '../row/time-line.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { Matcher, type MatchRow, type Partition } from './matcher.ts';
import { compileMeasures } from './measures.ts';
import type { Bound } from './terms.ts';

const PARTITIONS = 'partitions';
const TIMES = 'times';
const DEADLINES = 'deadlines';

const NEVER = Number.POSITIVE_INFINITY;

/** Matches per emitted batch. */
const EMITTED_ROWS_MAX = 1024;

/**
 * `waiting`: rows the watermark has not reached. `turn` and `deadline`: the timers that are set, for the first of them and for the end of the
 * open attempt.
 */
type Held = Partition & { waiting: TimeLine<MatchRow>; turn: number; deadline: number | undefined };

interface Compiled {
  readonly matcher: Matcher;
  readonly order: RowOrder;
  readonly measure: (matches: readonly Bound[], now: number) => RecordBatch;
}

/**
 * MATCH_RECOGNIZE, one row per match. In event time rows wait until the watermark gives them their place; in processing time they are in
 * order as they come, and only where a column decides between those of one millisecond they wait for the next one. With WITHIN a timer ends an attempt that can no longer complete; and where the result has an event time, the
 * watermark passed on stays behind attempts that are open, so that no match is late downstream.
 */
export function createMatch(node: MatchNode, input: Schema, functions?: UserFunctions): Operator {
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  const matcher = new Matcher(node, input, functions);
  const measure = compileMeasures(node, matcher.program.variables, input, functions);
  const compiled: Compiled = { matcher, measure, order: rowOrder(node.order, input) };
  const state = [
    { kind: 'values', name: PARTITIONS, keyTypes },
    { kind: 'timers', name: TIMES },
    { kind: 'timers', name: DEADLINES },
    PROGRESS,
  ] as const;
  let matching: Matching | undefined;
  const operator = stateful(state, (context) => {
    matching = new Matching(node, compiled, context);
    return matching;
  });
  const onWatermark = (timestamp: number, out: Collector): void =>
    operator.onWatermark(timestamp, {
      emit: (batch) => out.emit(batch),
      emitIdle: (idle) => out.emitIdle(idle),
      emitWatermark: (passed) => out.emitWatermark(Math.min(passed, matching?.heldBackTo ?? passed)),
    });
  return { ...operator, onWatermark };
}

class Matching implements Step {
  readonly #node: MatchNode;
  readonly #compiled: Compiled;
  readonly #context: OperatorContext;
  readonly #partitions: Remembered<Held>;
  readonly #progress: Progress;
  #found: Bound[] = [];

  constructor(node: MatchNode, compiled: Compiled, context: OperatorContext) {
    this.#node = node;
    this.#compiled = compiled;
    this.#context = context;
    this.#partitions = new Remembered<Held>(context, PARTITIONS);
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#now();
    const keys = this.#partitions.keysOf(batch, this.#node.partition);
    const facts = this.#compiled.matcher.definitions.factsOf(batch, now);
    const isClock = this.#node.time === 'processing';
    const times = this.#node.time === 'processing' ? undefined : eventTimes(batch, this.#node.time);
    const touched = isClock ? this.#passed(now) : new Map<StateKey, Held>();
    const isAtOnce = isClock && this.#node.order.length === 0;
    let late = 0;
    for (const [at, row] of storedRows(batch).entries()) {
      const [key, time] = [keys[at], times === undefined ? now : (times[at] ?? Number.NaN)];
      if (key === undefined || !(isClock || time > this.#progress.watermark)) {
        late++;
        continue;
      }
      const held = this.#heldAt(key);
      const taken = { time, row, facts: facts[at] ?? '' };
      if (isAtOnce) {
        held.rows.push(taken);
        touched.set(key, held);
      } else {
        insertByTime(held.waiting, taken);
        this.#setTurn(key, held);
      }
    }
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    this.#advanceAll(touched, now, out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    const isClock = this.#node.time === 'processing';
    if (isClock ? timestamp < MAX_WATERMARK : timestamp <= this.#progress.watermark) return;
    const touched = this.#inTurn(timestamp);
    this.#ended(timestamp, touched);
    if (timestamp === MAX_WATERMARK) for (const [key, held] of this.#partitions.entries()) touched.set(key, held);
    if (!isClock) this.#progress.advance(timestamp);
    this.#advanceAll(touched, timestamp, out);
  }

  onProcessingTime(_now: number, out: Collector): void {
    if (this.#node.time !== 'processing') return;
    const now = this.#now();
    this.#advanceAll(this.#passed(now), now, out);
  }

  /** Over processing time the clock never goes back, whatever that of the machine does. */
  #now(): number {
    const now = this.#context.clock.now();
    return this.#node.time === 'processing' ? Math.max(now, this.#progress.watermark) : now;
  }

  /** The clock is at `now`: rows of moments before have their order, and what has taken too long ends. */
  #passed(now: number): Map<StateKey, Held> {
    if (now > this.#progress.watermark) this.#progress.advance(now);
    const touched = this.#inTurn(now - 1);
    this.#ended(now, touched);
    return touched;
  }

  /** Gives rows up to `time` their place. */
  #inTurn(upTo: number): Map<StateKey, Held> {
    const touched = new Map<StateKey, Held>();
    this.#context.state.timers(TIMES).fire(upTo, (time, key) => {
      const held = this.#partitions.get(key);
      if (held?.turn !== time) return;
      const rows = takeUntil(held.waiting, upTo);
      if (this.#node.order.length > 0) rows.sort((a, b) => a.time - b.time || this.#compiled.order(a.row, b.row));
      for (const row of rows) held.rows.push(row);
      held.turn = NEVER;
      this.#setTurn(key, held);
      touched.set(key, held);
    });
    return touched;
  }

  /** No match that is still to come ends at or before this time; undefined when that is not known, or nobody asks. */
  get heldBackTo(): number | undefined {
    const { withinMs, schema, time } = this.#node;
    const deadline = this.#context.state.timers(DEADLINES).earliest;
    if (withinMs === undefined || schema.eventTime === undefined || time === 'processing') return undefined;
    return deadline === undefined ? undefined : deadline - withinMs;
  }

  #ended(upTo: number, touched: Map<StateKey, Held>): void {
    this.#context.state.timers(DEADLINES).fire(upTo, (time, key) => {
      const held = this.#partitions.get(key);
      if (held?.deadline === time) touched.set(key, held);
    });
  }

  #heldAt(key: StateKey): Held {
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const created: Held = { rows: [], taken: 0, attempt: undefined, waiting: [], turn: NEVER, deadline: undefined };
    this.#partitions.set(key, created);
    return created;
  }

  #setTurn(key: StateKey, held: Held): void {
    const [first] = held.waiting;
    if (first === undefined || first.time >= held.turn) return;
    held.turn = first.time;
    this.#context.state.timers(TIMES).set(first.time, key);
  }

  #advanceAll(touched: ReadonlyMap<StateKey, Held>, time: number, out: Collector): void {
    for (const [key, held] of touched) this.#advance(key, held, time, out);
    this.#flush(out);
  }

  #advance(key: StateKey, held: Held, time: number, out: Collector): void {
    const isOver = (start: number): boolean => time === MAX_WATERMARK || time >= this.#deadlineOf(start);
    this.#compiled.matcher.advance(held, isOver, this.#now(), (match) => {
      this.#found.push(match);
      if (this.#found.length === EMITTED_ROWS_MAX) this.#flush(out);
    });
    this.#setDeadline(key, held);
    if (held.rows.length === 0 && held.waiting.length === 0) this.#partitions.delete(key);
  }

  /** From then on no row comes that is less than `withinMs` after `start`: in event time one ms earlier, since the watermark itself has passed. */
  #deadlineOf(start: number): number {
    const end = start + (this.#node.withinMs ?? Number.POSITIVE_INFINITY);
    return this.#node.time === 'processing' ? end : end - 1;
  }

  #setDeadline(key: StateKey, held: Held): void {
    const [first] = held.rows;
    const deadline =
      first === undefined || this.#node.withinMs === undefined ? undefined : this.#deadlineOf(first.time);
    if (deadline === held.deadline) return;
    const timers = this.#context.state.timers(DEADLINES);
    if (held.deadline !== undefined) timers.delete(held.deadline, key);
    if (deadline !== undefined) timers.set(deadline, key);
    held.deadline = deadline;
  }

  #flush(out: Collector): void {
    if (this.#found.length === 0) return;
    const found = this.#found;
    this.#found = [];
    out.emit(this.#compiled.measure(found, this.#now()));
  }
}
