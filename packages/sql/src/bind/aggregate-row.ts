import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { coerce } from './coerce.ts';
import { test } from './comparison.ts';
import { integerLiteral } from './literal.ts';
import { withNullable } from './type-rule.ts';

/** Several arguments as one: a ROW where none of them is NULL, else NULL. */
export function presentRow(values: readonly Expression[]): Expression {
  const optional = values.filter(({ type }) => type.nullable);
  return rowWhere(values, optional.map(isPresent));
}

/** A number with how often it counts: a ROW where it is there and counts at all, else NULL. */
export function weightedRow(value: Expression, frequency: Expression): Expression {
  const count = coerce(frequency, { kind: 'bigint', nullable: true });
  const counts = test('>', [count, integerLiteral(0n, 'bigint')]);
  return rowWhere([value, count], value.type.nullable ? [isPresent(value), counts] : [counts]);
}

function rowWhere(values: readonly Expression[], conditions: readonly Expression[]): Expression {
  const fields = values.map(({ type }, at) => ({ name: `f${at}`, type: withNullable(type, false) }));
  const type: DataType = { kind: 'row', fields, nullable: false };
  const row: Expression = { kind: 'call', name: 'row', args: values, type };
  const [first, ...rest] = conditions;
  if (first === undefined) return row;
  const when = rest.reduce((all, next) => test('and', [all, next]), first);
  const optional = withNullable(type, true);
  const otherwise: Expression = { kind: 'literal', value: null, type: optional };
  return { kind: 'case', branches: [{ when, value: row }], otherwise, type: optional };
}

function isPresent(value: Expression): Expression {
  return { kind: 'call', name: 'is-not-null', args: [value], type: { kind: 'boolean', nullable: false } };
}
