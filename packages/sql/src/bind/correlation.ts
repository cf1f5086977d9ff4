import { conjuncts, type Expression } from '@millrace/plan';
import type { ComparisonOperator, Expr, Query, Select } from '../ast.ts';
import { columnRefs, conjunctsOf, someExpr } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, type Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { alignForComparison, typeName } from './coerce.ts';
import { bindCondition, bindExpression } from './expression.ts';
import { correlationScope, type FilledScope } from './join.ts';
import { findColumn, visibleColumns } from './scope.ts';

/** The grammar of queries, handed in because a subquery holds all of it. Each gives undefined after a report. */
export interface QueryBinder {
  query(query: Query, outer: FilledScope): Relation | undefined;
  /** FROM alone. */
  source(select: Select, outer: FilledScope): FilledScope | undefined;
  /** The rows of a scope that meet all parts of a WHERE. */
  where(scope: FilledScope, parts: readonly Expr[]): Relation | undefined;
  isAggregation(select: Select): boolean;
}

/** A subquery: a plain SELECT is taken apart, so that the conditions that name the outer query can be those of a join. */
export interface Opened {
  /** The rows without those conditions. */
  readonly scope: FilledScope;
  /** Absent: `scope` is the whole query. */
  readonly select: Select | undefined;
  readonly correlated: readonly Expr[];
}

/** A SELECT whose WHERE names the outer query, its FROM bound and nothing else yet. */
export interface Correlated {
  readonly select: Select;
  readonly scope: FilledScope;
  /** The parts of WHERE that name the outer query, and the others. */
  readonly correlated: readonly Expr[];
  readonly plain: readonly Expr[];
}

/** The rows of a subquery. Undefined after a report. */
export function openQuery(query: Query, outer: FilledScope, binder: QueryBinder): Opened | undefined {
  const { body } = query;
  const isPlain = body.kind === 'select' && isBare(query) && isPlainSelect(body) && !binder.isAggregation(body);
  if (!isPlain) {
    const relation = binder.query(query, outer);
    if (relation === undefined) return undefined;
    return { scope: { relation, qualifier: undefined, broken: new Set() }, select: undefined, correlated: [] };
  }
  const source = binder.source(body, outer);
  if (source === undefined) return undefined;
  const { correlated, plain } = partsOfWhere(body, source, outer);
  const relation = binder.where(source, plain);
  if (relation === undefined) return undefined;
  const { where: _, ...scope } = source;
  return { scope: { ...scope, relation, visible: visibleColumns(source) }, select: body, correlated };
}

/** A SELECT that names the outer query in its WHERE; undefined when it does not. */
export function openCorrelated(
  select: Select,
  outer: FilledScope,
  binder: QueryBinder,
): Correlated | 'refused' | undefined {
  const scope = binder.source(select, outer);
  if (scope === undefined) return 'refused';
  const parts = partsOfWhere(select, scope, outer);
  return parts.correlated.length === 0 ? undefined : { select, scope, ...parts };
}

function partsOfWhere({ where }: Select, inner: FilledScope, outer: FilledScope) {
  const parts = where === undefined ? [] : conjunctsOf(where);
  const namesOuter = (part: Expr) =>
    columnRefs(part).some((ref) => findColumn(ref, inner) === undefined && findColumn(ref, outer) !== undefined);
  const correlated = parts.filter(namesOuter);
  return { correlated, plain: parts.filter((part) => !correlated.includes(part)) };
}

/** The conditions that name both queries, over the outer rows followed by those of the subquery. */
export function correlations(
  { scope, correlated }: Opened,
  outer: FilledScope,
  report: Report,
): readonly Expression[] | undefined {
  if (correlated.length === 0) return [];
  const both = correlationScope(outer, scope);
  const bound = correlated.map((part) => bindCondition(part, 'WHERE', { scope: both, report }));
  const known = bound.filter((condition) => condition !== undefined);
  return known.length === bound.length ? known.flatMap(conjuncts) : undefined;
}

/** Each `inner = outer` in either order, a side naming columns of one of them only. Undefined after a report. */
export function correlationKeys(
  { scope, correlated }: Correlated,
  what: string,
  report: Report,
): readonly { readonly inner: Expr; readonly outer: Expr; readonly part: Expr }[] | undefined {
  const isInner = (expr: Expr) => columnRefs(expr).every((ref) => findColumn(ref, scope) !== undefined);
  const isOuter = (expr: Expr) => columnRefs(expr).every((ref) => findColumn(ref, scope) === undefined);
  const keys = correlated.map((part) => {
    if (part.kind === 'binary' && part.operator === '=') {
      if (isInner(part.left) && isOuter(part.right)) return { inner: part.left, outer: part.right, part };
      if (isInner(part.right) && isOuter(part.left)) return { inner: part.right, outer: part.left, part };
    }
    const message = `${what} may compare with the outer query by = only: WHERE inner.k = outer.k AND ...`;
    return report.error('sql.unsupported', part, message);
  });
  const known = keys.filter((key) => key !== undefined);
  return known.length === keys.length ? known : undefined;
}

/** The outer side of each key equal to the column that the subquery has for it, its first ones. Undefined after a report. */
export function keyConditions(
  keys: readonly { readonly outer: Expr; readonly part: Expr }[],
  outer: FilledScope,
  keyed: Relation,
  report: Report,
): readonly Expression[] | undefined {
  const width = outer.relation.fields.length;
  const conditions = keys.map((key, at) => {
    const bound = bindExpression(key.outer, { scope: outer, report });
    const column = columnOf(keyed, at);
    const moved = column.kind === 'column' ? { ...column, index: column.index + width } : column;
    const sides = bound && alignedSides(bound, moved, key.part, report);
    return sides && comparison('=', sides);
  });
  const known = conditions.filter((condition) => condition !== undefined);
  return known.length === keys.length ? known : undefined;
}

/** Nothing but the SELECT itself. */
export function isBare(query: Query): boolean {
  const { orderBy, limit, offset } = query;
  return query.with.length === 0 && orderBy.length === 0 && limit === undefined && offset === undefined;
}

/** Rows of FROM that meet WHERE, computed from one by one. */
export function isPlainSelect(select: Select): boolean {
  const { source, distinct, groupBySpan, having, windows, items } = select;
  const isUngrouped = groupBySpan === undefined && having === undefined && distinct === undefined;
  if (source === undefined || !isUngrouped || windows.length > 0) return false;
  return !items.some((item) => item.kind === 'expression' && someExpr(item.expr, isOver));
}

function isOver(expr: Expr): boolean {
  return expr.kind === 'call' && expr.over !== undefined;
}

/** A value and a column of a query as one type; undefined after a report. */
export function alignedSides(
  value: Expression,
  column: Expression,
  span: Span,
  report: Report,
): readonly [Expression, Expression] | undefined {
  const sides = alignForComparison(value, column);
  if (sides !== undefined) return [sides[0], sides[1]];
  const message = `${typeName(value)} cannot be compared with ${typeName(column)}, the column of the query: use CAST.`;
  return report.error('sql.type-mismatch', span, message);
}

export function comparison(name: ComparisonOperator, [left, right]: readonly [Expression, Expression]): Expression {
  const nullable = left.type.nullable || right.type.nullable;
  return { kind: 'call', name, args: [left, right], type: { kind: 'boolean', nullable } };
}
