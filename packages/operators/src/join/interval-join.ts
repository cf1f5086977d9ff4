import { CHANGE, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import {
  type Collector,
  type KeyedRows,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type RowsDescriptor,
  type RowsState,
  type UserFunctions,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { IntervalJoinNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { keptRows } from '../row/kept-rows.ts';
import { knownSlotsByRow, rowsWithKeys } from '../row/key-slots.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { byNamespace } from '../row/namespaces.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { BatchRows } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { type Keeping, keepingOf } from './keeping.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';
import { TimeBuckets } from './time-buckets.ts';

const LEFT = 'left';
const RIGHT = 'right';
/** Marks of a row: its event time; 1 once it met somebody, or left alone. */
const TIME = 0;
const MET = 1;

/**
 * Interval join in event time (Flink's TimeIntervalJoin). Pairs leave as soon as both are there. A row waits until the watermark reaches
 * its last possible partner; if it met nobody it leaves padded then, or at once when that moment has passed already. A late row
 * still meets whoever waits. Watermarks are passed on with the delay that such rows need in order not to be late themselves. Rows lie in
 * buckets of time, which are forgotten as a whole; in between, what is over is passed by.
 */
export function createIntervalJoin(
  node: IntervalJoinNode,
  left: Schema,
  right: Schema,
  functions?: UserFunctions,
): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const side = (name: string, schema: Schema): RowsDescriptor => {
    const rowTypes = schema.fields.map(({ type }) => type);
    return { kind: 'rows', name, keyTypes, rowTypes, keyMarks: [], rowMarks: ['float64', 'int32'], order: 'any' };
  };
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new PairedOutput(node.schema, left.fields.length);
  const operator = stateful([side(LEFT, left), side(RIGHT, right), PROGRESS], (context) => {
    return new IntervalJoining(node, condition, output, context);
  });
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
  readonly #buckets: TimeBuckets;
  readonly #condition: PairCondition;
  readonly #output: PairedOutput;
  readonly #context: OperatorContext;
  readonly #left: RowsState;
  readonly #right: RowsState;
  readonly #progress: Progress;

  constructor(node: IntervalJoinNode, condition: PairCondition, output: PairedOutput, context: OperatorContext) {
    this.#node = node;
    this.#keeping = keepingOf(node.type);
    this.#buckets = new TimeBuckets(node, this.#keeping);
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    this.#left = context.state.rows(LEFT);
    this.#right = context.state.rows(RIGHT);
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, input: number, out: Collector): void {
    const isLeft = input === 0;
    const keyColumns = isLeft ? this.#node.leftKeys : this.#node.rightKeys;
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const times = eventTimesByRow(batch, isLeft ? this.#node.leftTime : this.#node.rightTime);
    const isTimed = (row: number): boolean => !Number.isNaN(times[row]);
    const timed = keptRows(selected, isTimed);
    const late = selected.length - timed.length;
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    const keyed = rowsWithKeys(withSelection(batch, timed), keyColumns);
    const met = new Uint8Array(batch.rows);
    this.#meetAll({ batch, isLeft, keyColumns, keyed, times, met }, out);
    this.#cacheAll({ batch, isLeft, keyColumns, keyed, times, met });
    this.#leaveAtOnce({ batch, isLeft, keyColumns, keyed, times, met }, timed, out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    this.#progress.advance(timestamp);
    for (const isLeft of [true, false]) {
      const side = isLeft ? this.#left : this.#right;
      const waitMs = this.#waitMs(isLeft);
      for (const bucket of side.namespaces()) {
        if (bucket + waitMs > timestamp) break;
        const rows = side.get(bucket);
        if (rows !== undefined) this.#leaveAlone(rows, isLeft, timestamp - waitMs, out);
        if (this.#buckets.lastOf(bucket) + waitMs <= timestamp) side.drop(bucket);
      }
    }
  }

  /** How long after its own time a row's last possible partner comes. */
  #waitMs(isLeft: boolean): number {
    return isLeft ? this.#node.upperMs : -this.#node.lowerMs;
  }

  #meetAll(arrived: Arrived, out: Collector): void {
    const { batch, isLeft, keyColumns, keyed, times, met } = arrived;
    const { lowerMs, upperMs } = this.#node;
    const [before, after] = isLeft ? [lowerMs, upperMs] : [-upperMs, -lowerMs];
    const others = isLeft ? this.#right : this.#left;
    const gone = this.#progress.watermark - this.#waitMs(!isLeft);
    const source = new BatchRows(batch);
    const { pairs, metLeft } = this.#keeping;
    const output = this.#output;
    for (const bucket of others.namespaces()) {
      const last = this.#buckets.lastOf(bucket);
      const rows = keptRows(keyed, (row) => {
        const time = times[row] ?? 0;
        return time + before <= last && time + after >= bucket;
      });
      const other = others.get(bucket);
      if (rows.length === 0 || other === undefined) continue;
      const slots = knownSlotsByRow(other, batch, keyColumns, rows);
      const { lists, starts, counts } = other;
      const otherTimes = other.rowFloat64(TIME);
      const otherMet = other.rowInt32(MET);
      output.begin(isLeft ? source : other, isLeft ? other : source);
      forEachMatched({
        rows,
        own: source,
        other,
        isLeft,
        condition: this.#condition,
        now: this.#context.clock.now(),
        candidatesOf(row, into) {
          const slot = slots[row] ?? -1;
          if (slot < 0) return;
          const time = times[row] ?? 0;
          const start = starts[slot] ?? 0;
          const end = start + (counts[slot] ?? 0);
          for (let at = start; at < end; at++) {
            const id = lists[at] ?? 0;
            const partner = otherTimes[id] ?? 0;
            if (partner > gone && partner >= time + before && partner <= time + after) into.push(row, id);
          }
        },
        visit(row, partners, from, to) {
          if (from === to) return;
          if (metLeft && isLeft && met[row] === 0) output.add(CHANGE.insert, row, -1, out);
          met[row] = 1;
          for (let at = from; at < to; at++) {
            const partner = partners[at] ?? 0;
            if (pairs) output.add(CHANGE.insert, isLeft ? row : partner, isLeft ? partner : row, out);
            else if (metLeft && !isLeft && otherMet[partner] === 0) output.add(CHANGE.insert, partner, -1, out);
            otherMet[partner] = 1;
          }
        },
      });
      output.flush(out);
    }
  }

  /** Keeps the rows to which a partner may still come that matters. */
  #cacheAll({ batch, isLeft, keyColumns, keyed, times, met }: Arrived): void {
    const staying = keptRows(keyed, (row) => this.#stays(times[row] ?? 0, met[row] === 1, isLeft));
    const part = withSelection(batch, staying);
    const { groups } = byNamespace(part, times, (time) => this.#buckets.of(time));
    for (const [bucket, numbers] of groups) {
      const rows = (isLeft ? this.#left : this.#right).at(bucket);
      const slots = new Int32Array(numbers.length);
      rows.slotsOf(withSelection(batch, numbers), keyColumns, slots);
      const ids = new Int32Array(numbers.length);
      rows.add(batch, numbers, ids);
      const [rowTimes, rowMet] = [rows.rowFloat64(TIME), rows.rowInt32(MET)];
      for (let at = 0; at < ids.length; at++) {
        const [id, number] = [ids[at] ?? 0, numbers[at] ?? 0];
        rows.link(slots[at] ?? 0, id);
        rowTimes[id] = times[number] ?? 0;
        rowMet[id] = met[number] ?? 0;
      }
    }
  }

  #stays(time: number, hasMet: boolean, isLeft: boolean): boolean {
    if (time + this.#waitMs(isLeft) <= this.#progress.watermark) return false;
    // Semi and anti joins have decided about a left row with its first partner.
    return !(isLeft && hasMet && !this.#keeping.pairs);
  }

  /** Rows without a key, and those whose last partner would have come by now. */
  #leaveAtOnce({ batch, isLeft, keyed, times, met }: Arrived, timed: Int32Array, out: Collector): void {
    if (!this.#isKeptAlone(isLeft)) return;
    const isKeyed = new Uint8Array(batch.rows);
    for (const row of keyed) isKeyed[row] = 1;
    const source = new BatchRows(batch);
    this.#output.begin(source, source);
    for (const row of timed) {
      if (met[row] === 1 || (isKeyed[row] === 1 && this.#stays(times[row] ?? 0, false, isLeft))) continue;
      this.#output.add(CHANGE.insert, isLeft ? row : -1, isLeft ? -1 : row, out);
    }
    this.#output.flush(out);
  }

  /** Those up to `upTo` that met nobody. */
  #leaveAlone(rows: KeyedRows, isLeft: boolean, upTo: number, out: Collector): void {
    if (!this.#isKeptAlone(isLeft)) return;
    const [times, met] = [rows.rowFloat64(TIME), rows.rowInt32(MET)];
    this.#output.begin(rows, rows);
    for (let id = 0; id < rows.ids; id++) {
      if (met[id] === 1 || (times[id] ?? 0) > upTo) continue;
      met[id] = 1;
      this.#output.add(CHANGE.insert, isLeft ? id : -1, isLeft ? -1 : id, out);
    }
    this.#output.flush(out);
  }

  #isKeptAlone(isLeft: boolean): boolean {
    return isLeft ? this.#keeping.lonelyLeft : this.#keeping.lonelyRight;
  }
}

/** The rows of one call that have an event time: by row number when, and whether they met somebody; `keyed` have no NULL among their keys. */
interface Arrived {
  readonly batch: RecordBatch;
  readonly isLeft: boolean;
  readonly keyColumns: readonly number[];
  readonly keyed: Int32Array;
  readonly times: Float64Array;
  readonly met: Uint8Array;
}
