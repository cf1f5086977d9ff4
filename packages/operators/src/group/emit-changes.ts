import { CHANGE, type Column, gatherColumn, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { isSame, type Weave, weave } from './weave.ts';

/** Rows per emitted batch: large enough to be cheap, small enough for the credit of a channel. */
const EMITTED_ROWS_MAX = 4096;

/** What became of some groups in one batch; all columns and counts have one entry per group. */
export interface GroupChanges {
  readonly keys: readonly Column[];
  /** Rows of the group before and after; a group with none does not exist. */
  readonly rowsBefore: Float64Array;
  readonly rowsAfter: Float64Array;
  readonly before: readonly Column[];
  readonly after: readonly Column[];
}

/** INSERT, UPDATE_BEFORE with UPDATE_AFTER, DELETE, or nothing for a group whose result is what it was. */
export function emitChanges(schema: Schema, groups: GroupChanges, out: Collector): void {
  const { keys, before, after } = groups;
  const { woven, changes } = decideChanges(schema, groups);
  if (changes.length === 0) return;
  const results = schema.fields.slice(keys.length).map(({ type }, index) => {
    const [was, is] = [before[index], after[index]];
    if (was === undefined || is === undefined) throw new Error('a result was not computed');
    return weave(was, is, woven, type);
  });
  const columns = [...keys.map((key) => gatherColumn(key, woven.at)), ...results];
  const isChangelog = changes.some((change) => change !== CHANGE.insert);
  const batch = { schema, rows: changes.length, columns, selection: undefined, ...(isChangelog ? { changes } : {}) };
  emitInParts(batch, changes, out);
}

function decideChanges(
  schema: Schema,
  { keys, rowsBefore, rowsAfter, before, after }: GroupChanges,
): { readonly woven: Weave; readonly changes: Uint8Array } {
  const groups = rowsBefore.length;
  const at = new Int32Array(groups * 2);
  const isNew = new Uint8Array(groups * 2);
  const changes = new Uint8Array(groups * 2);
  let count = 0;
  const add = (group: number, fromNew: 0 | 1, change: number) => {
    at[count] = group;
    isNew[count] = fromNew;
    changes[count++] = change;
  };
  const types = schema.fields.slice(keys.length).map(({ type }) => type);
  const isUnchanged = (group: number) =>
    types.every((type, index) => {
      const [was, is] = [before[index], after[index]];
      return was !== undefined && is !== undefined && isSame(was, is, group, type);
    });
  for (let group = 0; group < groups; group++) {
    const existed = (rowsBefore[group] ?? 0) > 0;
    const exists = (rowsAfter[group] ?? 0) > 0;
    if (!existed && exists) add(group, 1, CHANGE.insert);
    else if (existed && !exists) add(group, 0, CHANGE.delete);
    else if (existed && !isUnchanged(group)) {
      add(group, 0, CHANGE.updateBefore);
      add(group, 1, CHANGE.updateAfter);
    }
  }
  return { woven: { at: at.slice(0, count), isNew: isNew.slice(0, count) }, changes: changes.slice(0, count) };
}

/** Never between an UPDATE_BEFORE and its UPDATE_AFTER. */
function emitInParts(batch: RecordBatch, changes: Uint8Array, out: Collector): void {
  if (batch.rows <= EMITTED_ROWS_MAX) {
    out.emit(batch);
    return;
  }
  for (let from = 0; from < batch.rows; ) {
    let to = Math.min(batch.rows, from + EMITTED_ROWS_MAX);
    if (changes[to - 1] === CHANGE.updateBefore) to--;
    out.emit(withSelection(batch, rowNumbers(batch.rows).slice(from, to)));
    from = to;
  }
}
