import { bigintAt, type Column, columnOf, isNullAt, type Value, valueAt } from '@millrace/batch';
import type { AccumulatorKind } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { Accumulators } from '../aggregate/accumulation.ts';

/** The accumulators `from` on of a table as columns of the given types, by slot. Safe to emit. */
export function accumulatorColumns(
  table: Accumulators,
  kinds: readonly AccumulatorKind[],
  types: readonly DataType[],
): readonly Column[] {
  const { size } = table;
  return kinds.map((kind, at): Column => {
    if (kind === 'float64') return { kind, values: table.float64(at).slice(0, size), nulls: undefined };
    if (kind === 'int32') return { kind, values: table.int32(at).slice(0, size), nulls: undefined };
    return columnOf(table.object(at).slice(0, size).map(asValue), types[at] ?? { kind: 'string', nullable: true });
  });
}

/** What MIN and MAX keep in an object: text, bytes or a wide integer. */
function asValue(held: unknown): Value {
  if (typeof held === 'string' || typeof held === 'bigint' || held instanceof Uint8Array) return held;
  return null;
}

/**
 * Partial results that came as columns, to be read as the table they were made in: what `Mergeable.merge` takes. Accumulator i is
 * column `i + shift` of the batch.
 */
export function partialTable(
  batch: { readonly schema: Schema; readonly rows: number; readonly columns: readonly Column[] },
  shift: number,
): Accumulators {
  const columnAt = (accumulator: number): Column => {
    const column = batch.columns[accumulator + shift];
    if (column === undefined) throw new Error(`a partial result has no accumulator ${accumulator}`);
    return column;
  };
  return {
    size: batch.rows,
    float64(accumulator) {
      const column = columnAt(accumulator);
      if (column.kind !== 'float64') throw new Error(`accumulator ${accumulator} came as ${column.kind}`);
      return column.values;
    },
    int32(accumulator) {
      const column = columnAt(accumulator);
      if (column.kind !== 'int32') throw new Error(`accumulator ${accumulator} came as ${column.kind}`);
      return column.values;
    },
    object(accumulator) {
      const column = columnAt(accumulator);
      const type = batch.schema.fields[accumulator + shift]?.type;
      if (type === undefined) throw new Error(`accumulator ${accumulator} came without a type`);
      return Array.from({ length: batch.rows }, (_, row): unknown => {
        if (isNullAt(column, row)) return undefined;
        return column.kind === 'int64' ? bigintAt(column, row) : valueAt(column, type, row);
      });
    },
  };
}
