import { bigintAt, gather, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator } from '@millrace/contracts';
import type { ReplicateNode } from '@millrace/plan';
import { stateful } from '../row/stateful.ts';

/** Rows per emitted batch: a count may be anything. */
const EMITTED_ROWS_MAX = 1024;

/** Each row as often as its last column says: Flink's REPLICATE_ROWS, the end of INTERSECT ALL and EXCEPT ALL. Changes pass through. */
export function createReplicate(node: ReplicateNode): Operator {
  return stateful([], () => ({
    process(batch, _input, out) {
      const counts = batch.columns.at(-1);
      if (counts?.kind !== 'int64') throw new Error('the count column is no BIGINT');
      let rows: number[] = [];
      for (const row of batch.selection ?? rowNumbers(batch.rows)) {
        if (counts.nulls?.[row] === 1) continue;
        for (let left = bigintAt(counts, row); left > 0n; left--) {
          rows.push(row);
          if (rows.length < EMITTED_ROWS_MAX) continue;
          emit(node, batch, rows, out);
          rows = [];
        }
      }
      emit(node, batch, rows, out);
    },
  }));
}

function emit({ schema }: ReplicateNode, batch: RecordBatch, rows: readonly number[], out: Collector): void {
  if (rows.length === 0) return;
  const narrower: RecordBatch = { ...batch, columns: batch.columns.slice(0, -1) };
  out.emit({ ...gather(narrower, Int32Array.from(rows)), schema });
}
