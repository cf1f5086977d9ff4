import { CHANGE } from '@millrace/batch';
import type { Collector, Operator, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { WindowJoinNode } from '@millrace/plan';
import { eventTimes } from '../row/event-times.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { nullKeys, type StoredRow, storedRows } from '../row/stored-row.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { keepingOf } from './keeping.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';

const ROWS = 'rows';
const ENDS = 'ends';

/** The rows of one key and window. Where the key has a NULL nobody meets. */
type Sides = { left: StoredRow[]; right: StoredRow[]; hasNull: boolean };

/** Joins rows of the same window (Flink's WindowJoinOperator): both sides are kept until the watermark passes the end, then joined at once. */
export function createWindowJoin(
  node: WindowJoinNode,
  left: Schema,
  right: Schema,
  functions?: UserFunctions,
): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new RowOutput(node.schema, left.fields.length);
  const state = [{ kind: 'values', name: ROWS, keyTypes }, { kind: 'timers', name: ENDS }, PROGRESS] as const;
  return stateful(state, (context) => {
    const windows = new Remembered<Sides>(context, ROWS);
    const ends = context.state.timers(ENDS);
    const progress = new Progress(context);
    return {
      process(batch, input) {
        const keyColumns = input === 0 ? node.leftKeys : node.rightKeys;
        const keys = windows.keysOf(batch, keyColumns);
        const without = nullKeys(batch, keyColumns);
        const times = eventTimes(batch, input === 0 ? node.leftWindowEnd : node.rightWindowEnd);
        let late = 0;
        for (const [at, row] of storedRows(batch).entries()) {
          const key = keys[at];
          const end = times[at] ?? Number.NaN;
          if (key === undefined || !(end - 1 > progress.watermark)) {
            late++;
            continue;
          }
          let sides = windows.get(key);
          if (sides === undefined) {
            sides = { left: [], right: [], hasNull: without?.[at] === 1 };
            windows.set(key, sides);
            ends.set(end - 1, key);
          }
          (input === 0 ? sides.left : sides.right).push(row);
        }
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        const now = context.clock.now();
        ends.fire(timestamp, (_time, key) => {
          const sides = windows.get(key);
          if (sides !== undefined) joinWindow(sides, node, condition, now, output, out);
          windows.delete(key);
        });
        output.flush(out);
        progress.advance(timestamp);
      },
    };
  });
}

function joinWindow(
  sides: Sides,
  node: WindowJoinNode,
  condition: PairCondition,
  now: number,
  output: RowOutput,
  out: Collector,
): void {
  const { pairs, lonelyLeft, lonelyRight, metLeft } = keepingOf(node.type);
  const rights = sides.right.map((row) => ({ row, met: false }));
  type Right = (typeof rights)[number];
  const candidatesOf = (_at: number, into: Right[]): void => {
    if (!sides.hasNull) for (const right of rights) into.push(right);
  };
  forEachMatched(sides.left, true, condition, now, candidatesOf, (_at, row, partners) => {
    if (partners.length === 0 ? lonelyLeft : metLeft) output.add(CHANGE.insert, row, undefined, out);
    for (const partner of partners) {
      partner.met = true;
      if (pairs) output.add(CHANGE.insert, row, partner.row, out);
    }
  });
  if (!lonelyRight) return;
  for (const { row, met } of rights) if (!met) output.add(CHANGE.insert, undefined, row, out);
}
