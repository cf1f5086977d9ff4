import { int64ColumnOf } from './batch-builder.ts';
import { bigintAt, type Column, type Nulls } from './column.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * The rows at `rows` (row numbers of `batch`, in any order, repeats allowed) as a dense batch. Strings and
 * bytes stay slices of the same buffer. `runs` are dropped: the result is no longer aligned with its source.
 */
export function gather(batch: RecordBatch, rows: Int32Array): RecordBatch {
  return {
    schema: batch.schema,
    rows: rows.length,
    columns: batch.columns.map((column) => gatherColumn(column, rows)),
    selection: undefined,
    ...(batch.changes === undefined ? {} : { changes: gatherChanges(batch.changes, rows) }),
  };
}

function gatherChanges(changes: Uint8Array, rows: Int32Array): Uint8Array {
  const gathered = new Uint8Array(rows.length);
  for (let at = 0; at < rows.length; at++) gathered[at] = changes[rows[at] ?? 0] ?? 0;
  return gathered;
}

/** The values of one column at `rows`. A wide column whose remaining values fit becomes narrow again. */
export function gatherColumn(column: Column, rows: Int32Array): Column {
  const nulls = gatherNulls(column.nulls, rows);
  switch (column.kind) {
    case 'boolean': {
      const values = new Uint8Array(rows.length);
      for (let at = 0; at < rows.length; at++) values[at] = column.values[rows[at] ?? 0] ?? 0;
      return { kind: 'boolean', values, nulls };
    }
    case 'int32': {
      const values = new Int32Array(rows.length);
      for (let at = 0; at < rows.length; at++) values[at] = column.values[rows[at] ?? 0] ?? 0;
      return { kind: 'int32', values, nulls };
    }
    case 'float64':
      return { kind: 'float64', values: gatherDoubles(column.values, rows), nulls };
    case 'int64':
      if (column.wide !== undefined) {
        return int64ColumnOf(
          Array.from(rows, (row, at) => (nulls?.[at] === 1 ? 0n : bigintAt(column, row))),
          nulls,
        );
      }
      return { kind: 'int64', values: gatherDoubles(column.values, rows), wide: undefined, nulls };
    case 'string':
      return column.gather(rows, nulls);
    case 'bytes': {
      const starts = new Int32Array(rows.length);
      const ends = new Int32Array(rows.length);
      for (let at = 0; at < rows.length; at++) {
        starts[at] = column.starts[rows[at] ?? 0] ?? 0;
        ends[at] = column.ends[rows[at] ?? 0] ?? 0;
      }
      return { kind: 'bytes', bytes: column.bytes, starts, ends, nulls };
    }
    case 'object':
      return { kind: 'object', values: Array.from(rows, (row) => column.values[row]), nulls };
  }
}

/** Undefined when none of the rows is NULL. */
export function gatherNulls(nulls: Nulls, rows: Int32Array): Nulls {
  if (nulls === undefined) return undefined;
  const gathered = new Uint8Array(rows.length);
  let any = 0;
  for (let at = 0; at < rows.length; at++) {
    const flag = nulls[rows[at] ?? 0] ?? 0;
    gathered[at] = flag;
    any |= flag;
  }
  return any === 0 ? undefined : gathered;
}

function gatherDoubles(from: Float64Array, rows: Int32Array): Float64Array {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) values[at] = from[rows[at] ?? 0] ?? 0;
  return values;
}
