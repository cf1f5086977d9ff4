import { BatchBuilder, type Value } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { call, col, lit, slotsOf, T } from '../testing/evaluate.ts';
import { compileRowPredicate, compileRowTime } from './row-predicate.ts';

const N = col(0, T.bigint);
const zero = lit('0', T.bigint);

function schemaOf(...types: readonly DataType[]): Schema {
  return { fields: types.map((type, at) => ({ name: `c${at}`, type })) };
}

function slots(schema: Schema, rows: readonly (readonly Value[])[]) {
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  return slotsOf(builder.finish());
}

describe('a condition on a row that is being decoded', () => {
  const schema = schemaOf(T.bigint);
  const heldBy = (condition: Expression, rows: readonly (readonly Value[])[]) => {
    const holds = compileRowPredicate(condition, schema);
    return rows.map((_, row) => holds?.(slots(schema, rows), row));
  };

  it('holds only where it is true: NULL and false leave the row out', () => {
    const condition = call('>', T.boolean, N, zero);
    expect(heldBy(condition, [[1n], [0n], [null], [-5n]])).toStrictEqual([true, false, false, false]);
  });

  it('is exact beside and beyond 2^53, also after a batch became wide', () => {
    const condition = call('=', T.boolean, N, lit('9007199254740993', T.bigint));
    const sum = call('=', T.boolean, call('+', T.bigint, N, lit('1', T.bigint)), lit('9007199254740992', T.bigint));
    const rows = [[9_007_199_254_740_993n], [9_007_199_254_740_992n], [9_007_199_254_740_991n], [3n]];
    expect(heldBy(condition, rows)).toStrictEqual([true, false, false, false]);
    expect(heldBy(sum, rows)).toStrictEqual([false, false, true, false]);
  });

  it('keeps a row it cannot be computed for: the filter above says what is wrong', () => {
    const condition = call('>', T.boolean, call('/', T.bigint, lit('10', T.bigint), N), zero);
    expect(heldBy(condition, [[0n], [5n], [-5n]])).toStrictEqual([true, true, false]);
  });

  it('leaves ARRAY, MAP and ROW to the steps above', () => {
    const array: DataType = { kind: 'array', element: T.bigint, nullable: true };
    expect(compileRowPredicate(call('is-null', T.boolean, col(0, array)), schemaOf(array))).toBeUndefined();
  });
});

describe('the time of a row that is being decoded', () => {
  it('is its epoch ms, also the one millisecond before 1970, and -Infinity for NULL', () => {
    const schema = schemaOf(T.timestamp);
    const timeOf = compileRowTime(col(0, T.timestamp), schema);
    const rows = slots(schema, [[-1], [1_795_478_400_000], [null]]);
    expect([0, 1, 2].map((row) => timeOf?.(rows, row))).toStrictEqual([
      -1,
      1_795_478_400_000,
      Number.NEGATIVE_INFINITY,
    ]);
  });
});
