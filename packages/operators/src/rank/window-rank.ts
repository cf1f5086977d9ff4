import { CHANGE, rowNumbers } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { fillRow, partialRows, type StoredRow } from '../row/stored-row.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { Ranking } from './ranking.ts';

const PARTITIONS = 'partitions';
const ENDS = 'ends';

/** Top-N of windows: each window's partition keeps its best rows until the watermark passes its end, then they leave as INSERTs. */
export function createWindowRank(node: RankNode, windowEnd: number, input: Schema): Operator {
  const ranking = new Ranking(node, input);
  const output = new RowOutput(node.schema, input.fields.length);
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  const state = [{ kind: 'values', name: PARTITIONS, keyTypes }, { kind: 'timers', name: ENDS }, PROGRESS] as const;
  return stateful(state, (context) => {
    const partitions = new Remembered<StoredRow[]>(context, PARTITIONS);
    const ends = context.state.timers(ENDS);
    const progress = new Progress(context);
    return {
      process(batch) {
        const keys = partitions.keysOf(batch, node.partition);
        const column = batch.columns[windowEnd];
        if (column?.kind !== 'float64') throw new Error('the window end is no timestamp');
        let late = 0;
        const numbers = batch.selection ?? rowNumbers(batch.rows);
        for (const [at, row] of partialRows(batch, ranking.sortColumns).entries()) {
          const key = keys[at];
          const number = numbers[at] ?? 0;
          const end = column.nulls?.[number] === 1 ? Number.NEGATIVE_INFINITY : (column.values[number] ?? 0);
          if (key === undefined || end - 1 <= progress.watermark) {
            late++;
            continue;
          }
          let rows = partitions.get(key);
          if (rows === undefined) {
            rows = [];
            partitions.set(key, rows);
            ends.set(end - 1, key);
          }
          const place = ranking.placeOf(rows, row);
          if (place !== undefined) ranking.insert(rows, place, fillRow(batch, number, row));
        }
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        ends.fire(timestamp, (_time, key) => {
          for (const [at, row] of ranking.places(partitions.get(key) ?? []).entries())
            output.add(CHANGE.insert, row, node.withRank ? [node.from + at] : undefined, out);
          partitions.delete(key);
        });
        output.flush(out);
        progress.advance(timestamp);
      },
    };
  });
}
