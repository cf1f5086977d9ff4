import { CHANGE, type RecordBatch } from '@millrace/batch';
import type { Collector, Operator, StateKey, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { AggregateCall, Expression, OverAggregateNode } from '@millrace/plan';
import { compileProjection } from '../expression/compile.ts';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { type Cell, type StoredRow, storedRows } from '../row/stored-row.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { type FrameRow, type FrameState, Frames } from './frame.ts';

const PARTITIONS = 'partitions';
const TIMES = 'times';

/** Rows that wait for the watermark by their time, and the frame of those that have passed. */
type Partition = {
  readonly waiting: Map<number, Waiting[]>;
  readonly frame: FrameState;
  touched: number;
};
type Waiting = { readonly row: StoredRow; readonly cells: readonly (Cell | undefined)[] };

/**
 * OVER (PARTITION BY ... ORDER BY time ROWS | RANGE ... PRECEDING). Event time: a row waits until the watermark says that nothing before
 * it is missing; rows of one time leave together. Processing time: each row at once. A partition whose frame no later row can see is forgotten.
 */
export function createOverAggregate(node: OverAggregateNode, input: Schema, functions?: UserFunctions): Operator {
  const { partition, time } = node;
  const frames = new Frames(node.frame, node.calls, functions);
  const cellsOf = compileCells(node.calls, input, node.label, functions);
  const output = new RowOutput(node.schema, input.fields.length);
  const keyTypes = keyTypesOf(input, partition, 'PARTITION BY');
  const state = [
    { kind: 'values', name: PARTITIONS, keyTypes } as const,
    { kind: 'timers', name: TIMES } as const,
    PROGRESS,
    ...expiryState(node),
  ];
  return stateful(state, (context) => {
    const partitions = new Remembered<Partition>(context, PARTITIONS);
    const times = context.state.timers(TIMES);
    const progress = new Progress(context);
    const expiry = new Expiry(node, context);
    const partitionOf = (key: StateKey, now: number): Partition => {
      const known = partitions.get(key);
      if (known !== undefined) {
        known.touched = now;
        return known;
      }
      const made: Partition = { waiting: new Map(), frame: frames.create(), touched: now };
      partitions.set(key, made);
      expiry.arm(key, now);
      return made;
    };
    const emit = (rows: readonly Waiting[], results: readonly StoredRow[], out: Collector) => {
      for (const [at, { row }] of rows.entries()) output.add(CHANGE.insert, row, results[at], out);
    };
    return {
      process(batch, _input, out) {
        const now = context.clock.now();
        const keys = partitions.keysOf(batch, partition);
        const cells = cellsOf(batch, now);
        let late = 0;
        for (const [at, row] of storedRows(batch).entries()) {
          const key = keys[at];
          if (key === undefined) continue;
          const entry = { row, cells: cells[at] ?? [] };
          if (time === 'processing') {
            const held = partitionOf(key, now);
            emit([entry], frames.add(held.frame, [{ time: now, cells: entry.cells }]), out);
            continue;
          }
          const rowTime = row[time];
          if (typeof rowTime !== 'number' || rowTime <= progress.watermark) {
            late++;
            continue;
          }
          const { waiting } = partitionOf(key, now);
          const peers = waiting.get(rowTime);
          if (peers !== undefined) peers.push(entry);
          else {
            waiting.set(rowTime, [entry]);
            times.set(rowTime, key);
          }
        }
        output.flush(out);
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        times.fire(timestamp, (due, key) => {
          const held = partitions.get(key);
          if (held === undefined) return;
          const rows = held.waiting.get(due);
          if (rows !== undefined) {
            held.waiting.delete(due);
            const entering: FrameRow[] = rows.map(({ cells }) => ({ time: due, cells }));
            emit(rows, frames.add(held.frame, entering), out);
            if (frames.reachMs !== undefined) times.set(due + frames.reachMs + 1, key);
          } else if (held.waiting.size === 0 && isPast(held.frame, due, frames.reachMs)) partitions.delete(key);
        });
        output.flush(out);
        progress.advance(timestamp);
      },
      onProcessingTime(now) {
        expiry.fire(now, (key) => {
          const held = partitions.get(key);
          if (held === undefined) return undefined;
          if (held.waiting.size > 0 || !expiry.isExpired(held.touched, now)) return held.touched;
          partitions.delete(key);
          return undefined;
        });
      },
    };
  });
}

/** No row from `now` on can see the newest row of the frame. */
function isPast(frame: FrameState, now: number, reachMs: number | undefined): boolean {
  const newest = frame.rows.at(-1)?.time;
  return newest === undefined || (reachMs !== undefined && newest + reachMs < now);
}

/** Per row and call, the value the row brings; undefined where FILTER or NULL leaves it out. */
function compileCells(calls: readonly AggregateCall[], input: Schema, label: string, functions?: UserFunctions) {
  const expressions: Expression[] = [];
  const add = (expression: Expression | undefined) =>
    expression === undefined ? undefined : expressions.push(expression) - 1;
  const places = calls.map((call) => ({ call, arg: add(call.arg), filter: add(call.filter) }));
  const project = compileProjection(expressions, input, label, functions);
  return (batch: RecordBatch, now: number): readonly (Cell | undefined)[][] => {
    const computed = storedRows({ ...batch, columns: project(batch, now) });
    return computed.map((row) =>
      places.map(({ call, arg, filter }) => {
        if (filter !== undefined && row[filter] !== true) return undefined;
        if (arg === undefined) return true;
        const cell = row[arg] ?? null;
        const keepsNull = call.name === 'array_agg' || call.name === 'lag' || call.name === 'single_value';
        return cell === null && !keepsNull ? undefined : cell;
      }),
    );
  };
}
