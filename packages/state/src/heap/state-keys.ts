import { bigintAt, type Column, hashRows, isNullAt, keyGroupOf, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { StateKey } from '@millrace/contracts';
import { grown } from './growable.ts';
import type { KeyScope } from './hash-table.ts';

/**
 * Keys as text: one character for the key group, then each value with what ends it, so that no two keys give one text. The
 * group comes from the same hash as the exchange's routing.
 */
export function stateKeysOf(batch: RecordBatch, keyColumns: readonly number[], scope: KeyScope): readonly StateKey[] {
  scratch = grown(scratch, batch.rows);
  hashRows(batch, keyColumns, scratch);
  const columns = keyColumns.map((index) => {
    const column = batch.columns[index];
    if (column === undefined) throw new Error(`the batch has no key column ${index}`);
    return column;
  });
  const { first, last } = scope.keyGroups;
  const rows = batch.selection ?? rowNumbers(batch.rows);
  const keys = new Array<StateKey>(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const group = keyGroupOf(scratch[row] ?? 0, scope.maxParallelism);
    if (group < first || group > last) {
      // A key that lies elsewhere after the next restart would be lost: routing and state disagree.
      throw new Error(
        `operator ${scope.operator}, subtask ${scope.subtask} owns key groups ${first} to ${last}, got a key of group ${group}`,
      );
    }
    let text = String.fromCharCode(group);
    for (const column of columns) text += partOf(column, row);
    keys[at] = text as StateKey;
  }
  return keys;
}

export function keyGroupOfKey(key: StateKey): number {
  return key.charCodeAt(0);
}

let scratch = new Int32Array(4096);

function partOf(column: Column, row: number): string {
  if (isNullAt(column, row)) return 'n;';
  switch (column.kind) {
    case 'boolean':
    case 'int32':
      return `${column.values[row]};`;
    case 'float64':
      // -0 equals 0; NaN equals itself, as in the hash.
      return `${column.values[row]};`;
    case 'int64':
      return column.wide === undefined ? `${(column.values[row] ?? 0) + 0};` : `${bigintAt(column, row)};`;
    case 'string': {
      const text = column.get(row);
      return `${text.length}:${text}`;
    }
    case 'bytes': {
      const bytes = column.bytes.subarray(column.starts[row], column.ends[row]);
      return `${bytes.length}:${String.fromCharCode(...bytes)}`;
    }
    case 'object':
      throw new Error('ARRAY, MAP and ROW columns cannot be keys');
  }
}
