import type { Expression } from '@millrace/plan';
import type { ComparisonOperator, Expr, Query, ScalarQueryExpr } from '../ast.ts';
import { childrenOf } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { Span } from '../source-text.ts';
import { groupedByKeys, resultsOf } from './correlated-aggregate.ts';
import {
  alignedSides,
  type Correlated,
  comparison,
  correlationKeys,
  correlations,
  isBare,
  isPlainSelect,
  keyConditions,
  type Opened,
  openCorrelated,
  openQuery,
  type QueryBinder,
} from './correlation.ts';
import { bindExpression } from './expression.ts';
import type { FilledScope } from './join.ts';
import { withColumns } from './join-condition.ts';
import { filterBy, joinRelations } from './join-relation.ts';
import { visibleColumns } from './scope.ts';
import { withNullable } from './type-rule.ts';

/** A value compared with the rows of a query; `what` is the word the author wrote. */
interface Quantified {
  readonly what: string;
  readonly operator: ComparisonOperator;
  readonly quantifier: 'ANY' | 'ALL';
  readonly arg: Expr;
  readonly query: Query;
}

const NEGATED = { '=': '<>', '<>': '=', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

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

  /** IN, EXISTS, ANY, ALL and their NOT as a part of WHERE; false after a report. */
  restrict(expr: Expr): boolean {
    const isNegated = expr.kind === 'unary' && expr.operator === 'NOT';
    const part = isNegated ? expr.arg : expr;
    switch (part.kind) {
      case 'exists':
        return this.#exists(part.query, isNegated ? 'anti' : 'semi');
      case 'in-query': {
        const { arg, query, not } = part;
        return not === isNegated
          ? this.#compared({ what: 'IN', operator: '=', quantifier: 'ANY', arg, query })
          : this.#compared({ what: 'IN', operator: '<>', quantifier: 'ALL', arg, query });
      }
      case 'quantified': {
        const { arg, query, operator, quantifier } = part;
        if (!isNegated) return this.#compared({ what: quantifier, operator, quantifier, arg, query });
        const opposite = quantifier === 'ALL' ? 'ANY' : 'ALL';
        return this.#compared({ what: quantifier, operator: NEGATED[operator], quantifier: opposite, arg, query });
      }
      default:
        return false;
    }
  }

  #exists(query: Query, type: 'semi' | 'anti'): boolean {
    const opened = openQuery(query, this.scope, this.#binder);
    const conditions = opened && correlations(opened, this.scope, this.#report);
    if (opened === undefined || conditions === undefined) return false;
    this.#relation = joinRelations(this.#relation, opened.scope.relation, type, conditions);
    return true;
  }

  /** ANY keeps the rows for which a comparison is true, ALL those for which none is false or unknown. */
  #compared({ what, operator, quantifier, arg, query }: Quantified): boolean {
    const isAll = quantifier === 'ALL';
    const values = arg.kind === 'constructor' && arg.type === 'ROW' ? arg.items : [arg];
    const bound = values.map((value) => bindExpression(value, { scope: this.scope, report: this.#report }));
    const opened = openQuery(query, this.scope, this.#binder);
    const inner = opened && this.#selected(opened);
    if (opened === undefined || inner === undefined || bound.some((value) => value === undefined)) return false;
    if (inner.columns.length !== values.length) {
      const message = `${what} compares ${values.length} value${values.length === 1 ? '' : 's'} with a query of ${inner.columns.length} columns.`;
      this.#report.error('sql.type-mismatch', query, message);
      return false;
    }
    if (values.length > 1 && operator !== (isAll ? '<>' : '=')) {
      const message = `Rows are compared with the rows of a query by = ANY or <> ALL only, not by ${operator} ${quantifier}.`;
      this.#report.error('sql.unsupported', query, message);
      return false;
    }
    const width = this.#relation.fields.length;
    const comparisons = bound.map((value, at) => {
      const column = columnOf(inner.relation, inner.columns[at] ?? 0);
      const moved = column.kind === 'column' ? { ...column, index: column.index + width } : column;
      const sides = value && alignedSides(value, moved, values[at] ?? arg, this.#report);
      return sides && (isAll ? failing(operator, sides) : comparison(operator, sides));
    });
    const conditions = correlations(opened, this.scope, this.#report);
    const known = comparisons.filter((condition) => condition !== undefined);
    if (conditions === undefined || known.length < comparisons.length) return false;
    const type = isAll ? 'anti' : 'semi';
    this.#relation = joinRelations(this.#relation, inner.relation, type, [...conditions, ...known]);
    return true;
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
    const { body } = query;
    const isPlain = body.kind === 'select' && isBare(query) && isPlainSelect(body);
    const correlated = isPlain ? openCorrelated(body, this.scope, this.#binder) : undefined;
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
  #bindCorrelated(query: Query, correlated: Correlated, span: Span): Expression | undefined {
    const { select, scope, plain } = correlated;
    const [item, ...more] = select.items;
    if (item === undefined) return undefined;
    const count = item.kind === 'star' ? visibleColumns(scope).length : 1 + more.length;
    if (!this.#isOneColumn(count, span) || item.kind === 'star') return undefined;
    const keys = correlationKeys(correlated, 'A query in the place of a value', this.#report);
    if (keys === undefined) return undefined;
    const inners = keys.map(({ inner }) => inner);
    const isAggregate = this.#binder.isAggregation(select);
    const keyed = isAggregate
      ? this.#binder.query({ ...query, body: groupedByKeys(select, inners, plain) }, this.scope)
      : this.#singlePerKey(item.expr, inners, scope, plain);
    const conditions = keyed && keyConditions(keys, this.scope, keyed, this.#report);
    if (keyed === undefined || conditions === undefined) return undefined;
    const first = this.#relation.fields.length + keys.length;
    this.#relation = joinRelations(this.#relation, keyed, 'left', conditions);
    if (!isAggregate) return columnOf(this.#relation, first);
    return resultsOf(select, (place) => columnOf(this.#relation, first + place), this.#report)?.[0];
  }

  #singlePerKey(item: Expr, keys: readonly Expr[], scope: FilledScope, plain: readonly Expr[]): Relation | undefined {
    const rows = this.#binder.where(scope, plain);
    const bound = [...keys, item].map((expr) => bindExpression(expr, { scope, report: this.#report }));
    const known = bound.filter((expression) => expression !== undefined);
    if (rows === undefined || known.length < bound.length) return undefined;
    const names = known.map((_, at) => (at < keys.length ? `key${at}` : 'value'));
    return singleValue(project(rows, known, names), [...keys.keys()], keys.length);
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

/** That a comparison is false or unknown: one such row of the query, a NULL too, and ALL is not true. */
function failing(operator: ComparisonOperator, sides: readonly [Expression, Expression]): Expression {
  const type = { kind: 'boolean', nullable: false } as const;
  const equal = comparison(operator === '<>' ? '=' : operator, sides);
  if (operator !== '<>') return { kind: 'call', name: 'is-not-true', args: [equal], type };
  return equal.type.nullable ? { kind: 'call', name: 'is-not-false', args: [equal], type } : equal;
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
