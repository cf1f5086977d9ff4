import { columnKindOf } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import type { SortColumn } from '@millrace/plan';
import { unsupported } from '../expression/scope.ts';
import { compareBytes, compareText } from '../function/text.ts';
import type { Cell, StoredRow } from './stored-row.ts';

export type RowOrder = (a: StoredRow, b: StoredRow) => number;

/** The comparison an ORDER BY asks for: 0 for rows that tie. Throws `expression.unsupported` for ARRAY, MAP and ROW columns. */
export function rowOrder(order: readonly SortColumn[], schema: Schema): RowOrder {
  const columns = order.map(({ column, descending, nullsLast }) => {
    const type = schema.fields[column]?.type;
    if (type === undefined) throw new Error(`the sort column ${column} does not exist`);
    return { column, compare: compareOf(type), sign: descending ? -1 : 1, nulls: nullsLast ? 1 : -1 };
  });
  return (a, b) => {
    for (const { column, compare, sign, nulls } of columns) {
      const x = a[column] ?? null;
      const y = b[column] ?? null;
      if (x === y) continue;
      if (x === null) return nulls;
      if (y === null) return -nulls;
      const found = compare(x, y);
      if (found !== 0) return found * sign;
    }
    return 0;
  };
}

type Compare = (a: Cell, b: Cell) => number;

/** How two cells of one type compare, NULL aside: text by code point, bytes unsigned, NaN above all other numbers (Java's Double.compare). */
export function compareOf(type: DataType): Compare {
  switch (columnKindOf(type)) {
    case 'string':
      return (a, b) => compareText(String(a), String(b));
    case 'bytes':
      return (a, b) => (a instanceof Uint8Array && b instanceof Uint8Array ? compareBytes(a, b) : 0);
    case 'object':
      throw unsupported('ORDER BY', type);
    default:
      return compareNumbers;
  }
}

/** Number and bigint compare exactly with each other. */
function compareNumbers(a: Cell, b: Cell): number {
  if (a === null || b === null) return 0;
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
