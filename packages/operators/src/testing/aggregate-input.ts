import type { Value } from '@millrace/batch';
import { type DataType, multisetType, type Schema } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';
import fc from 'fast-check';

export const string: DataType = { kind: 'string', nullable: true };
export const integer: DataType = { kind: 'integer', nullable: true };
export const bigint: DataType = { kind: 'bigint', nullable: true };
export const double: DataType = { kind: 'double', nullable: true };
export const boolean: DataType = { kind: 'boolean', nullable: true };
export const decimal: DataType = { kind: 'decimal', precision: 38, scale: 2, nullable: true };
export const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: true };
const bytes: DataType = { kind: 'bytes', nullable: true };
/** A value and how often it counts. */
const pair: DataType = {
  kind: 'row',
  nullable: true,
  fields: [
    { name: 'x', type: { kind: 'double', nullable: false } },
    { name: 'f', type: { kind: 'bigint', nullable: false } },
  ],
};
const doubles: DataType = { kind: 'array', element: { kind: 'double', nullable: false }, nullable: true };
const average: DataType = { kind: 'decimal', precision: 38, scale: 6, nullable: true };

/** A column of each kind that aggregates treat in their own way. */
export const INPUT: Schema = {
  fields: [
    { name: 'k', type: string },
    { name: 'n', type: integer },
    { name: 't', type: timestamp },
    { name: 'v', type: bigint },
    { name: 'd', type: decimal },
    { name: 's', type: string },
    { name: 'b', type: boolean },
    { name: 'x', type: double },
    { name: 'y', type: bytes },
    { name: 'p', type: pair },
  ],
};

export function column(index: number): Expression {
  return { kind: 'column', index, type: INPUT.fields[index]?.type ?? string };
}

export function call(
  name: AggregateCall['name'],
  index: number | undefined,
  type: DataType,
  more: Partial<AggregateCall> = {},
): AggregateCall {
  return { name, arg: index === undefined ? undefined : column(index), filter: undefined, type, ...more };
}

const distinct = { distinct: true } as const;

/** Every function over every kind it takes, with DISTINCT and FILTER here and there. */
export const CALLS: readonly AggregateCall[] = [
  call('count', undefined, bigint),
  call('count', 3, bigint),
  call('sum', 3, bigint),
  call('avg', 3, bigint),
  call('min', 3, bigint),
  call('max', 3, bigint),
  call('sum', 4, decimal),
  call('avg', 4, average),
  call('max', 4, decimal),
  call('min', 5, string),
  call('max', 5, string),
  call('max', 8, bytes),
  call('sum', 1, integer, { filter: column(6) }),
  call('max', 6, boolean),
  call('sum', 7, double),
  call('avg', 7, double),
  call('min', 7, double),
  call('max', 7, double),
  call('stddev_pop', 7, double, { filter: column(6) }),
  call('var_samp', 1, double),
  call('first_value', 5, string),
  call('last_value', 4, decimal),
  call('listagg', 5, string, { parameter: '; ' }),
  call('array_agg', 1, { kind: 'array', element: integer, nullable: true }),
  call('collect', 1, multisetType(integer, false)),
  call('collect', 1, multisetType(integer, false), { filter: column(6) }),
  call('percentile', 1, double, { parameter: 0.3 }),
  call('percentile', 1, doubles, { parameter: [0, 0.5, 0.9] }),
  call('percentile', 9, double, { parameter: 0.75 }),
  call('percentile', 9, doubles, { parameter: [0.1, 1] }),
  call('count', 9, bigint, { distinct: true }),
  call('approx_count_distinct', 3, bigint),
  call('count', 3, bigint, distinct),
  call('count', 8, bigint, distinct),
  call('sum', 4, decimal, distinct),
  call('avg', 1, integer, { ...distinct, filter: column(6) }),
  call('max', 3, bigint, distinct),
];

/** In the order of arrival only where rows come one after the other and none is taken back: see `Retractable` and `mergeableDistinct`. */
export const DISTINCT_LIST: AggregateCall = call('listagg', 5, string, distinct);

const small = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 6 });
const wide = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -20, max: 20 }).map(BigInt) },
  { weight: 2, arbitrary: fc.integer().map(BigInt) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
);

export function decimalText(value: bigint): string {
  const size = (value < 0n ? -value : value).toString().padStart(3, '0');
  return `${value < 0n ? '-' : ''}${size.slice(0, -2)}.${size.slice(-2)}`;
}

/** Values that repeat, NULLs, and the edges of each type; times from -100 to 300 and now and then none. */
export const rows: fc.Arbitrary<Value[]> = fc.tuple(
  small(fc.constantFrom('a', 'b', 'ключ', '')),
  small(fc.integer({ min: -3, max: 9 })),
  fc.option(fc.integer({ min: -100, max: 300 }), { freq: 30 }),
  small(wide),
  small(
    fc
      .oneof(
        { weight: 2, arbitrary: fc.integer({ min: -9, max: 9 }).map(BigInt) },
        { weight: 2, arbitrary: fc.integer().map(BigInt) },
        { weight: 1, arbitrary: fc.bigInt({ min: 1n - 10n ** 38n, max: 10n ** 38n - 1n }) },
      )
      .map(decimalText),
  ),
  small(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('\u{1F600}', '\uFFFD', 'z'))),
  small(fc.boolean()),
  small(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -40, max: 40 }).map((quarter) => quarter / 4) },
      { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NaN, -0) },
    ),
  ),
  small(fc.uint8Array({ maxLength: 2 })),
  small(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.bigInt({ min: 1n, max: 5n })).map(([x, f]): Value => [x / 2, f])),
);
