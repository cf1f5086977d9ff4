import type { Expression, SortColumn } from '@millrace/plan';
import type { Query } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { columnOf, type Project, project, type Relation } from '../relation/relation.ts';
import { selectColumns } from '../relation/simplify.ts';
import { step } from '../relation/step.ts';
import { isAggregation } from './grouping.ts';
import { bindOrderItem } from './order-item.ts';

/**
 * ORDER BY, LIMIT and OFFSET of a query. By event time, rows are put in order as the watermark passes; by anything else only the
 * first rows can be kept, so there must be a LIMIT. Undefined after a report.
 */
export function bindOrderAndLimit(query: Query, relation: Relation, report: Report): Relation | undefined {
  const { limit, offset } = query;
  const skipped = offset?.rows ?? 0;
  if (query.orderBy.length === 0) {
    if (limit === undefined && offset === undefined) return relation;
    if (limit === undefined) {
      const message = 'OFFSET needs a LIMIT: a stream goes on for ever.';
      return report.error('sql.unsupported', offset ?? query, message);
    }
    if (isAppendOnly(relation))
      return step({ kind: 'limit', offset: skipped, count: limit.rows }, [relation], relation.eventTime);
    return topRows(relation, [], skipped, limit.rows);
  }
  const sorted = bindOrder(query, relation, report);
  if (sorted === undefined) return undefined;
  const [first, ...rest] = sorted.order;
  const byTime =
    first !== undefined && !first.descending && first.column === sorted.relation.eventTime && isAppendOnly(relation);
  const width = relation.fields.length;
  if (byTime) {
    const work = { kind: 'temporal-sort', timeColumn: first.column, order: rest } as const;
    const inOrder = cut(step(work, [sorted.relation], first.column), width);
    if (limit === undefined) return inOrder;
    return step({ kind: 'limit', offset: skipped, count: limit.rows }, [inOrder], inOrder.eventTime);
  }
  if (limit === undefined) {
    const at = query.orderBy[0] ?? query;
    const message =
      'A stream has no end to sort at: ORDER BY the event-time column first, or add LIMIT to keep the first rows.';
    return report.error('sql.unsupported', at, message);
  }
  return cut(topRows(sorted.relation, sorted.order, skipped, limit.rows), width);
}

function topRows(relation: Relation, order: readonly SortColumn[], skipped: number, rows: number): Relation {
  const work = { kind: 'rank', partition: [], order, from: skipped + 1, to: skipped + rows, withRank: false } as const;
  return step(work, [relation], undefined);
}

/** Without the columns that were only sorted by. */
function cut(relation: Relation, width: number): Relation {
  if (relation.fields.length === width) return relation;
  return selectColumns(
    relation,
    Array.from({ length: width }, (_, index) => index),
  );
}

function bindOrder(query: Query, relation: Relation, report: Report) {
  const below = hiddenBelow(query, relation);
  if (below !== undefined) return bindOrderBelow(query, relation, below, report);
  const columns: Expression[] = relation.fields.map((_, index) => columnOf(relation, index));
  const scope = { relation, qualifier: undefined, broken: new Set<string>() };
  const order = query.orderBy.map((item) => {
    const { expr } = item;
    if (expr.kind === 'number') return byPosition(Number(expr.text), item, relation, report);
    return bindOrderItem(item, { scope, report }, (bound) =>
      bound.kind === 'column' ? bound.index : columns.push(bound) - 1,
    );
  });
  const known = order.filter((column) => column !== undefined);
  if (known.length < order.length) return undefined;
  if (columns.length === relation.fields.length) return { relation, order: known };
  const names = columns.map((_, at) => relation.fields[at]?.name ?? `order${at}`);
  return { relation: project(relation, columns, names), order: known };
}

/** The rows of FROM, when ORDER BY names one of their columns that SELECT leaves out. */
function hiddenBelow({ body, orderBy }: Query, relation: Relation): Project | undefined {
  if (relation.kind !== 'project' || body.kind !== 'select' || body.distinct !== undefined || isAggregation(body))
    return undefined;
  const isHidden = orderBy.some(({ expr }) => {
    const name = expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
    const isIn = ({ fields }: Relation) => fields.some((field) => field.name === name);
    return name !== undefined && !isIn(relation) && isIn(relation.input);
  });
  return isHidden ? relation : undefined;
}

/** Aliases of SELECT come first, then the columns of FROM. */
function bindOrderBelow(query: Query, relation: Relation, { input, expressions }: Project, report: Report) {
  const columns = [...expressions];
  const order = query.orderBy.map((item) => {
    const alias = item.expr.kind === 'column' && item.expr.path.length === 1 ? item.expr.path[0]?.text : undefined;
    const given = relation.fields.findIndex((field) => field.name === alias);
    if (given >= 0 && alias !== undefined) {
      const { descending, nulls } = item;
      return { column: given, descending, nullsLast: nulls === undefined ? descending : nulls === 'last' };
    }
    const qualifier = item.expr.kind === 'column' ? item.expr.path[0]?.text : undefined;
    const scope = { relation: input, qualifier, broken: new Set<string>() };
    return bindOrderItem(item, { scope, report }, (bound) => {
      const isSame = (other: Expression) =>
        other.kind === 'column' && bound.kind === 'column' && other.index === bound.index;
      const there = columns.findIndex(isSame);
      return there < 0 ? columns.push(bound) - 1 : there;
    });
  });
  const known = order.filter((column) => column !== undefined);
  if (known.length < order.length) return undefined;
  const names = columns.map((_, at) => relation.fields[at]?.name ?? `order${at}`);
  return { relation: project(input, columns, names), order: known };
}

/** ORDER BY 2: the second column of the result. */
function byPosition(
  position: number,
  item: Query['orderBy'][number],
  relation: Relation,
  report: Report,
): SortColumn | undefined {
  if (!Number.isInteger(position) || position < 1 || position > relation.fields.length) {
    const message = `ORDER BY ${position}: the query has the columns 1 to ${relation.fields.length}.`;
    return report.error('sql.unknown-column', item, message);
  }
  const { descending, nulls } = item;
  return { column: position - 1, descending, nullsLast: nulls === undefined ? descending : nulls === 'last' };
}
