import { isDeepStrictEqual } from 'node:util';
import { bigintAt, type Column, columnOf, int64ColumnOf, type Nulls, StringColumn, valueAt } from '@millrace/batch';
import type { DataType } from '@millrace/model';

/** Which rows of two columns make a third: row `at[i]` of the new one where `isNew[i]` is 1, else of the old one. */
export interface Weave {
  readonly at: Int32Array;
  readonly isNew: Uint8Array;
}

export function weave(before: Column, after: Column, { at, isNew }: Weave, type: DataType): Column {
  const rows = at.length;
  const nulls = weaveNulls(before.nulls, after.nulls, at, isNew);
  if (before.kind === 'int64' && after.kind === 'int64') {
    if (before.wide === undefined && after.wide === undefined) {
      const values = weaveNumbers(new Float64Array(rows), before.values, after.values, at, isNew);
      return { kind: 'int64', values, wide: undefined, nulls };
    }
    const integers = Array.from(at, (row, i) =>
      nulls?.[i] === 1 ? 0n : bigintAt(isNew[i] === 1 ? after : before, row),
    );
    return int64ColumnOf(integers, nulls);
  }
  if (before.kind === 'float64' && after.kind === 'float64') {
    const values = weaveNumbers(new Float64Array(rows), before.values, after.values, at, isNew);
    return { kind: 'float64', values, nulls };
  }
  if (before.kind === 'int32' && after.kind === 'int32') {
    return { kind: 'int32', values: weaveNumbers(new Int32Array(rows), before.values, after.values, at, isNew), nulls };
  }
  if (before.kind === 'boolean' && after.kind === 'boolean') {
    const values = weaveNumbers(new Uint8Array(rows), before.values, after.values, at, isNew);
    return { kind: 'boolean', values, nulls };
  }
  if (before.kind === 'string' && after.kind === 'string') {
    const text = (row: number, i: number) =>
      nulls?.[i] === 1 ? undefined : (isNew[i] === 1 ? after : before).get(row);
    return StringColumn.fromStrings(Array.from(at, text), nulls);
  }
  const values = Array.from(at, (row, i) => valueAt(isNew[i] === 1 ? after : before, type, row));
  return columnOf(values, type);
}

/** Whether the two columns hold the same value at `row`; NULL is NULL and NaN is NaN. */
export function isSame(before: Column, after: Column, row: number, type: DataType): boolean {
  const wasNull = before.nulls?.[row] === 1;
  const isNull = after.nulls?.[row] === 1;
  if (wasNull || isNull) return wasNull && isNull;
  if (before.kind === 'int64' && after.kind === 'int64') {
    if (before.wide === undefined && after.wide === undefined) return before.values[row] === after.values[row];
    return bigintAt(before, row) === bigintAt(after, row);
  }
  if (before.kind === 'string' && after.kind === 'string') return before.get(row) === after.get(row);
  if ('values' in before && 'values' in after && before.kind !== 'object') {
    const [was, is] = [before.values[row], after.values[row]];
    return was === is || (Number.isNaN(was) && Number.isNaN(is));
  }
  return isDeepStrictEqual(valueAt(before, type, row), valueAt(after, type, row));
}

function weaveNumbers<A extends Float64Array | Int32Array | Uint8Array>(
  woven: A,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  at: Int32Array,
  isNew: Uint8Array,
): A {
  for (let i = 0; i < at.length; i++) woven[i] = (isNew[i] === 1 ? after[at[i] ?? 0] : before[at[i] ?? 0]) ?? 0;
  return woven;
}

function weaveNulls(before: Nulls, after: Nulls, at: Int32Array, isNew: Uint8Array): Nulls {
  if (before === undefined && after === undefined) return undefined;
  let nulls: Nulls;
  for (let i = 0; i < at.length; i++) {
    if ((isNew[i] === 1 ? after : before)?.[at[i] ?? 0] !== 1) continue;
    nulls ??= new Uint8Array(at.length);
    nulls[i] = 1;
  }
  return nulls;
}
