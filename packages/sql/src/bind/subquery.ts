import { conjuncts, type Expression } from '@millrace/plan';
import type { Expr, InQueryExpr, Query, ScalarQueryExpr, Select } from '../ast.ts';
import { childrenOf, columnRefs, conjunctsOf, someExpr } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { Span } from '../source-text.ts';
import { alignForComparison, coerce, typeName } from './coerce.ts';
import { bindCondition, bindExpression } from './expression.ts';
import { correlationScope, type FilledScope } from './join.ts';
import { withColumns } from './join-condition.ts';
import { filterBy, joinRelations } from './join-relation.ts';
import { integerLiteral } from './literal.ts';
import { findColumn, visibleColumns } from './scope.ts';
import { withNullable } from './type-rule.ts';

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
interface Opened {
  /** The rows without those conditions. */
  readonly scope: FilledScope;
  /** Absent: `scope` is the whole query. */
  readonly select: Select | undefined;
  readonly correlated: readonly Expr[];
}

/**
 * The subqueries of one SELECT. Each becomes a join of the rows so far: IN and EXISTS a semi or anti join, a query in the place of
 * a value a left join that adds a column. Columns only grow at the end, so that what was bound before stays right.
 */
export class Subqueries {
  readonly #binder: QueryBinder;
  readonly #report: Report;
  readonly #outer: FilledScope;
  readonly #bound = new Map<ScalarQueryExpr, Expression | undefined>();
  #relation: Relation;

  constructor(scope: FilledScope, relation: Relation, binder: QueryBinder, report: Report) {
    this.#binder = binder;
    this.#report = report;
    this.#outer = { ...scope, visible: visibleColumns(scope) };
    this.#relation = relation;
  }

  /** The rows of the SELECT, with a column for each query in the place of a value. */
  get relation(): Relation {
    return this.#relation;
  }

  /** What expressions over `relation` are bound in. */
  get scope(): FilledScope {
    const { where: _, ...scope } = this.#outer;
    return { ...scope, relation: this.#relation };
  }

  filter(conditions: readonly Expression[]): void {
    this.#relation = filterBy(this.#relation, conditions);
  }

  /** IN, EXISTS and their NOT as a part of WHERE; false after a report. */
  restrict(expr: Expr): boolean {
    if (expr.kind === 'unary' && expr.operator === 'NOT') {
      const { arg } = expr;
      if (arg.kind === 'exists') return this.#exists(arg.query, 'anti');
      if (arg.kind === 'in-query') return this.#in({ ...arg, not: !arg.not });
      return false;
    }
    if (expr.kind === 'exists') return this.#exists(expr.query, 'semi');
    return expr.kind === 'in-query' && this.#in(expr);
  }

  #exists(query: Query, type: 'semi' | 'anti'): boolean {
    const opened = this.#open(query);
    const conditions = opened && this.#correlations(opened);
    if (opened === undefined || conditions === undefined) return false;
    this.#relation = joinRelations(this.#relation, opened.scope.relation, type, conditions);
    return true;
  }

  #in({ arg, query, not }: InQueryExpr): boolean {
    const values = arg.kind === 'constructor' && arg.type === 'ROW' ? arg.items : [arg];
    const bound = values.map((value) => bindExpression(value, { scope: this.scope, report: this.#report }));
    const opened = this.#open(query);
    const inner = opened && this.#selected(opened);
    if (opened === undefined || inner === undefined || bound.some((value) => value === undefined)) return false;
    if (inner.columns.length !== values.length) {
      const message = `IN compares ${values.length} value${values.length === 1 ? '' : 's'} with a query of ${inner.columns.length} columns.`;
      this.#report.error('sql.type-mismatch', query, message);
      return false;
    }
    const conditions = this.#correlations(opened);
    const width = this.#relation.fields.length;
    const equalities = bound.map((value, at) => {
      const column = columnOf(inner.relation, inner.columns[at] ?? 0);
      const moved = column.kind === 'column' ? { ...column, index: column.index + width } : column;
      return value && this.#equal(value, moved, values[at] ?? arg, not);
    });
    const known = equalities.filter((condition) => condition !== undefined);
    if (conditions === undefined || known.length < equalities.length) return false;
    this.#relation = joinRelations(this.#relation, inner.relation, not ? 'anti' : 'semi', [...conditions, ...known]);
    return true;
  }

  /** NOT IN is true only when no comparison is true or unknown: one NULL among the values makes it never true. */
  #equal(value: Expression, column: Expression, span: Span, not: boolean): Expression | undefined {
    const sides = alignForComparison(value, column);
    if (sides === undefined) {
      const message = `${typeName(value)} cannot be compared with ${typeName(column)}, the column of the query: use CAST.`;
      return this.#report.error('sql.type-mismatch', span, message);
    }
    const equal = equality(sides[0], sides[1]);
    if (!not || !equal.type.nullable) return equal;
    return { kind: 'call', name: 'is-not-false', args: [equal], type: { kind: 'boolean', nullable: false } };
  }

  /** Binds all queries in the place of a value, so that `relation` does not change any more. */
  bindAll(expr: Expr): void {
    if (expr.kind === 'scalar-query') this.bind(expr);
    for (const part of childrenOf(expr)) this.bindAll(part);
  }

  /** A query in the place of a value: the column it became; undefined after a report. */
  bind(expr: ScalarQueryExpr): Expression | undefined {
    if (!this.#bound.has(expr)) this.#bound.set(expr, this.#bindScalar(expr));
    return this.#bound.get(expr);
  }

  #bindScalar({ query, ...span }: ScalarQueryExpr): Expression | undefined {
    const correlated = this.#openCorrelated(query);
    if (correlated === 'refused') return undefined;
    if (correlated !== undefined) return this.#bindCorrelated(query, correlated, span);
    const relation = this.#binder.query(query, this.scope);
    if (relation === undefined || !this.#isOneColumn(relation.fields.length, span)) return undefined;
    return this.#leftJoin(isOneRow(relation) ? relation : singleValue(relation, [], 0), 0, []);
  }

  #isOneColumn(count: number, span: Span): boolean {
    if (count === 1) return true;
    this.#report.error('sql.type-mismatch', span, `A query in the place of a value has one column, not ${count}.`);
    return false;
  }

  /** The rows so far with column `index` of `right` behind them, NULL where nothing meets the conditions. */
  #leftJoin(right: Relation, index: number, conditions: readonly Expression[]): Expression {
    const width = this.#relation.fields.length;
    this.#relation = joinRelations(this.#relation, right, 'left', conditions);
    return columnOf(this.#relation, width + index);
  }

  /** (SELECT aggregate FROM t WHERE t.k = outer.k AND ...): worked out once per k, then joined. */
  #bindCorrelated(query: Query, { select, scope, correlated }: Opened, span: Span): Expression | undefined {
    const [item, ...more] = select?.items ?? [];
    if (select === undefined || item === undefined) return undefined;
    const count = item.kind === 'star' ? visibleColumns(scope).length : 1 + more.length;
    if (!this.#isOneColumn(count, span) || item.kind === 'star') return undefined;
    const sides = correlated.map((part) => this.#sidesOf(part, scope));
    const known = sides.filter((pair) => pair !== undefined);
    if (known.length < sides.length) return undefined;
    const outers = known.map(({ outer }) => bindExpression(outer, { scope: this.scope, report: this.#report }));
    const inners = known.map(({ inner }) => inner);
    const isAggregate = this.#binder.isAggregation(select);
    const plain = conjunctsOfWhere(select).filter((part) => !correlated.includes(part));
    const keyed = isAggregate
      ? this.#binder.query({ ...query, body: groupedBy(select, inners, plain) }, this.scope)
      : this.#singlePerKey(item.expr, inners, scope, plain);
    if (keyed === undefined || outers.some((outer) => outer === undefined)) return undefined;
    const width = this.#relation.fields.length;
    const conditions = outers.flatMap((outer, at) => {
      const column = columnOf(keyed, at);
      const moved = column.kind === 'column' ? { ...column, index: column.index + width } : column;
      return (outer && this.#equal(outer, moved, correlated[at] ?? span, false)) ?? [];
    });
    if (conditions.length < outers.length) return undefined;
    const value = this.#leftJoin(keyed, inners.length, conditions);
    return isAggregate && isCount(item.expr) ? zeroForNull(value) : value;
  }

  /** `inner = outer` in either order, each side naming columns of one of them only. */
  #sidesOf(part: Expr, scope: FilledScope): { readonly inner: Expr; readonly outer: Expr } | undefined {
    const isInner = (expr: Expr) => columnRefs(expr).every((ref) => findColumn(ref, scope) !== undefined);
    const isOuter = (expr: Expr) => columnRefs(expr).every((ref) => findColumn(ref, scope) === undefined);
    if (part.kind === 'binary' && part.operator === '=') {
      if (isInner(part.left) && isOuter(part.right)) return { inner: part.left, outer: part.right };
      if (isInner(part.right) && isOuter(part.left)) return { inner: part.right, outer: part.left };
    }
    const message =
      'A query in the place of a value may compare with the outer query by = only: WHERE inner.k = outer.k AND ...';
    return this.#report.error('sql.unsupported', part, message);
  }

  #singlePerKey(item: Expr, keys: readonly Expr[], scope: FilledScope, plain: readonly Expr[]): Relation | undefined {
    const rows = this.#binder.where(scope, plain);
    const bound = [...keys, item].map((expr) => bindExpression(expr, { scope, report: this.#report }));
    const known = bound.filter((expression) => expression !== undefined);
    if (rows === undefined || known.length < bound.length) return undefined;
    const names = known.map((_, at) => (at < keys.length ? `key${at}` : 'value'));
    return singleValue(project(rows, known, names), [...keys.keys()], keys.length);
  }

  #open(query: Query): Opened | undefined {
    const { body } = query;
    const isPlain = body.kind === 'select' && isBare(query) && isPlainSelect(body) && !this.#binder.isAggregation(body);
    if (!isPlain) {
      const relation = this.#binder.query(query, this.scope);
      if (relation === undefined) return undefined;
      return { scope: { relation, qualifier: undefined, broken: new Set() }, select: undefined, correlated: [] };
    }
    const source = this.#binder.source(body, this.scope);
    if (source === undefined) return undefined;
    const parts = conjunctsOfWhere(body);
    const correlated = parts.filter((part) => this.#namesOuter(part, source));
    const relation = this.#binder.where(
      source,
      parts.filter((part) => !correlated.includes(part)),
    );
    if (relation === undefined) return undefined;
    const { where: _, ...scope } = source;
    return { scope: { ...scope, relation, visible: visibleColumns(source) }, select: body, correlated };
  }

  /** A query in the place of a value that names the outer query; undefined when it does not. */
  #openCorrelated(query: Query): Opened | 'refused' | undefined {
    const { body } = query;
    if (body.kind !== 'select' || !isBare(query) || !isPlainSelect(body)) return undefined;
    const scope = this.#binder.source(body, this.scope);
    if (scope === undefined) return 'refused';
    const correlated = conjunctsOfWhere(body).filter((part) => this.#namesOuter(part, scope));
    return correlated.length === 0 ? undefined : { scope, select: body, correlated };
  }

  #namesOuter(part: Expr, inner: FilledScope): boolean {
    const { scope } = this;
    return columnRefs(part).some((ref) => findColumn(ref, inner) === undefined && findColumn(ref, scope) !== undefined);
  }

  /** The conditions that name both queries, over the rows so far followed by those of the subquery. */
  #correlations({ scope, correlated }: Opened): readonly Expression[] | undefined {
    if (correlated.length === 0) return [];
    const both = correlationScope(this.scope, scope);
    const bound = correlated.map((part) => bindCondition(part, 'WHERE', { scope: both, report: this.#report }));
    const known = bound.filter((condition) => condition !== undefined);
    return known.length === bound.length ? known.flatMap(conjuncts) : undefined;
  }

  /** The columns a subquery gives, as columns of its rows; computed ones stand behind. */
  #selected({ select, scope }: Opened) {
    if (select === undefined) return { relation: scope.relation, columns: [...scope.relation.fields.keys()] };
    const expressions: Expression[] = [];
    for (const item of select.items) {
      if (item.kind === 'star') expressions.push(...visibleColumns(scope).map((at) => columnOf(scope.relation, at)));
      else {
        const bound = bindExpression(item.expr, { scope, report: this.#report });
        if (bound === undefined) return undefined;
        expressions.push(bound);
      }
    }
    return withColumns(scope.relation, expressions);
  }
}

function conjunctsOfWhere({ where }: Select): readonly Expr[] {
  return where === undefined ? [] : conjunctsOf(where);
}

/** Nothing but the SELECT itself. */
function isBare(query: Query): boolean {
  const { orderBy, limit, offset } = query;
  return query.with.length === 0 && orderBy.length === 0 && limit === undefined && offset === undefined;
}

function isPlainSelect(select: Select): boolean {
  const { source, distinct, groupBySpan, having, windows, items } = select;
  const isUngrouped = groupBySpan === undefined && having === undefined && distinct === undefined;
  if (source === undefined || !isUngrouped || windows.length > 0) return false;
  return !items.some((item) => item.kind === 'expression' && someExpr(item.expr, isOver));
}

function isOver(expr: Expr): boolean {
  return expr.kind === 'call' && expr.over !== undefined;
}

/** SELECT keys, item FROM ... WHERE the conditions that name no other query GROUP BY keys. */
function groupedBy(select: Select, keys: readonly Expr[], where: readonly Expr[]): Select {
  const [first, ...rest] = where;
  const all = rest.reduce<Expr | undefined>(
    (left, right) =>
      left && {
        kind: 'binary',
        operator: 'AND',
        operatorSpan: right,
        left,
        right,
        from: left.from,
        to: right.to,
      },
    first,
  );
  const items = keys.map(
    (expr) => ({ kind: 'expression', expr, alias: undefined, from: expr.from, to: expr.to }) as const,
  );
  const span = select.where ?? select;
  return {
    ...select,
    items: [...items, ...select.items],
    where: all,
    groupBy: keys.map((expr) => ({ kind: 'key', expr })),
    groupBySpan: { from: span.from, to: span.to },
  };
}

function equality(left: Expression, right: Expression): Expression {
  const nullable = left.type.nullable || right.type.nullable;
  return { kind: 'call', name: '=', args: [left, right], type: { kind: 'boolean', nullable } };
}

/** An aggregate without keys, under projections. */
function isOneRow(relation: Relation): boolean {
  if (relation.kind === 'project') return isOneRow(relation.input);
  return relation.kind === 'step' && relation.work.kind === 'group-aggregate' && relation.work.keys.length === 0;
}

/** The only value of a column per key; a second row fails the job. */
function singleValue(relation: Relation, keys: readonly number[], column: number): Relation {
  const arg = columnOf(relation, column);
  const call = { name: 'single_value', arg, filter: undefined, type: withNullable(arg.type, true) } as const;
  return step({ kind: 'group-aggregate', keys, calls: [call] }, [relation], undefined);
}

function isCount(expr: Expr): boolean {
  return expr.kind === 'call' && expr.name.text.toUpperCase() === 'COUNT';
}

/** COUNT of no rows is 0, also for keys without a group. */
function zeroForNull(value: Expression): Expression {
  const zero = coerce(integerLiteral(0n, 'bigint'), value.type);
  return { kind: 'call', name: 'coalesce', args: [value, zero], type: withNullable(value.type, false) };
}
