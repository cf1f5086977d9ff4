import type { Expression } from '@millrace/plan';
import type { Expr, FunctionCall, Select, SelectItem } from '../ast.ts';
import { childrenOf, type columnRefs } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { aggregateOf } from './aggregate-call.ts';
import { coerce } from './coerce.ts';
import { bindExpression } from './expression.ts';
import { integerLiteral } from './literal.ts';
import { withNullable } from './type-rule.ts';

/**
 * SELECT keys, aggregates FROM ... WHERE the conditions that name no other query GROUP BY keys: what a SELECT with aggregates and without
 * GROUP BY has to know for every key of the outer query. `resultsOf` makes its items of it.
 */
export function groupedByKeys(select: Select, keys: readonly Expr[], where: readonly Expr[]): Select {
  const span = select.where ?? select;
  return {
    ...select,
    hints: [],
    items: [...keys, ...callsOf(select)].map(itemOf),
    where: conjunctionOf(where),
    groupBy: keys.map((expr) => ({ kind: 'key', expr })),
    groupBySpan: { from: span.from, to: span.to },
  };
}

/**
 * The items of such a SELECT over the rows it was joined to: `columnOf` gives the column of an aggregate, which is NULL for keys that have no
 * group, where COUNT is 0. Undefined after a report.
 */
export function resultsOf(
  select: Select,
  columnOf: (place: number) => Expression,
  report: Report,
): readonly Expression[] | undefined {
  const calls = callsOf(select);
  const bind = (call: FunctionCall) => {
    const place = calls.indexOf(call);
    const column = columnOf(place);
    return COUNTS.includes(call.name.text.toUpperCase()) ? zeroForNull(column) : column;
  };
  const scope = { relation: undefined, qualifier: undefined, broken: new Set<string>() };
  const bound = select.items.map((item) => {
    if (item.kind === 'star')
      return report.error('sql.invalid-aggregate', item, '* has no meaning beside aggregates: list them.');
    const loose = looseColumn(item.expr);
    if (loose !== undefined) {
      const name = loose.path.map(({ text }) => text).join('.');
      return report.error('sql.invalid-aggregate', loose, `${name} is neither in GROUP BY nor inside an aggregate.`);
    }
    return bindExpression(item.expr, { scope, report, aggregates: { bind } });
  });
  const known = bound.filter((expression) => expression !== undefined);
  return known.length === bound.length ? known : undefined;
}

const COUNTS = ['COUNT', 'APPROX_COUNT_DISTINCT'];

function callsOf({ items }: Select): readonly FunctionCall[] {
  return items.flatMap((item) => (item.kind === 'expression' ? aggregatesIn(item.expr) : []));
}

function aggregatesIn(expr: Expr): readonly FunctionCall[] {
  if (expr.kind === 'call' && expr.over === undefined && aggregateOf(expr) !== undefined) return [expr];
  return childrenOf(expr).flatMap(aggregatesIn);
}

/** A column outside of aggregates. */
function looseColumn(expr: Expr): ReturnType<typeof columnRefs>[number] | undefined {
  if (expr.kind === 'column') return expr;
  if (expr.kind === 'call' && expr.over === undefined && aggregateOf(expr) !== undefined) return undefined;
  return childrenOf(expr)
    .map(looseColumn)
    .find((column) => column !== undefined);
}

export function itemOf(expr: Expr): SelectItem {
  return { kind: 'expression', expr, alias: undefined, from: expr.from, to: expr.to };
}

export function conjunctionOf([first, ...rest]: readonly Expr[]): Expr | undefined {
  return rest.reduce<Expr | undefined>((left, right) => {
    if (left === undefined) return right;
    return { kind: 'binary', operator: 'AND', operatorSpan: right, left, right, from: left.from, to: right.to };
  }, first);
}

/** COUNT of no rows is 0, also for keys without a group. */
function zeroForNull(value: Expression): Expression {
  const zero = coerce(integerLiteral(0n, 'bigint'), value.type);
  return { kind: 'call', name: 'coalesce', args: [value, zero], type: withNullable(value.type, false) };
}
