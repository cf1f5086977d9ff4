import { CHANGE } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { TemporalSortNode } from '@millrace/plan';
import { Remembered } from '../row/remembered.ts';
import { rowOrder } from '../row/row-order.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { type StoredRow, storedRows } from '../row/stored-row.ts';
import { PROGRESS, Progress } from '../window/progress.ts';

const WAITING = 'waiting';
const TIMES = 'times';

/** ORDER BY event time: rows wait by their time until the watermark reaches it; those of one time leave by the rest of the ordering. */
export function createTemporalSort(node: TemporalSortNode, input: Schema): Operator {
  const order = rowOrder(node.order, input);
  const output = new RowOutput(node.schema, input.fields.length);
  const state = [{ kind: 'values', name: WAITING, keyTypes: [] }, { kind: 'timers', name: TIMES }, PROGRESS] as const;
  return stateful(state, (context) => {
    const waiting = new Remembered<Map<number, StoredRow[]>>(context, WAITING);
    const times = context.state.timers(TIMES);
    const progress = new Progress(context);
    return {
      process(batch) {
        const [key] = waiting.keysOf(batch, []);
        if (key === undefined) return;
        const byTime = waiting.get(key) ?? new Map<number, StoredRow[]>();
        waiting.set(key, byTime);
        let late = 0;
        for (const row of storedRows(batch)) {
          const time = row[node.timeColumn];
          if (typeof time !== 'number' || time <= progress.watermark) {
            late++;
            continue;
          }
          const rows = byTime.get(time);
          if (rows !== undefined) rows.push(row);
          else {
            byTime.set(time, [row]);
            times.set(time, key);
          }
        }
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        times.fire(timestamp, (time, key) => {
          const byTime = waiting.get(key);
          for (const row of byTime?.get(time)?.sort(order) ?? []) output.add(CHANGE.insert, row, undefined, out);
          byTime?.delete(time);
        });
        output.flush(out);
        progress.advance(timestamp);
      },
    };
  });
}
