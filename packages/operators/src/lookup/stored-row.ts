import {
  bigintAt,
  type Column,
  columnKindOf,
  int64ColumnOf,
  type Nulls,
  type RecordBatch,
  rowNumbers,
  StringColumn,
  type Value,
} from '@millrace/batch';
import type { DataType } from '@millrace/model';

/**
 * One value as state holds it: BIGINT and unscaled DECIMAL as number while it is a safe integer and as bigint beyond, so that equal
 * values are identical; everything else as `Value` says.
 */
export type Cell = Value;

/** One row as state holds it: a cell per column. Never changed once made, so it may be shared. */
export type StoredRow = readonly Cell[];

/** The selected rows of a batch, in selection order. Nothing of the batch is kept alive. */
export function storedRows(batch: RecordBatch): readonly StoredRow[] {
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  const width = batch.columns.length;
  const rows = new Array<Cell[]>(numbers.length);
  // Filled with NULL first: an array that starts with numbers would be copied when the first string comes.
  for (let at = 0; at < rows.length; at++) rows[at] = new Array<Cell>(width).fill(null);
  for (const [index, column] of batch.columns.entries()) readColumn(column, index, numbers, rows);
  return rows;
}

function readColumn(column: Column, index: number, numbers: Int32Array, rows: readonly Cell[][]): void {
  const { nulls } = column;
  for (let at = 0; at < rows.length; at++) {
    const number = numbers[at] ?? 0;
    const row = rows[at];
    if (row === undefined || nulls?.[number] === 1) continue;
    row[index] = cellAt(column, number);
  }
}

/** The value at a row that is not NULL. */
function cellAt(column: Column, row: number): Cell {
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1;
    case 'int32':
    case 'float64':
      return column.values[row] ?? null;
    case 'int64':
      return column.wide === undefined ? (column.values[row] ?? null) : narrowed(bigintAt(column, row));
    case 'string':
      return column.get(row);
    case 'bytes':
      return column.bytes.slice(column.starts[row], column.ends[row]);
    case 'object':
      return column.values[row] as Value;
  }
}

/** An integer as a cell holds it. */
function narrowed(value: bigint): Cell {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Column `index` of stored rows, of type `type`; a row that is missing gives NULL. */
export function columnOfRows(rows: readonly (StoredRow | undefined)[], index: number, type: DataType): Column {
  const nulls = nullsOf(rows, index);
  const cell = (row: StoredRow | undefined): Cell => row?.[index] ?? null;
  switch (columnKindOf(type)) {
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(rows, (row) => (cell(row) === true ? 1 : 0)), nulls };
    case 'int32': {
      const values = new Int32Array(rows.length);
      fill(values, rows, index);
      return { kind: 'int32', values, nulls };
    }
    case 'float64': {
      const values = new Float64Array(rows.length);
      fill(values, rows, index);
      return { kind: 'float64', values, nulls };
    }
    case 'int64':
      return integersOf(rows, index, nulls);
    case 'string':
      return StringColumn.fromStrings(
        rows.map((row) => {
          const value = row?.[index];
          return typeof value === 'string' ? value : undefined;
        }),
        nulls,
      );
    case 'bytes':
      return bytesOf(rows, index, nulls);
    case 'object':
      return { kind: 'object', values: rows.map(cell), nulls };
  }
}

function fill(values: Int32Array | Float64Array, rows: readonly (StoredRow | undefined)[], index: number): void {
  for (let at = 0; at < rows.length; at++) {
    const value = rows[at]?.[index];
    if (typeof value === 'number') values[at] = value;
  }
}

function integersOf(rows: readonly (StoredRow | undefined)[], index: number, nulls: Nulls): Column {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const value = rows[at]?.[index];
    if (typeof value === 'number') values[at] = value;
    else if (typeof value === 'bigint') {
      return int64ColumnOf(
        rows.map((row) => bigintOf(row?.[index])),
        nulls,
      );
    }
  }
  return { kind: 'int64', values, wide: undefined, nulls };
}

function bigintOf(cell: Cell | undefined): bigint {
  return typeof cell === 'bigint' ? cell : typeof cell === 'number' ? BigInt(cell) : 0n;
}

function bytesOf(rows: readonly (StoredRow | undefined)[], index: number, nulls: Nulls): Column {
  const parts = rows.map((row) => {
    const value = row?.[index];
    return value instanceof Uint8Array ? value : NO_BYTES;
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const starts = new Int32Array(parts.length);
  const ends = new Int32Array(parts.length);
  let end = 0;
  for (const [at, part] of parts.entries()) {
    starts[at] = end;
    bytes.set(part, end);
    end += part.length;
    ends[at] = end;
  }
  return { kind: 'bytes', bytes, starts, ends, nulls };
}

const NO_BYTES = new Uint8Array(0);

function nullsOf(rows: readonly (StoredRow | undefined)[], index: number): Nulls {
  let nulls: Uint8Array | undefined;
  for (let at = 0; at < rows.length; at++) {
    if ((rows[at]?.[index] ?? null) !== null) continue;
    nulls ??= new Uint8Array(rows.length);
    nulls[at] = 1;
  }
  return nulls;
}
