import {
  type BytesColumn,
  bigintAt,
  type Column,
  gather,
  type RecordBatch,
  rowNumbers,
  StringColumn,
} from '@millrace/batch';

/** Several batches of one schema as one dense batch, in order. For small batches: everything is copied. */
export function concatBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [first] = batches;
  if (first === undefined) throw new Error('nothing to concatenate');
  if (batches.length === 1) return first;
  const dense = batches.map((batch) => gather(batch, batch.selection ?? rowNumbers(batch.rows)));
  const rows = dense.reduce((sum, batch) => sum + batch.rows, 0);
  const columns = first.columns.map((_, at) => concatColumns(dense, at, rows));
  const changes = dense.some((batch) => batch.changes !== undefined) ? { changes: concatChanges(dense, rows) } : {};
  return { schema: first.schema, rows, columns, selection: undefined, ...changes };
}

/** A batch without changes is all INSERTs, which are 0. */
function concatChanges(batches: readonly RecordBatch[], rows: number): Uint8Array {
  const changes = new Uint8Array(rows);
  let at = 0;
  for (const batch of batches) {
    if (batch.changes !== undefined) changes.set(batch.changes.subarray(0, batch.rows), at);
    at += batch.rows;
  }
  return changes;
}

function concatColumns(batches: readonly RecordBatch[], at: number, rows: number): Column {
  const parts = batches.map((batch) => ({ column: columnAt(batch, at), rows: batch.rows }));
  const nulls = concatNulls(parts, rows);
  const first = columnAt(batches[0], at);
  switch (first.kind) {
    case 'boolean':
      return { kind: 'boolean', values: fill(new Uint8Array(rows), parts), nulls };
    case 'int32':
      return { kind: 'int32', values: fill(new Int32Array(rows), parts), nulls };
    case 'float64':
      return { kind: 'float64', values: fill(new Float64Array(rows), parts), nulls };
    case 'int64': {
      if (parts.every(({ column }) => column.kind === 'int64' && column.wide === undefined)) {
        return { kind: 'int64', values: fill(new Float64Array(rows), parts), wide: undefined, nulls };
      }
      const wide = parts.flatMap((part) =>
        Array.from({ length: part.rows }, (_, row) => (part.column.kind === 'int64' ? bigintAt(part.column, row) : 0n)),
      );
      return { kind: 'int64', values: new Float64Array(0), wide, nulls };
    }
    case 'string': {
      const { bytes, starts, ends } = concatSlices(parts, rows);
      return StringColumn.fromUtf8(bytes, starts, ends, rows, nulls);
    }
    case 'bytes':
      return { kind: 'bytes', ...concatSlices(parts, rows), nulls };
    case 'object':
      return {
        kind: 'object',
        values: parts.flatMap(({ column, rows: height }) =>
          column.kind === 'object' ? column.values.slice(0, height) : [],
        ),
        nulls,
      };
  }
}

interface Part {
  readonly column: Column;
  readonly rows: number;
}

function columnAt(batch: RecordBatch | undefined, at: number): Column {
  const column = batch?.columns[at];
  if (column === undefined) throw new Error(`a batch has no column ${at}`);
  return column;
}

function concatNulls(parts: readonly Part[], rows: number): Column['nulls'] {
  if (parts.every(({ column }) => column.nulls === undefined)) return undefined;
  const nulls = new Uint8Array(rows);
  let at = 0;
  for (const part of parts) {
    if (part.column.nulls !== undefined) nulls.set(part.column.nulls.subarray(0, part.rows), at);
    at += part.rows;
  }
  return nulls;
}

function fill<A extends Uint8Array | Int32Array | Float64Array>(into: A, parts: readonly Part[]): A {
  let at = 0;
  for (const { column, rows } of parts) {
    if (column.kind === 'boolean' || column.kind === 'int32' || column.kind === 'float64' || column.kind === 'int64') {
      into.set(column.values.subarray(0, rows), at);
    }
    at += rows;
  }
  return into;
}

function concatSlices(parts: readonly Part[], rows: number): Pick<BytesColumn, 'bytes' | 'starts' | 'ends'> {
  const slices = parts.map(({ column, rows: height }) => ({ ...slicesOf(column), rows: height }));
  let size = 0;
  for (const part of slices)
    for (let row = 0; row < part.rows; row++) size += (part.ends[row] ?? 0) - (part.starts[row] ?? 0);
  const bytes = new Uint8Array(size);
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  let at = 0;
  let to = 0;
  for (const part of slices) {
    for (let row = 0; row < part.rows; row++, at++) {
      const slice = part.bytes.subarray(part.starts[row] ?? 0, part.ends[row] ?? 0);
      bytes.set(slice, to);
      starts[at] = to;
      to += slice.length;
      ends[at] = to;
    }
  }
  return { bytes, starts, ends };
}

function slicesOf(column: Column): Pick<BytesColumn, 'bytes' | 'starts' | 'ends'> {
  if (column.kind === 'string') return column.utf8();
  if (column.kind === 'bytes') return column;
  throw new Error(`a ${column.kind} column has no slices`);
}
