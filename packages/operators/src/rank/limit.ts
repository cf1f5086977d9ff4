import { rowNumbers, withSelection } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { LimitNode } from '@millrace/plan';
import { stateful } from '../row/stateful.ts';
import { PROGRESS, Progress } from '../window/progress.ts';

/** OFFSET and LIMIT in order of arrival: how many rows came is state, so a restart does not begin to count again. */
export function createLimit(node: LimitNode): Operator {
  return stateful([PROGRESS], (context) => {
    const progress = new Progress(context);
    return {
      process(batch, _input, out) {
        const rows = batch.selection ?? rowNumbers(batch.rows);
        const seen = progress.arrivals;
        progress.arrive(rows.length);
        const from = Math.max(0, node.offset - seen);
        const to = Math.min(rows.length, node.offset + node.count - seen);
        if (from < to) out.emit({ ...withSelection(batch, rows.slice(from, to)), schema: node.schema });
      },
    };
  });
}
