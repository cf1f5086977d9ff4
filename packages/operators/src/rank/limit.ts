import { rowNumbers, withSelection } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { LimitNode } from '@millrace/plan';
import { Remembered } from '../row/remembered.ts';
import { stateful } from '../row/stateful.ts';

const SEEN = 'seen';

/** OFFSET and LIMIT in order of arrival: how many rows came is state, so a restart does not begin to count again. */
export function createLimit(node: LimitNode): Operator {
  return stateful([{ kind: 'values', name: SEEN, keyTypes: [] }], (context) => {
    const counts = new Remembered<number>(context, SEEN);
    return {
      process(batch, _input, out) {
        const rows = batch.selection ?? rowNumbers(batch.rows);
        const [key] = counts.keysOf(batch, []);
        if (key === undefined) return;
        const seen = counts.get(key) ?? 0;
        counts.set(key, seen + rows.length);
        const from = Math.max(0, node.offset - seen);
        const to = Math.min(rows.length, node.offset + node.count - seen);
        if (from < to) out.emit({ ...withSelection(batch, rows.slice(from, to)), schema: node.schema });
      },
    };
  });
}
