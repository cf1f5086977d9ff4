import { CHANGE, type RecordBatch } from '@millrace/batch';
import {
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type StateKey,
  type UserFunctions,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { IntervalJoinNode } from '@millrace/plan';
import { eventTimes } from '../row/event-times.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { nullKeys, type StoredRow, storedRows } from '../row/stored-row.ts';
import { firstAfter, insertByTime, type TimeLine, takeUntil } from '../row/time-line.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { type Keeping, keepingOf } from './keeping.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';

const ROWS = 'rows';
const CLEAN_UPS = 'clean-ups';

type Cached = { readonly time: number; readonly row: StoredRow; met: boolean };

/** `cleanUp`: the timer that is set, the earliest time at which one of the rows is of no more use. */
type Sides = { left: TimeLine<Cached>; right: TimeLine<Cached>; cleanUp: number };

/**
 * Interval join in event time (Flink's TimeIntervalJoin). Pairs leave as soon as both are there. A row waits until the watermark reaches
 * its last possible partner; if it met nobody it leaves padded then, or at once when that moment has passed already. A late row
 * still meets whoever waits. Watermarks are passed on with the delay that such rows need in order not to be late themselves.
 */
export function createIntervalJoin(
  node: IntervalJoinNode,
  left: Schema,
  right: Schema,
  functions?: UserFunctions,
): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new RowOutput(node.schema, left.fields.length);
  const state = [{ kind: 'values', name: ROWS, keyTypes }, { kind: 'timers', name: CLEAN_UPS }, PROGRESS] as const;
  const operator = stateful(state, (context) => new IntervalJoining(node, condition, output, context));
  const delayMs = Math.max(0, node.upperMs, -node.lowerMs);
  const onWatermark = (timestamp: number, out: Collector): void =>
    operator.onWatermark(timestamp, {
      emit: (batch) => out.emit(batch),
      emitIdle: (idle) => out.emitIdle(idle),
      emitWatermark: (passed) => out.emitWatermark(passed === MAX_WATERMARK ? passed : passed - delayMs),
    });
  return { ...operator, onWatermark };
}

class IntervalJoining implements Step {
  readonly #node: IntervalJoinNode;
  readonly #keeping: Keeping;
  readonly #condition: PairCondition;
  readonly #output: RowOutput;
  readonly #context: OperatorContext;
  readonly #sides: Remembered<Sides>;
  readonly #progress: Progress;

  constructor(node: IntervalJoinNode, condition: PairCondition, output: RowOutput, context: OperatorContext) {
    this.#node = node;
    this.#keeping = keepingOf(node.type);
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    this.#sides = new Remembered<Sides>(context, ROWS);
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, input: number, out: Collector): void {
    const { lowerMs, upperMs, leftKeys, rightKeys, leftTime, rightTime } = this.#node;
    const isLeft = input === 0;
    const keyColumns = isLeft ? leftKeys : rightKeys;
    const keys = this.#sides.keysOf(batch, keyColumns);
    const without = nullKeys(batch, keyColumns);
    const times = eventTimes(batch, isLeft ? leftTime : rightTime);
    const keyAt = (at: number): StateKey | undefined => (without?.[at] === 1 ? undefined : keys[at]);
    const candidatesOf = (at: number, into: Cached[]): void => {
      const key = keyAt(at);
      const sides = key === undefined ? undefined : this.#sides.get(key);
      const time = times[at] ?? Number.NaN;
      if (sides === undefined || Number.isNaN(time)) return;
      const [line, from, to] = isLeft
        ? [sides.right, time + lowerMs, time + upperMs]
        : [sides.left, time - upperMs, time - lowerMs];
      // Times are whole milliseconds.
      for (let place = firstAfter(line, from - 1); place < line.length; place++) {
        const cached = line[place];
        if (cached === undefined || cached.time > to) break;
        into.push(cached);
      }
    };
    const now = this.#context.clock.now();
    let late = 0;
    forEachMatched(storedRows(batch), isLeft, this.#condition, now, candidatesOf, (at, row, partners) => {
      const time = times[at] ?? Number.NaN;
      if (Number.isNaN(time)) {
        late++;
        return;
      }
      this.#meet(row, partners, isLeft, out);
      const cached: Cached = { time, row, met: partners.length > 0 };
      const key = keyAt(at);
      if (key === undefined || !this.#cache(key, cached, isLeft)) this.#leave(cached, isLeft, out);
    });
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    this.#output.flush(out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    this.#progress.advance(timestamp);
    const timers = this.#context.state.timers(CLEAN_UPS);
    timers.fire(timestamp, (time, key) => {
      const sides = this.#sides.get(key);
      if (sides === undefined || sides.cleanUp !== time) return;
      for (const cached of takeUntil(sides.left, timestamp - this.#waitMs(true))) this.#leave(cached, true, out);
      for (const cached of takeUntil(sides.right, timestamp - this.#waitMs(false))) this.#leave(cached, false, out);
      const [left, right] = [sides.left[0], sides.right[0]];
      if (left === undefined && right === undefined) {
        this.#sides.delete(key);
        return;
      }
      const leftEnd = left === undefined ? Number.POSITIVE_INFINITY : left.time + this.#waitMs(true);
      const rightEnd = right === undefined ? Number.POSITIVE_INFINITY : right.time + this.#waitMs(false);
      sides.cleanUp = Math.min(leftEnd, rightEnd);
      timers.set(sides.cleanUp, key);
    });
    this.#output.flush(out);
  }

  /** How long after its own time a row's last possible partner comes. */
  #waitMs(isLeft: boolean): number {
    return isLeft ? this.#node.upperMs : -this.#node.lowerMs;
  }

  #meet(row: StoredRow, partners: readonly Cached[], isLeft: boolean, out: Collector): void {
    const { pairs, metLeft } = this.#keeping;
    if (metLeft && isLeft && partners.length > 0) this.#output.add(CHANGE.insert, row, undefined, out);
    for (const partner of partners) {
      if (pairs) this.#output.add(CHANGE.insert, isLeft ? row : partner.row, isLeft ? partner.row : row, out);
      else if (metLeft && !isLeft && !partner.met) this.#output.add(CHANGE.insert, partner.row, undefined, out);
      partner.met = true;
    }
  }

  /** False when no partner can come any more, or none would matter. */
  #cache(key: StateKey, cached: Cached, isLeft: boolean): boolean {
    const end = cached.time + this.#waitMs(isLeft);
    if (end <= this.#progress.watermark) return false;
    // Semi and anti joins have decided about a left row with its first partner.
    if (isLeft && cached.met && !this.#keeping.pairs) return false;
    const sides = this.#sides.get(key) ?? this.#newSides(key);
    insertByTime(isLeft ? sides.left : sides.right, cached);
    if (end < sides.cleanUp) {
      sides.cleanUp = end;
      this.#context.state.timers(CLEAN_UPS).set(end, key);
    }
    return true;
  }

  #newSides(key: StateKey): Sides {
    const sides: Sides = { left: [], right: [], cleanUp: Number.POSITIVE_INFINITY };
    this.#sides.set(key, sides);
    return sides;
  }

  #leave(cached: Cached, isLeft: boolean, out: Collector): void {
    if (cached.met) return;
    const { lonelyLeft, lonelyRight } = this.#keeping;
    if (isLeft && lonelyLeft) this.#output.add(CHANGE.insert, cached.row, undefined, out);
    else if (!isLeft && lonelyRight) this.#output.add(CHANGE.insert, undefined, cached.row, out);
  }
}
