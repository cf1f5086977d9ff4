import { type RecordBatch, rowNumbers } from '@millrace/batch';
import {
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type UserFunctions,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { keptRows } from '../row/kept-rows.ts';
import { RememberedOrder } from '../row/remembered-order.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import type { Attempt } from './attempt.ts';
import { DueSlots } from './due-slots.ts';
import { MatchRows, matchState } from './match-rows.ts';
import { Matcher } from './matcher.ts';
import { compileMeasures, type Measure } from './measures.ts';
import type { Bound } from './terms.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Matches per emitted batch. */
const EMITTED_ROWS_MAX = 1024;

interface Compiled {
  readonly matcher: Matcher;
  readonly order: RememberedOrder;
  readonly measure: Measure;
}

/**
 * MATCH_RECOGNIZE, one row per match. In event time rows wait until the watermark gives them their place; in processing time they are in
 * order as they come, and only where a column decides between those of one millisecond they wait for the next one. With WITHIN an attempt
 * ends when it can no longer complete; and where the result has an event time, the watermark passed on stays behind attempts that are
 * open, so that no match is late downstream.
 */
export function createMatch(node: MatchNode, input: Schema, functions?: UserFunctions): Operator {
  const matcher = new Matcher(node, input, functions);
  const measure = compileMeasures(node, matcher.program.variables, input, functions);
  const compiled: Compiled = { matcher, measure, order: new RememberedOrder(node.order, input) };
  const state = [matchState(node, input, matcher.definitions.words), PROGRESS] as const;
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

/** What is remembered are rows; how far each attempt has come follows from them, and is found out again after a restore. */
class Matching implements Step {
  readonly #node: MatchNode;
  readonly #compiled: Compiled;
  readonly #context: OperatorContext;
  readonly #rows: MatchRows;
  readonly #progress: Progress;
  /** Slots with rows that have no place yet, by the first of them. */
  readonly #turns: DueSlots;
  /** Slots with an attempt, by when WITHIN ends it. */
  readonly #deadlines: DueSlots;
  /** By slot. Not state. */
  readonly #attempts: (Attempt | undefined)[] = [];
  /** Rows up to this time have their place. */
  #placedTo: number;
  #found: Bound[] = [];
  /** Rows that are forgotten when what was found is told. */
  #gone: number[] = [];

  constructor(node: MatchNode, compiled: Compiled, context: OperatorContext) {
    this.#node = node;
    this.#compiled = compiled;
    this.#context = context;
    this.#rows = new MatchRows(node, compiled.order, compiled.matcher.definitions.words, context);
    this.#progress = new Progress(context);
    this.#placedTo = this.#placedAt(this.#progress.watermark);
    this.#turns = new DueSlots((slot) => this.#rows.firstAfter(slot, this.#placedTo));
    this.#deadlines = new DueSlots((slot) => {
      const first = this.#rows.first(slot);
      return first <= this.#placedTo ? this.#deadlineOf(first) : NEVER;
    });
    for (let slot = 0; slot < this.#rows.rows.slots; slot++) this.#await(slot);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#now();
    const touched = this.#isClock ? this.#passed(now) : new Set<number>();
    const { time } = this.#node;
    const times = time === 'processing' ? new Float64Array(batch.rows).fill(now) : eventTimesByRow(batch, time);
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const { watermark } = this.#progress;
    const taken = this.#isClock ? selected : keptRows(selected, (row) => (times[row] ?? Number.NaN) > watermark);
    const late = selected.length - taken.length;
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    const facts = this.#compiled.matcher.definitions.factsOf(batch, now);
    for (const slot of this.#rows.add(batch, taken, times, facts)) {
      if (this.#isAtOnce) touched.add(slot);
      else this.#turns.add(slot);
    }
    this.#advanceAll(touched, now, out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    const isEnd = timestamp === MAX_WATERMARK;
    if (this.#isClock ? !isEnd : timestamp <= this.#progress.watermark) return;
    const touched = this.#due(isEnd ? NEVER : timestamp, timestamp);
    if (isEnd)
      for (let slot = 0; slot < this.#rows.rows.slots; slot++) if (this.#rows.count(slot) > 0) touched.add(slot);
    if (!this.#isClock) this.#progress.advance(timestamp);
    this.#advanceAll(touched, timestamp, out);
  }

  onProcessingTime(_now: number, out: Collector): void {
    if (!this.#isClock) return;
    const now = this.#now();
    this.#advanceAll(this.#passed(now), now, out);
  }

  /** No match that is still to come ends at or before this time; undefined when that is not known, or nobody asks. */
  get heldBackTo(): number | undefined {
    const { withinMs, schema } = this.#node;
    if (withinMs === undefined || schema.eventTime === undefined || this.#isClock) return undefined;
    const { earliest } = this.#deadlines;
    return earliest === NEVER ? undefined : earliest - withinMs;
  }

  get #isClock(): boolean {
    return this.#node.time === 'processing';
  }

  /** Rows have their place when they come. */
  get #isAtOnce(): boolean {
    return this.#isClock && this.#node.order.length === 0;
  }

  /** Over processing time the clock never goes back, whatever that of the machine does. */
  #now(): number {
    const now = this.#context.clock.now();
    return this.#isClock ? Math.max(now, this.#progress.watermark) : now;
  }

  #placedAt(time: number): number {
    return this.#isAtOnce ? NEVER : this.#isClock ? time - 1 : time;
  }

  /** The clock is at `now`: rows of moments before have their order, and what has taken too long ends. */
  #passed(now: number): Set<number> {
    if (now > this.#progress.watermark) this.#progress.advance(now);
    return this.#due(this.#placedAt(now), now);
  }

  /** Slots to look at when rows up to `placedTo` have their place, and no row before `time` comes any more. */
  #due(placedTo: number, time: number): Set<number> {
    const touched = new Set<number>();
    this.#turns.takeUntil(placedTo, (slot) => touched.add(slot));
    this.#deadlines.takeUntil(time, (slot) => touched.add(slot));
    this.#placedTo = placedTo;
    return touched;
  }

  #advanceAll(touched: ReadonlySet<number>, time: number, out: Collector): void {
    const now = this.#now();
    const isOver = (start: number): boolean => time === MAX_WATERMARK || time >= this.#deadlineOf(start);
    for (const slot of touched) this.#advance(slot, isOver, now, out);
    this.#flush(now, out);
    this.#rows.forgetEmpty(Int32Array.from(touched));
  }

  #advance(slot: number, isOver: (start: number) => boolean, now: number, out: Collector): void {
    const { rows, times, facts } = this.#rows;
    const count = this.#rows.countUntil(slot, this.#placedTo);
    if (count > 0) {
      const ordered = { ids: rows.lists, from: rows.starts[slot] ?? 0, count, rows, times, facts };
      const open = this.#attempts[slot];
      const { skipped, attempt } = this.#compiled.matcher.advance(ordered, open, isOver, now, this.#found);
      this.#attempts[slot] = attempt;
      if (skipped > 0) this.#rows.takeFirst(slot, skipped, this.#gone);
      if (this.#found.length >= EMITTED_ROWS_MAX) this.#flush(now, out);
    }
    this.#await(slot);
  }

  #await(slot: number): void {
    if (!this.#isAtOnce) this.#turns.add(slot);
    if (this.#node.withinMs !== undefined) this.#deadlines.add(slot);
  }

  /** From then on no row comes that is less than `withinMs` after `start`: in event time one ms earlier, since the watermark itself has passed. */
  #deadlineOf(start: number): number {
    const end = start + (this.#node.withinMs ?? NEVER);
    return this.#isClock ? end : end - 1;
  }

  #flush(now: number, out: Collector): void {
    const found = this.#found;
    const gone = this.#gone;
    this.#found = [];
    this.#gone = [];
    const { rows } = this.#rows;
    for (let from = 0; from < found.length; from += EMITTED_ROWS_MAX)
      out.emit(this.#compiled.measure(found.slice(from, from + EMITTED_ROWS_MAX), rows, now));
    for (const id of gone) rows.free(id);
  }
}
