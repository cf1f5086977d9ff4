import type { Column } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { scaleOf } from '../expression/scope.ts';
import { decimalToDouble } from '../function/decimal.ts';

/** The value of a numeric column at a row as a double. */
export function doubleReader(column: Column | undefined, type: DataType): (row: number) => number {
  if (column?.kind === 'int64') {
    const { values, wide } = column;
    const scale = scaleOf(type);
    if (wide !== undefined) return (row) => decimalToDouble(wide[row] ?? 0n, scale);
    return scale === 0 ? (row) => values[row] ?? 0 : (row) => decimalToDouble(values[row] ?? 0, scale);
  }
  if (column?.kind !== 'int32' && column?.kind !== 'float64') throw new Error('the argument is no number');
  const { values } = column;
  return (row) => values[row] ?? 0;
}
