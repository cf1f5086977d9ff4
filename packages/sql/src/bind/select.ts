import { conjuncts } from '@millrace/plan';
import type { Expr, Select } from '../ast.ts';
import { conjunctsOf, someExpr } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { filter, project, type Relation } from '../relation/relation.ts';
import { rememberFor } from '../relation/state-ttl.ts';
import type { QueryBinder } from './correlation.ts';
import { bindCondition } from './expression.ts';
import { bindTable } from './from.ts';
import { bindGrouping, isAggregation } from './grouping.ts';
import { type FilledScope, restrict } from './join.ts';
import { OverBuilder } from './over.ts';
import type { QueryContext } from './query-context.ts';
import { bindQueryHints, ttlOf } from './query-hint.ts';
import type { Scope } from './scope.ts';
import { bindItems } from './select-list.ts';
import { distinct } from './set-operation.ts';
import { Subqueries } from './subquery.ts';
import { oneRow } from './values.ts';

/** SELECT as a relation; undefined after a report. */
export function bindSelect(select: Select, around: QueryContext): Relation | undefined {
  const { report } = around;
  const context = { ...around, stateTtls: bindQueryHints(select, report) };
  const source = bindSource(select, context);
  if (source === undefined) return undefined;
  const scope = { ...source, aliases: aliasesOf(select) };
  const subqueries = bindWhere(scope, select.where === undefined ? [] : conjunctsOf(select.where), context);
  if (subqueries === undefined) {
    const queries = { bind: () => undefined };
    bindItems(select.items, { scope, report, queries, aggregates: { bind: () => undefined } });
    return undefined;
  }
  const relation = isAggregation(select)
    ? bindAggregation(select, subqueries.relation, subqueries.scope, report)
    : bindPlain(select, subqueries, report);
  const distinctly = relation && select.distinct ? distinct(relation) : relation;
  const isGrouped = isAggregation(select) || select.distinct !== undefined;
  const ttlMs = isGrouped && select.source !== undefined ? ttlOf(select.source, context.stateTtls) : undefined;
  return distinctly === undefined || ttlMs === undefined ? distinctly : rememberFor(distinctly, ttlMs);
}

function aliasesOf({ items }: Select): NonNullable<Scope['aliases']> {
  return items.flatMap((item) =>
    item.kind === 'expression' && item.alias !== undefined ? [{ name: item.alias.text, value: item.expr }] : [],
  );
}

/** FROM; without it, one row that has no columns to name. */
function bindSource(select: Select, context: QueryContext): FilledScope | undefined {
  const { outer } = context;
  const around = outer === undefined ? {} : { outer };
  if (select.source === undefined) {
    const star = select.items.find((item) => item.kind === 'star');
    if (star !== undefined) return context.report.error('sql.syntax', star, '* needs a FROM to take columns from.');
    return { relation: oneRow(), qualifier: undefined, broken: new Set(), parts: [], visible: [], ...around };
  }
  const scope = bindTable(select.source, context);
  const relation = scope?.relation;
  return scope && relation && { ...scope, relation, ...around };
}

/** The rows that meet all parts of WHERE: those without subqueries first, so that joins see fewer rows. Undefined after a report. */
function bindWhere(scope: FilledScope, parts: readonly Expr[], context: QueryContext): Subqueries | undefined {
  const { report } = context;
  const plain = parts.filter((part) => !hasSubquery(part));
  const conditions = plain.map((part) => bindCondition(part, 'WHERE', { scope, report, isRowByRow: true }));
  const known = conditions.filter((condition) => condition !== undefined).flatMap(conjuncts);
  let failed = conditions.some((condition) => condition === undefined);
  const relation = restrict(scope, known);
  const subqueries = new Subqueries(scope, relation, queryBinder(context), report);
  for (const part of parts) {
    if (!hasSubquery(part)) continue;
    if (isMembership(part)) failed = !subqueries.restrict(part) || failed;
    else {
      const { scope: wide } = subqueries;
      const condition = bindCondition(part, 'WHERE', { scope: wide, report, queries: subqueries, isRowByRow: true });
      if (condition === undefined) failed = true;
      else subqueries.filter([condition]);
    }
  }
  return failed ? undefined : subqueries;
}

/** The parts of a query, for whoever takes a subquery apart. */
export function queryBinder(context: QueryContext): QueryBinder {
  return {
    query: (query, outer) => context.bindQuery(query, { ...context, outer }),
    source: (select, outer) => bindSource(select, { ...context, outer }),
    where: (scope, parts) => bindWhere(scope, parts, context)?.relation,
    isAggregation,
  };
}

function hasSubquery(expr: Expr): boolean {
  return someExpr(expr, ({ kind }) => kind === 'scalar-query' || isMember(kind));
}

function isMember(kind: Expr['kind']): boolean {
  return kind === 'in-query' || kind === 'exists' || kind === 'quantified';
}

/** [NOT] EXISTS (...), [NOT] IN (SELECT ...), < ALL (SELECT ...) and their like. */
function isMembership(expr: Expr): boolean {
  if (expr.kind === 'unary' && expr.operator === 'NOT') return isMembership(expr.arg) && expr.arg.kind !== 'unary';
  return isMember(expr.kind);
}

function bindPlain(select: Select, subqueries: Subqueries, report: Report): Relation | undefined {
  for (const item of select.items) if (item.kind === 'expression') subqueries.bindAll(item.expr);
  const { scope, relation } = subqueries;
  const over = new OverBuilder(select, relation, scope, report);
  const items = bindItems(select.items, { scope, report, queries: subqueries, overs: over, isRowByRow: true });
  if (items === undefined || !over.isUsed) return items && project(relation, items.expressions, items.names);
  const finished = over.finish(items.expressions);
  return project(finished.relation, finished.items, items.names);
}

function bindAggregation(select: Select, input: Relation, scope: Scope, report: Report): Relation | undefined {
  const inner: Scope = { ...scope, relation: input };
  const grouping = bindGrouping(select, input, inner, report);
  if (grouping === undefined) return undefined;
  const star = select.items.find((item) => item.kind === 'star');
  if (star !== undefined) {
    return report.error('sql.invalid-aggregate', star, '* has no meaning with GROUP BY: list the keys and aggregates.');
  }
  const having = select.having && bindCondition(select.having, 'HAVING', grouping.context);
  const items = bindItems(select.items, grouping.context);
  if (items === undefined || (select.having !== undefined && having === undefined)) return undefined;
  const finished = grouping.finish(having === undefined ? items.expressions : [...items.expressions, having]);
  if (finished === undefined) return undefined;
  const condition = having === undefined ? undefined : finished.items.at(-1);
  const filtered = condition === undefined ? finished.relation : filter(finished.relation, condition);
  return project(filtered, finished.items.slice(0, items.expressions.length), items.names);
}
