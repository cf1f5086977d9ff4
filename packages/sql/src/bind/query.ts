import { conjuncts, type Expression } from '@millrace/plan';
import type {
  DerivedTable,
  Expr,
  JoinTable,
  Name,
  NamedTable,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  TableRef,
  Union,
  WindowTable,
} from '../ast.ts';
import { conjunctsOf, someExpr } from '../ast-walk.ts';
import { tellsRowsByKey } from '../connector-options.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, filter, inputsOf, project, type Relation, scan, unionAll } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { bindCondition, bindExpression, type ExpressionContext } from './expression.ts';
import { bindGrouping, isAggregation } from './grouping.ts';
import { bindJoin, type FilledScope, restrict } from './join.ts';
import { bindLookupJoin, isLookup } from './lookup-join.ts';
import { bindMatch } from './match-recognize.ts';
import { bindOrderAndLimit } from './order.ts';
import { OverBuilder } from './over.ts';
import { columnsOfTable, qualifiersOf, type Scope, unknownColumn, visibleColumns } from './scope.ts';
import { alignColumns, bindSetOperation, distinct } from './set-operation.ts';
import { type QueryBinder, Subqueries } from './subquery.ts';
import { type BoundView, type Catalog, optionOf } from './table.ts';
import { bindTemporalJoin } from './temporal-join.ts';
import { bindUnnest, bindUnnestAlone } from './unnest.ts';
import { bindValues, oneRow } from './values.ts';
import { bindWindowSpec, PROCESSING_TIME_TYPE, timeColumnOf, windowFields, windowFunctionOf } from './window.ts';

/** Where names in FROM are looked up, and who is told. `onRead` hears of every table used, `onLookup` of those asked by key. */
export interface QueryContext {
  readonly catalog: Catalog;
  readonly report: Report;
  readonly onRead: (table: string) => void;
  readonly onLookup: (table: string, at: Span) => void;
  /** A statement could not be read: a name nobody declared may be its, and is not reported unless it looks misspelt. */
  readonly mayMissTables: boolean;
  /** Of a subquery: what the query around it can name. */
  readonly outer?: Scope;
}

/** Views inside views double quickly: a query reads at most this many tables once they are written out. */
const RELATION_SIZE_MAX = 500;
const sizes = new WeakMap<Relation, number>();

/** A query as a relation; undefined after a report. */
export function bindQuery(query: Query, context: QueryContext): Relation | undefined {
  const catalog = new Map(context.catalog);
  for (const cte of query.with) {
    const relation = bindQuery(cte.query, { ...context, catalog });
    const renamed = relation && renameColumns(relation, cte.columns, cte.name, context.report);
    catalog.set(cte.name.text, {
      kind: 'view',
      name: cte.name.text,
      nameSpan: cte.name,
      statementSpan: cte.name,
      relation: renamed,
    });
  }
  const relation = bindBody(query.body, { ...context, catalog });
  return relation && bindOrderAndLimit(query, relation, context.report);
}

function bindBody(body: QueryBody, context: QueryContext): Relation | undefined {
  switch (body.kind) {
    case 'nested':
      return bindQuery(body.query, context);
    case 'union':
      return bindUnion(body, context);
    case 'set-operation':
      return bindOperation(body, context);
    case 'values':
      return bindValues(body, context.report);
    case 'select':
      return bindSelect(body, context);
  }
}

/** CREATE VIEW v (a, b) and WITH q (a, b): other names for the columns. */
export function renameColumns(
  relation: Relation,
  names: readonly Name[],
  at: Span & { readonly text?: string },
  report: Report,
): Relation | undefined {
  if (names.length === 0) return relation;
  if (names.length !== relation.fields.length) {
    const message = `${at.text ?? 'The alias'} names ${names.length} columns, but its query has ${relation.fields.length}.`;
    return report.error('sql.sink-mismatch', at, message);
  }
  const columns = relation.fields.map((_, index) => columnOf(relation, index));
  return project(
    relation,
    columns,
    names.map((name) => name.text),
  );
}

function sizeOf(relation: Relation): number {
  const known = sizes.get(relation);
  if (known !== undefined) return known;
  const size = inputsOf(relation).reduce((sum, input) => sum + sizeOf(input), relation.kind === 'scan' ? 1 : 0);
  sizes.set(relation, size);
  return size;
}

/** Column names of the first input; each column gets the type all inputs share. */
function bindUnion(union: Union, context: QueryContext): Relation | undefined {
  const inputs = bindAllBodies(union.inputs, context);
  const aligned = inputs && alignColumns(inputs, union.inputs, 'UNION ALL', context.report);
  return aligned && withinSize(unionAll(aligned.inputs, aligned.fields), union, context);
}

function bindOperation(operation: SetOperation, context: QueryContext): Relation | undefined {
  const [left, right] = bindAllBodies([operation.left, operation.right], context) ?? [];
  const relation = left && right && bindSetOperation(operation, left, right, context.report);
  return relation && withinSize(relation, operation, context);
}

function bindAllBodies(bodies: readonly QueryBody[], context: QueryContext): readonly Relation[] | undefined {
  const bound = bodies.map((body) => bindBody(body, context));
  const known = bound.filter((relation) => relation !== undefined);
  return known.length === bound.length ? known : undefined;
}

function withinSize(relation: Relation, span: Span, { report }: QueryContext): Relation | undefined {
  if (sizeOf(relation) <= RELATION_SIZE_MAX) return relation;
  const message = `The query reads more than ${RELATION_SIZE_MAX} tables once its views are written out: split the job.`;
  return report.error('sql.too-large', span, message);
}

function bindSelect(select: Select, context: QueryContext): Relation | undefined {
  const { report } = context;
  const scope = bindSource(select, context);
  if (scope === undefined) return undefined;
  const subqueries = bindWhere(scope, select.where === undefined ? [] : conjunctsOf(select.where), context);
  if (subqueries === undefined) {
    const queries = { bind: () => undefined };
    bindItems(select.items, { scope, report, queries, aggregates: { bind: () => undefined } });
    return undefined;
  }
  const relation = isAggregation(select)
    ? bindAggregation(select, subqueries.relation, subqueries.scope, report)
    : bindPlain(select, subqueries, report);
  return relation === undefined || select.distinct === undefined
    ? relation
    : distinct(relation, 'SELECT DISTINCT', select.distinct, report);
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
  const conditions = plain.map((part) => bindCondition(part, 'WHERE', { scope, report }));
  const known = conditions.filter((condition) => condition !== undefined).flatMap(conjuncts);
  let failed = conditions.some((condition) => condition === undefined);
  const relation = restrict(scope, known);
  const subqueries = new Subqueries(scope, relation, queryBinder(context), report);
  for (const part of parts) {
    if (!hasSubquery(part)) continue;
    if (isMembership(part)) failed = !subqueries.restrict(part) || failed;
    else {
      const { scope: wide } = subqueries;
      const condition = bindCondition(part, 'WHERE', { scope: wide, report, queries: subqueries });
      if (condition === undefined) failed = true;
      else subqueries.filter([condition]);
    }
  }
  return failed ? undefined : subqueries;
}

function queryBinder(context: QueryContext): QueryBinder {
  return {
    query: (query, outer) => bindQuery(query, { ...context, outer }),
    source: (select, outer) => bindSource(select, { ...context, outer }),
    where: (scope, parts) => bindWhere(scope, parts, context)?.relation,
    isAggregation,
  };
}

function hasSubquery(expr: Expr): boolean {
  return someExpr(expr, ({ kind }) => kind === 'scalar-query' || kind === 'in-query' || kind === 'exists');
}

/** [NOT] EXISTS (...) or [NOT] IN (SELECT ...). */
function isMembership(expr: Expr): boolean {
  if (expr.kind === 'unary' && expr.operator === 'NOT') return isMembership(expr.arg) && expr.arg.kind !== 'unary';
  return expr.kind === 'exists' || expr.kind === 'in-query';
}

function bindPlain(select: Select, subqueries: Subqueries, report: Report): Relation | undefined {
  for (const item of select.items) if (item.kind === 'expression') subqueries.bindAll(item.expr);
  const { scope, relation } = subqueries;
  const over = new OverBuilder(select, relation, scope, report);
  const items = bindItems(select.items, { scope, report, queries: subqueries, overs: over });
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

interface BoundItems {
  readonly expressions: readonly Expression[];
  readonly names: readonly string[];
}

/** The SELECT list, every broken item reported; undefined if there was one. */
function bindItems(items: readonly SelectItem[], context: ExpressionContext): BoundItems | undefined {
  const { scope } = context;
  const expressions: Expression[] = [];
  const names: string[] = [];
  let failed = false;
  for (const item of items) {
    if (item.kind === 'star') {
      const columns = starColumns(item, context);
      if (columns === undefined) failed = true;
      for (const index of columns ?? []) {
        if (scope.relation === undefined) continue;
        expressions.push(columnOf(scope.relation, index));
        names.push(newName(scope.relation.fields[index]?.name ?? '', names));
      }
      continue;
    }
    const bound = bindExpression(item.expr, context);
    if (bound === undefined) failed = true;
    else {
      if (bound.type.kind === 'interval') {
        context.report.error('sql.type-mismatch', item, 'A column cannot be an INTERVAL: add it to a time.');
        failed = true;
      }
      expressions.push(bound);
      names.push(item.alias?.text ?? nameOfItem(item.expr) ?? `EXPR$${expressions.length - 1}`);
    }
  }
  return failed ? undefined : { expressions, names };
}

/** Two tables may have columns of one name: `*` calls the second one id0, as Flink does. */
function newName(name: string, names: readonly string[]): string {
  if (!names.includes(name)) return name;
  let suffix = 0;
  while (names.includes(`${name}${suffix}`)) suffix++;
  return `${name}${suffix}`;
}

function nameOfItem(expr: Expr): string | undefined {
  if (expr.kind === 'field') return expr.name.text;
  return expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
}

function starColumns(
  item: Extract<SelectItem, { kind: 'star' }>,
  { scope, report }: ExpressionContext,
): readonly number[] | undefined {
  if (item.table === undefined) return visibleColumns(scope);
  const columns = columnsOfTable(scope, item.table.text);
  if (columns !== undefined) return columns;
  const { hint, fix } = didYouMean(item.table.text, item.table, qualifiersOf(scope));
  return report.error('sql.unknown-table', item.table, `No table ${item.table.text} in FROM.${hint}`, fix);
}

/** The columns a FROM brings into scope. `relation` undefined: refused, already reported. */
function bindTable(ref: TableRef, context: QueryContext): Scope | undefined {
  switch (ref.kind) {
    case 'named':
      return bindNamed(ref, context);
    case 'derived':
      return bindDerived(ref, context);
    case 'window':
      return bindWindow(ref, context);
    case 'join':
      return bindJoinTable(ref, context);
    case 'unnest':
      return bindUnnestAlone(ref, context.report);
    case 'match': {
      const input = filled(bindTable(ref.input, context));
      return input && bindMatch(ref, input, context.report);
    }
  }
}

function filled(scope: Scope | undefined): FilledScope | undefined {
  return scope?.relation && { ...scope, relation: scope.relation };
}

function bindJoinTable(ref: JoinTable, context: QueryContext): Scope | undefined {
  const { report } = context;
  const left = filled(bindTable(ref.left, context));
  if (ref.right.kind === 'unnest') return left && bindUnnest(ref, ref.right, left, report);
  const table = ref.right.kind === 'named' && ref.right.asOf !== undefined ? ref.right : undefined;
  const asked = table !== undefined && left !== undefined && isLookup(table, left) ? table : undefined;
  const onRead = (name: string) => (asked === undefined ? context.onRead(name) : context.onLookup(name, asked.name));
  const right = filled(
    bindTable(table === undefined ? ref.right : { ...table, asOf: undefined }, { ...context, onRead }),
  );
  if (left === undefined || right === undefined) return undefined;
  const joined =
    asked !== undefined
      ? bindLookupJoin(ref, asked, left, right, report)
      : table !== undefined
        ? bindTemporalJoin(ref, table, left, right, report)
        : bindJoin(ref, left, right, report);
  return joined && withinSize(joined.relation, ref, context) && joined;
}

function bindNamed(ref: NamedTable, context: QueryContext): Scope | undefined {
  const { catalog, report } = context;
  const table = catalog.get(ref.name.text);
  const qualifier = ref.alias?.text ?? ref.name.text;
  if (table === undefined) {
    const { hint, fix } = didYouMean(ref.name.text, ref.name, catalog.keys());
    if (hint === '' && context.mayMissTables) return undefined;
    const help = hint === '' ? ' Declare it with CREATE TABLE before this statement.' : hint;
    return report.error('sql.unknown-table', ref.name, `No table ${ref.name.text}.${help}`, fix);
  }
  if (ref.asOf !== undefined) {
    const message = 'FOR SYSTEM_TIME AS OF stands after the table on the right side of a JOIN.';
    return report.error('sql.syntax', ref.asOf, message);
  }
  if (table.kind === 'view') return bindView(table, ref, qualifier, report);
  context.onRead(table.name);
  const columns = table.columns.map((_, index) => index);
  const read = scan(table, columns, tellsRowsByKey(optionOf(table, 'connector')) ? 'retract' : 'append');
  const relation = renameColumns(read, ref.columns, ref.alias ?? ref.name, report);
  return relation && { relation, qualifier, broken: table.broken };
}

function bindView(view: BoundView, ref: NamedTable, qualifier: string, report: Report): Scope | undefined {
  const relation = view.relation && renameColumns(view.relation, ref.columns, ref.alias ?? ref.name, report);
  return relation && { relation, qualifier, broken: new Set() };
}

function bindDerived(ref: DerivedTable, context: QueryContext): Scope | undefined {
  const query = bindQuery(ref.query, context);
  const relation = query && renameColumns(query, ref.columns, ref.alias ?? ref, context.report);
  return relation && { relation, qualifier: ref.alias?.text, broken: new Set() };
}

/** TUMBLE, HOP, CUMULATE(TABLE t, DESCRIPTOR(time), intervals) */
function bindWindow(ref: WindowTable, context: QueryContext): Scope | undefined {
  const { report } = context;
  const name = windowFunctionOf(ref.function.text);
  const input = bindTable(ref.input, context);
  const window = name && bindWindowSpec(name, ref.intervals, ref, report);
  if (input?.relation === undefined) return undefined;
  if (input.broken === 'unknown' || input.broken.has(ref.timeColumn.text)) return undefined;
  const timeColumn = timeColumnOf(ref.timeColumn, input.relation, report);
  const partition = bindPartition(ref, input.relation, report);
  if (timeColumn === undefined || window === undefined || partition === undefined) return undefined;
  const { relation } = input;
  const isProcessing = timeColumn === 'processing';
  const time = isProcessing ? PROCESSING_TIME_TYPE : columnOf(relation, timeColumn).type;
  const fields = [...relation.fields, ...windowFields(time)];
  const eventTime = isProcessing ? undefined : fields.length - 1;
  return {
    relation: { kind: 'window', input: relation, timeColumn, window, partition, fields, eventTime },
    qualifier: ref.alias?.text,
    broken: input.broken,
  };
}

/** The columns a session is made by. */
function bindPartition(ref: WindowTable, input: Relation, report: Report): readonly number[] | undefined {
  const columns = ref.partitionBy.map((name) => {
    const index = input.fields.findIndex((field) => field.name === name.text);
    if (index >= 0) return index;
    const names = input.fields.map((field) => field.name);
    return unknownColumn(name, names, report);
  });
  const known = columns.filter((column) => column !== undefined);
  return known.length === columns.length ? known : undefined;
}
