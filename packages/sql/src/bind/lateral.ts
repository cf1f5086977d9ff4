import type { Expression, SortColumn } from '@millrace/plan';
import type { Expr, JoinTable, LateralTable, OrderItem, Query, Select } from '../ast.ts';
import { someExpr } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import { conjunctionOf, groupedByKeys, itemOf, resultsOf } from './correlated-aggregate.ts';
import {
  type Correlated, correlationKeys, correlations, keyConditions, openCorrelated, openQuery, type QueryBinder,
} from './correlation.ts'; // biome-ignore format: one list
import type { FilledScope } from './join.ts';
import { withColumns } from './join-condition.ts';
import { joinRelations } from './join-relation.ts';
import { bindOrderItem } from './order-item.ts';
import { columnsOfTable, partsOf, visibleColumns } from './scope.ts';
import { bindItems, nameOfItem } from './select-list.ts';

/** The left rows beside those that the query has for each, and what the query's columns are in that. */
interface Joined {
  readonly relation: Relation;
  readonly values: readonly Expression[];
  readonly names: readonly string[];
}

/** What a LATERAL query is bound with. */
interface Around {
  readonly left: FilledScope;
  readonly type: 'inner' | 'left';
  readonly binder: QueryBinder;
  readonly report: Report;
}

/**
 * left, LATERAL (query): the query sees the columns of the left side, in its WHERE. As Flink does it, nothing is computed row by row: the query
 * is worked out for all values of what it compares with, and joined. Undefined after a report.
 */
export function bindLateral(
  ref: JoinTable,
  { query, alias, columns, ...span }: LateralTable,
  left: FilledScope,
  binder: QueryBinder,
  report: Report,
): FilledScope | undefined {
  const type = lateralType(ref, report);
  if (type === undefined) return undefined;
  if (alias !== undefined && columnsOfTable(left, alias.text) !== undefined) {
    const message = `Two tables in FROM are called ${alias.text}: give one of them an alias.`;
    return report.error('sql.duplicate-name', alias, message);
  }
  const { where: _, ...plainLeft } = left;
  const joined = joinQuery(query, { left: { ...plainLeft, visible: visibleColumns(left) }, type, binder, report });
  if (joined === undefined) return undefined;
  if (columns.length > 0 && columns.length !== joined.values.length) {
    const message = `${alias?.text ?? 'The alias'} names ${columns.length} columns, but its query has ${joined.values.length}.`;
    return report.error('sql.sink-mismatch', alias ?? { from: span.from, to: span.to }, message);
  }
  const width = left.relation.fields.length;
  const lefts = left.relation.fields.map((_field, index) => columnOf(joined.relation, index));
  const names = columns.length > 0 ? columns.map(({ text }) => text) : joined.names;
  const relation = project(
    joined.relation,
    [...lefts, ...joined.values],
    [...left.relation.fields.map(({ name }) => name), ...names],
  );
  const added = joined.values.map((_value, at) => width + at);
  return {
    ...plainLeft,
    relation,
    qualifier: undefined,
    broken: new Set(),
    parts: [...partsOf(left), { qualifier: alias?.text, columns: added, broken: new Set() }],
    visible: [...visibleColumns(left), ...added],
  };
}

/** CROSS, the comma, JOIN ... ON TRUE and LEFT JOIN ... ON TRUE. */
function lateralType({ type, on, using, natural, joinSpan }: JoinTable, report: Report): 'inner' | 'left' | undefined {
  if (type === 'right' || type === 'full' || natural) {
    const message = 'LATERAL needs the rows before it: write CROSS JOIN LATERAL or LEFT JOIN LATERAL ... ON TRUE.';
    return report.error('sql.syntax', joinSpan, message);
  }
  const condition = using[0] ?? (on?.kind === 'boolean' && on.value ? undefined : on);
  if (condition !== undefined) {
    const message = 'LATERAL takes ON TRUE: put the condition into WHERE of its query.';
    return report.error('sql.unsupported', condition, message);
  }
  return type === 'left' ? 'left' : 'inner';
}

function joinQuery(query: Query, around: Around): Joined | undefined {
  const { left, binder, report } = around;
  const { body } = query;
  const select = body.kind === 'select' && body.source !== undefined && query.with.length === 0 ? body : undefined;
  const correlated = select && openCorrelated(select, left, binder);
  if (correlated === 'refused') return undefined;
  if (correlated === undefined) return joinWhole(query, around);
  const { items, distinct, groupBySpan, having, windows } = correlated.select;
  const hasOver = windows.length > 0 || items.some((item) => item.kind === 'expression' && someExpr(item.expr, isOver));
  const isGrouped = groupBySpan !== undefined || distinct !== undefined;
  const isLimited = query.limit !== undefined || query.offset !== undefined;
  const isAggregate = binder.isAggregation(correlated.select);
  if (hasOver || (isLimited && (isAggregate || isGrouped)) || (having !== undefined && !isGrouped)) {
    const message =
      'LATERAL compares with the tables before it in a plain SELECT, one with GROUP BY or one with LIMIT: put the rest into a query in its FROM.';
    return report.error('sql.unsupported', query, message);
  }
  if (isGrouped) return joinGroups(query, correlated, around);
  if (isAggregate) return joinAggregate(query, correlated, around);
  return isLimited ? joinTop(query, correlated, around) : joinRows({ ...query, orderBy: [] }, around);
}

function isOver(expr: Expr): boolean {
  return expr.kind === 'call' && expr.over !== undefined;
}

/** A query that names nothing before it: every row of it with every row. */
function joinWhole(query: Query, { left, type, binder }: Around): Joined | undefined {
  const right = binder.query(query, left);
  if (right === undefined) return undefined;
  const names = right.fields.map(({ name }) => name);
  return behind(joinRelations(left.relation, right, type, []), left, [...right.fields.keys()], names);
}

/** Columns `at` of what was joined to the left side. */
function behind(
  relation: Relation,
  { relation: { fields } }: FilledScope,
  at: readonly number[],
  names: readonly string[],
): Joined {
  return { relation, values: at.map((index) => columnOf(relation, fields.length + index)), names };
}

/** SELECT ... WHERE conditions: the conditions are those of the join. */
function joinRows(query: Query, { left, type, binder, report }: Around): Joined | undefined {
  const opened = openQuery(query, left, binder);
  if (opened?.select === undefined) return undefined;
  const items = bindItems(opened.select.items, { scope: opened.scope, report });
  const conditions = correlations(opened, left, report);
  if (items === undefined || conditions === undefined) return undefined;
  const inner = withColumns(opened.scope.relation, items.expressions);
  return behind(joinRelations(left.relation, inner.relation, type, conditions), left, inner.columns, items.names);
}

/** SELECT ... WHERE inner.k = outer.k ORDER BY ... LIMIT n: the first rows of each k. */
function joinTop(query: Query, correlated: Correlated, { left, type, binder, report }: Around): Joined | undefined {
  const { select, scope, plain } = correlated;
  const keys = correlationKeys(correlated, 'LATERAL with LIMIT', report);
  const rows = keys && binder.where(scope, plain);
  if (keys === undefined || rows === undefined) return undefined;
  if (query.limit === undefined) {
    return report.error('sql.unsupported', query.offset ?? query, 'OFFSET needs a LIMIT: a stream goes on for ever.');
  }
  const { where: _, ...inner } = scope;
  const context = { scope: { ...inner, relation: rows, visible: visibleColumns(scope) }, report };
  const columns = keys.map(({ inner: key }) => bindItems([itemOf(key)], context)?.expressions[0]);
  const items = bindItems(select.items, context);
  const known = columns.filter((column) => column !== undefined);
  if (items === undefined || known.length < keys.length) return undefined;
  const all = [...known, ...items.expressions];
  const order = query.orderBy.map((item): SortColumn | undefined => {
    const named = aliasedItem(item, select);
    if (named !== undefined) return { column: known.length + named, ...directionOf(item) };
    return bindOrderItem(item, context, (bound) => all.push(bound) - 1);
  });
  const sorted = order.filter((column) => column !== undefined);
  if (sorted.length < order.length) return undefined;
  const from = (query.offset?.rows ?? 0) + 1;
  const work = {
    kind: 'rank',
    partition: [...known.keys()],
    order: sorted,
    from,
    to: from + query.limit.rows - 1,
    withRank: false,
  } as const;
  const names = all.map((_expression, at) => items.names[at - known.length] ?? `key${at}`);
  const top = step(work, [project(rows, all, names)], undefined);
  const conditions = keyConditions(keys, left, top, report);
  const places = items.names.map((_name, at) => known.length + at);
  return conditions && behind(joinRelations(left.relation, top, type, conditions), left, places, items.names);
}

/** ORDER BY alias: which item of the SELECT list it is. */
function aliasedItem({ expr }: OrderItem, { items }: Select): number | undefined {
  const name = expr.kind === 'column' && expr.path.length === 1 ? expr.path[0]?.text : undefined;
  if (items.some((item) => item.kind === 'star')) return undefined;
  const at = items.findIndex(
    (item) => item.kind === 'expression' && item.alias !== undefined && item.alias.text === name,
  );
  return at < 0 ? undefined : at;
}

function directionOf({ descending, nulls }: OrderItem): Omit<SortColumn, 'column'> {
  return { descending, nullsLast: nulls === undefined ? descending : nulls === 'last' };
}

/** SELECT aggregates WHERE inner.k = outer.k: one row for each row of the left side, whether or not anything meets it. */
function joinAggregate(query: Query, correlated: Correlated, { left, binder, report }: Around): Joined | undefined {
  const { select, plain } = correlated;
  const keys = correlationKeys(correlated, 'An aggregate in LATERAL', report);
  if (keys === undefined) return undefined;
  const inners = keys.map(({ inner }) => inner);
  const keyed = binder.query({ ...query, orderBy: [], body: groupedByKeys(select, inners, plain) }, left);
  const conditions = keyed && keyConditions(keys, left, keyed, report);
  if (keyed === undefined || conditions === undefined) return undefined;
  const relation = joinRelations(left.relation, keyed, 'left', conditions);
  const first = left.relation.fields.length + keys.length;
  const values = resultsOf(select, (place) => columnOf(relation, first + place), report);
  return values && { relation, values, names: namesOf(select) };
}

/** The same with GROUP BY, or DISTINCT: the keys are grouped by first. */
function joinGroups(query: Query, correlated: Correlated, { left, type, binder, report }: Around): Joined | undefined {
  const { select, plain } = correlated;
  const keys = correlationKeys(correlated, 'GROUP BY in LATERAL', report);
  if (keys === undefined) return undefined;
  const inners = keys.map(({ inner }) => inner);
  const groupBy = inners.map((expr) => ({ kind: 'key', expr }) as const);
  const isGrouped = select.groupBySpan !== undefined;
  const body = {
    ...select,
    items: [...inners.map(itemOf), ...select.items],
    where: conjunctionOf(plain),
    groupBy: isGrouped ? [...groupBy, ...select.groupBy] : [],
  };
  const keyed = binder.query({ ...query, orderBy: [], body }, left);
  const conditions = keyed && keyConditions(keys, left, keyed, report);
  if (keyed === undefined || conditions === undefined) return undefined;
  const places = [...keyed.fields.keys()].slice(keys.length);
  const names = places.map((at) => keyed.fields[at]?.name ?? '');
  return behind(joinRelations(left.relation, keyed, type, conditions), left, places, names);
}

function namesOf({ items }: Select): readonly string[] {
  return items.map((item, at) => {
    const name = item.kind === 'expression' ? (item.alias?.text ?? nameOfItem(item.expr)) : undefined;
    return name ?? `EXPR$${at}`;
  });
}
