import { CHANGE, isRetraction, rowNumbers } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { ChangelogNormalizeNode } from '@millrace/plan';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { type StoredRow, sameRow, storedRows } from '../row/stored-row.ts';

const ROWS = 'rows';

type Kept = { row: StoredRow; touched: number };

/**
 * Makes full changes of upserts (Flink's ChangelogNormalize): what a key's row was is remembered and taken back before it is replaced. The
 * row that a DELETE brings is not looked at beyond its key; a DELETE of a key that is not there, a row equal to the one known and
 * UPDATE_BEFORE say nothing.
 */
export function createChangelogNormalize(node: ChangelogNormalizeNode, input: Schema): Operator {
  const keyTypes = keyTypesOf(input, node.keys, 'PRIMARY KEY');
  const output = new RowOutput(node.schema, input.fields.length);
  return stateful([{ kind: 'values', name: ROWS, keyTypes }, ...expiryState(node)], (context) => {
    const kept = new Remembered<Kept>(context, ROWS);
    const expiry = new Expiry(node, context);
    return {
      process(batch, _input, out) {
        const now = context.clock.now();
        const numbers = batch.selection ?? rowNumbers(batch.rows);
        const keys = kept.keysOf(batch, node.keys);
        for (const [at, row] of storedRows(batch).entries()) {
          const key = keys[at];
          const change = batch.changes?.[numbers[at] ?? 0] ?? CHANGE.insert;
          if (key === undefined || change === CHANGE.updateBefore) continue;
          const known = kept.get(key);
          const old = known === undefined || expiry.isExpired(known.touched, now) ? undefined : known.row;
          if (isRetraction(change)) {
            if (old !== undefined) output.add(CHANGE.delete, old, undefined, out);
            kept.delete(key);
            continue;
          }
          kept.set(key, { row, touched: now });
          if (old === undefined) {
            expiry.arm(key, now);
            output.add(CHANGE.insert, row, undefined, out);
          } else if (expiry.isOn || !sameRow(old, row)) {
            output.add(CHANGE.updateBefore, old, undefined, out);
            output.add(CHANGE.updateAfter, row, undefined, out);
          }
        }
        output.flush(out);
      },
      onProcessingTime(now) {
        expiry.fire(now, (key) => {
          const touched = kept.get(key)?.touched;
          if (touched === undefined || !expiry.isExpired(touched, now)) return touched;
          kept.delete(key);
          return undefined;
        });
      },
    };
  });
}
