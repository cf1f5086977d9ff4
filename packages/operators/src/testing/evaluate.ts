import { BatchBuilder, bigintAt, type RecordBatch, StringColumn, type Value, valueAt } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import type { CallExpression, Expression, LiteralExpression, ScalarFunction } from '@millrace/plan';
import { expect } from 'vitest';
import { compileProjection } from '../expression/compile.ts';
import { compileRowPredicate, type RowSlots } from '../expression/row-predicate.ts';

export const NOW = Date.UTC(2026, 10, 24, 1, 2, 3, 4);

export const T = {
  boolean: { kind: 'boolean', nullable: true },
  tinyint: { kind: 'tinyint', nullable: true },
  smallint: { kind: 'smallint', nullable: true },
  integer: { kind: 'integer', nullable: true },
  bigint: { kind: 'bigint', nullable: true },
  float: { kind: 'float', nullable: true },
  double: { kind: 'double', nullable: true },
  string: { kind: 'string', nullable: true },
  bytes: { kind: 'bytes', nullable: true },
  date: { kind: 'date', nullable: true },
  time: { kind: 'time', precision: 0, nullable: true },
  timestamp: { kind: 'timestamp', precision: 3, nullable: true },
  ltz: { kind: 'timestamp_ltz', precision: 3, nullable: true },
  months: { kind: 'interval', unit: 'months', nullable: true },
  ms: { kind: 'interval', unit: 'milliseconds', nullable: true },
} as const satisfies Record<string, DataType>;

export function decimal(precision: number, scale: number): DataType {
  return { kind: 'decimal', precision, scale, nullable: true };
}

export function lit(value: LiteralExpression['value'], type: DataType): LiteralExpression {
  return { kind: 'literal', value, type };
}

export function col(index: number, type: DataType): Expression {
  return { kind: 'column', index, type };
}

export function call(name: ScalarFunction, type: DataType, ...args: readonly Expression[]): CallExpression {
  return { kind: 'call', name, args, type };
}

export function cast(arg: Expression, type: DataType, safe = false): Expression {
  return { kind: 'cast', arg, safe, type };
}

/** A literal beyond 2^53 beside the expression makes the whole loop run with bigint. */
const FORCE_WIDE = lit('9007199254740993', T.bigint);

/** The expression over rows of values, computed narrow, wide, dense, under a selection and on UTF-8 slices: all must agree. */
export function evaluate(
  expression: Expression,
  types: readonly DataType[],
  rows: readonly (readonly Value[])[],
): Value[] {
  const schema: Schema = { fields: types.map((type, at) => ({ name: `c${at}`, type })) };
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  const batch = builder.finish();
  const found = outputOf([expression], batch);
  expect(outputOf([expression, FORCE_WIDE], batch)).toStrictEqual(found);
  expect(outputOf([expression], sliced(batch))).toStrictEqual(found);
  expect(outputOf([expression], widened(batch))).toStrictEqual(found);
  const odd = Int32Array.from(rows, (_, row) => row).filter((row) => row % 2 === 1);
  expect(outputOf([expression], { ...batch, selection: odd })).toStrictEqual(found.filter((_, row) => row % 2 === 1));
  if (expression.type.kind === 'boolean') expectRowByRow(expression, batch, found);
  return found;
}

/** A source that computes a condition while it decodes comes to the same, on its slots; what only some steps can compute it leaves to them. */
function expectRowByRow(expression: Expression, batch: RecordBatch, found: readonly Value[]): void {
  const holds = compileRowPredicate(expression, batch.schema);
  if (holds === undefined) return;
  for (const slots of [slotsOf(batch), slotsOf(widened(batch))]) {
    expect(found.map((_, row) => holds(slots, row))).toStrictEqual(found.map((value) => value === true));
  }
}

/** The columns of a batch as a decoder fills them. */
export function slotsOf({ columns, rows }: RecordBatch): RowSlots {
  const texts = columns.map((column) => {
    if (column.kind === 'string') return column.utf8();
    return column.kind === 'bytes' ? column : undefined;
  });
  const lengths = texts.map((text) => text?.bytes.length ?? 0);
  const places = lengths.map((_, at) => lengths.slice(0, at).reduce((sum, length) => sum + length, 0));
  const moved = (at: number, part: 'starts' | 'ends') =>
    Int32Array.from(texts[at]?.[part] ?? [], (place) => place + (places[at] ?? 0));
  return {
    values: columns.map((column) => {
      if (column.kind !== 'int64') return 'values' in column && column.kind !== 'object' ? column.values : [];
      return Float64Array.from({ length: rows }, (_, row) => Number(bigintAt(column, row)));
    }),
    nulls: columns.map(({ nulls }) => nulls),
    wides: columns.map((column) =>
      column.kind === 'int64' && column.wide !== undefined ? [...column.wide] : undefined,
    ),
    starts: columns.map((_, at) => moved(at, 'starts')),
    ends: columns.map((_, at) => moved(at, 'ends')),
    bytes: Buffer.concat(texts.flatMap((text) => text?.bytes ?? [])),
  };
}

/** One row, no columns unless given as `[type, value]`. */
export function evaluateOne(
  make: (...args: readonly Expression[]) => Expression,
  ...args: readonly (readonly [DataType, Value])[]
): Value {
  const expression = make(...args.map(([type], at) => col(at, type)));
  const types = args.map(([type]) => type);
  return evaluate(expression, types, [args.map(([, value]) => value)])[0] ?? null;
}

function outputOf(expressions: readonly Expression[], batch: RecordBatch): Value[] {
  const [column] = compileProjection(expressions, batch.schema, 'test')(batch, NOW);
  const type = expressions[0]?.type;
  if (column === undefined || type === undefined) throw new Error('nothing was computed');
  const rows = batch.selection ?? Int32Array.from({ length: batch.rows }, (_, row) => row);
  return Array.from(rows, (row) => valueAt(column, type, row));
}

function sliced(batch: RecordBatch): RecordBatch {
  const columns = batch.columns.map((column) => {
    if (column.kind !== 'string') return column;
    const { bytes, starts, ends } = column.utf8();
    return StringColumn.fromUtf8(bytes, starts, ends, batch.rows, column.nulls);
  });
  return { ...batch, columns };
}

function widened(batch: RecordBatch): RecordBatch {
  const columns = batch.columns.map((column, at) => {
    const type = batch.schema.fields[at]?.type;
    if (column.kind !== 'int64' || type === undefined || column.wide !== undefined) return column;
    return { ...column, values: new Float64Array(0), wide: Array.from(column.values, BigInt) };
  });
  return { ...batch, columns };
}
