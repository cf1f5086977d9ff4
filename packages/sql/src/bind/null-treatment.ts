import type { AggregateFunction, Expression } from '@millrace/plan';
import type { FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { test } from './comparison.ts';

/** {IGNORE | RESPECT} NULLS: the filter that leaves them out, where they would count. */
export function withoutNulls(
  { nulls }: FunctionCall,
  name: AggregateFunction,
  arg: Expression,
  filter: Expression | undefined,
  report: Report,
): Expression | undefined | 'refused' {
  const keepsNulls = name === 'array_agg';
  if (nulls?.isIgnored === false && !keepsNulls) {
    report.error(
      'sql.unsupported',
      nulls,
      `${name.toUpperCase()} leaves NULLs out: only ARRAY_AGG takes RESPECT NULLS.`,
    );
    return 'refused';
  }
  if (nulls?.isIgnored !== true || !keepsNulls) return filter;
  const isThere = test('is-not-null', [arg]);
  const present: Expression = { ...isThere, type: { kind: 'boolean', nullable: false } };
  return filter === undefined ? present : test('and', [filter, present]);
}
