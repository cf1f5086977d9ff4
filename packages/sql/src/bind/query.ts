import type { DataType, Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type {
  DerivedTable,
  Name,
  NamedTable,
  Query,
  QueryBody,
  Select,
  SelectItem,
  TableRef,
  Union,
  WindowTable,
} from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { applyWhere } from '../relation/rank-bounds.ts';
import { columnOf, filter, inputsOf, project, type Relation, scan, unionAll } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { coerce, typeName } from './coerce.ts';
import { bindCondition, bindExpression, type ExpressionContext } from './expression.ts';
import { bindGrouping, isAggregation } from './grouping.ts';
import { bindOrderAndLimit } from './order.ts';
import { OverBuilder } from './over.ts';
import { type Scope, unknownColumn } from './scope.ts';
import type { BoundView, Catalog } from './table.ts';
import { commonType, isConstructed, sameType } from './type-rule.ts';
import { bindWindowSpec, PROCESSING_TIME_TYPE, timeColumnOf, windowFields, windowFunctionOf } from './window.ts';

/** Where names in FROM are looked up, and who is told. `onRead` hears of every table used. */
export interface QueryContext {
  readonly catalog: Catalog;
  readonly report: Report;
  readonly onRead: (table: string) => void;
  /** A statement could not be read: a name nobody declared may be its, and is not reported unless it looks misspelt. */
  readonly mayMissTables: boolean;
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
    catalog.set(cte.name.text, { kind: 'view', name: cte.name.text, nameSpan: cte.name, relation: renamed });
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
    case 'select':
      return bindSelect(body, context);
  }
}

/** CREATE VIEW v (a, b) and WITH q (a, b): other names for the columns. */
export function renameColumns(
  relation: Relation,
  names: readonly Name[],
  at: Name,
  report: Report,
): Relation | undefined {
  if (names.length === 0) return relation;
  if (names.length !== relation.fields.length) {
    const message = `${at.text} names ${names.length} columns, but its query has ${relation.fields.length}.`;
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
  const bound = union.inputs.map((input) => bindBody(input, context));
  const inputs = bound.filter((input) => input !== undefined);
  const [first] = inputs;
  if (first === undefined || inputs.length < bound.length) return undefined;
  const fields: Field[] = [...first.fields];
  for (const [at, input] of inputs.entries()) {
    const span = union.inputs[at] ?? union;
    if (input.fields.length !== fields.length) {
      const message = `UNION ALL needs equal numbers of columns: the first query has ${fields.length}, this one ${input.fields.length}.`;
      return context.report.error('sql.type-mismatch', span, message);
    }
    for (const [index, field] of input.fields.entries()) {
      const before = fields[index];
      const type = before && commonType(before.type, field.type);
      if (before === undefined || type === undefined) {
        const message = `Column ${index + 1} (${before?.name ?? field.name}) of UNION ALL mixes ${nameOf(before?.type ?? field.type)} and ${nameOf(field.type)}: use CAST.`;
        return context.report.error('sql.type-mismatch', span, message);
      }
      fields[index] = { name: before.name, type };
    }
  }
  const relation = unionAll(
    inputs.map((input) => castColumns(input, fields)),
    fields,
  );
  if (sizeOf(relation) > RELATION_SIZE_MAX) {
    const message = `The query reads more than ${RELATION_SIZE_MAX} tables once its views are written out: split the job.`;
    return context.report.error('sql.too-large', union, message);
  }
  return relation;
}

function nameOf(type: DataType): string {
  return typeName({ kind: 'literal', value: null, type });
}

function castColumns(relation: Relation, fields: readonly Field[]): Relation {
  if (relation.fields.every((field, index) => sameType(field.type, fields[index]?.type ?? field.type))) return relation;
  const expressions = fields.map((field, index) => coerce(columnOf(relation, index), field.type));
  return project(
    relation,
    expressions,
    fields.map((field) => field.name),
  );
}

function bindSelect(select: Select, context: QueryContext): Relation | undefined {
  const { report } = context;
  if (select.source === undefined) {
    const at = { from: select.from, to: select.from + 'SELECT'.length };
    return report.error('sql.unsupported', at, 'SELECT without FROM is not supported yet; read from a table.');
  }
  const scope = bindTable(select.source, context);
  if (scope?.relation === undefined) return undefined;
  const where = select.where && bindCondition(select.where, 'WHERE', { scope, report });
  if (select.where !== undefined && where === undefined) {
    bindItems(select.items, scope.relation, { scope, report, aggregates: { bind: () => undefined } });
    return undefined;
  }
  const input = where === undefined ? scope.relation : applyWhere(scope.relation, where);
  const relation = isAggregation(select)
    ? bindAggregation(select, input, scope, report)
    : bindPlain(select, input, { scope, report });
  return relation === undefined || select.distinct === undefined
    ? relation
    : distinct(relation, select.distinct, report);
}

/** SELECT DISTINCT: each row once, as a group of all its columns. */
function distinct(relation: Relation, at: Span, report: Report): Relation | undefined {
  const constructed = relation.fields.find((field) => isConstructed(field.type));
  if (constructed !== undefined) {
    const message = `SELECT DISTINCT compares all columns, and ${constructed.name} is ${nameOf(constructed.type)}: leave it out.`;
    return report.error('sql.type-mismatch', at, message);
  }
  const keys = relation.fields.map((_, index) => index);
  return step({ kind: 'group-aggregate', keys, calls: [] }, [relation], undefined, { fields: relation.fields });
}

function bindPlain(select: Select, input: Relation, context: ExpressionContext): Relation | undefined {
  const { scope, report } = context;
  const over = new OverBuilder(select, input, { ...scope, relation: input }, report);
  const items = bindItems(select.items, input, { ...context, overs: over });
  if (items === undefined || !over.isUsed) return items && project(input, items.expressions, items.names);
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
  const items = bindItems(select.items, input, grouping.context);
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
function bindItems(items: readonly SelectItem[], input: Relation, context: ExpressionContext): BoundItems | undefined {
  const expressions: Expression[] = [];
  const names: string[] = [];
  let failed = false;
  for (const item of items) {
    if (item.kind === 'star') {
      if (!starNames(item, context)) failed = true;
      for (const [index, field] of input.fields.entries()) {
        expressions.push(columnOf(input, index));
        names.push(field.name);
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

function nameOfItem(expr: Extract<SelectItem, { kind: 'expression' }>['expr']): string | undefined {
  return expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
}

function starNames(item: Extract<SelectItem, { kind: 'star' }>, { scope, report }: ExpressionContext): boolean {
  if (item.table === undefined || item.table.text === scope.qualifier) return true;
  const { hint, fix } = didYouMean(item.table.text, item.table, scope.qualifier === undefined ? [] : [scope.qualifier]);
  report.error('sql.unknown-table', item.table, `No table ${item.table.text} in FROM.${hint}`, fix);
  return false;
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
  }
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
  if (table.kind === 'view') return bindView(table, qualifier);
  context.onRead(table.name);
  const columns = table.columns.map((_, index) => index);
  return { relation: scan(table, columns), qualifier, broken: table.broken };
}

function bindView(view: BoundView, qualifier: string): Scope | undefined {
  return view.relation && { relation: view.relation, qualifier, broken: new Set() };
}

function bindDerived(ref: DerivedTable, context: QueryContext): Scope | undefined {
  const relation = bindQuery(ref.query, context);
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
