import { formatDataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Insert, Name, QueryBody } from '../ast.ts';
import { keepsPartitions } from '../connector-options.ts';
import type { Fix, Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { coerce, isUntypedNull, typeName, UNTYPED_NULL } from './coerce.ts';
import { bindExpression } from './expression.ts';
import { oneTypeRemedy } from './interval-cast.ts';
import { unknownColumn } from './scope.ts';
import { type BoundTable, optionOf, type TableColumn } from './table.ts';
import { castsImplicitly, sameType } from './type-rule.ts';

/** The columns a sink stores, in the order of the table: metadata too, unless it is VIRTUAL. */
export function storedColumns(table: BoundTable): readonly TableColumn[] {
  return table.columns.filter(
    (column) => column.kind === 'physical' || (column.kind === 'metadata' && !column.virtual),
  );
}

/** The PRIMARY KEY of a table that is written, among the columns it stores. */
export function storedKey(table: BoundTable): readonly number[] | undefined {
  const stored = storedColumns(table);
  return table.primaryKey?.map((index) => stored.findIndex((column) => column === table.columns[index]));
}

/**
 * `query` brought into the shape of the sink: as many columns, implicit casts where Flink inserts them, NULL for columns
 * the INSERT leaves out. Undefined after a report.
 */
export function fitToSink(insert: Insert, query: Relation, table: BoundTable, report: Report): Relation | undefined {
  const connector = optionOf(table, 'connector');
  if (table.partitionedBy.length > 0 && !keepsPartitions(connector)) {
    const names = table.partitionedBy.map((at) => table.columns[at]?.name).join(', ');
    const message = `${table.name} is PARTITIONED BY (${names}), and '${connector}' writes no folder for each value: remove PARTITIONED BY, then the columns stand in the records.`;
    return report.error('sql.unsupported', insert.table, message);
  }
  const fixed = partitionValues(insert, table, report);
  const stored = storedColumns(table);
  const free = stored.filter((column) => fixed?.has(column) !== true);
  const targets = insert.columns.length === 0 ? free : namedColumns(insert.columns, free, report);
  if (fixed === undefined || targets === undefined || table.broken === 'unknown' || table.broken.size > 0)
    return undefined;
  if (targets.length !== query.fields.length) return refuseCount(insert, query, targets, table, report);
  const values = targets.map((target, at) =>
    fitColumn(target, columnOf(query, at), spanOfItem(insert, at), table, at, insert, report),
  );
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  const expressions = stored.map((column) => {
    const at = targets.indexOf(column);
    const constant = fixed.get(column);
    if (constant !== undefined) return constant;
    return at < 0 ? missingValue(column, insert, table, report) : known[at];
  });
  const complete = expressions.filter((expression) => expression !== undefined);
  return complete.length < expressions.length
    ? undefined
    : project(
        query,
        complete,
        stored.map((column) => column.name),
      );
}

/** The constants of PARTITION (...), as their columns hold them; undefined after a report. */
function partitionValues(
  { partition }: Insert,
  table: BoundTable,
  report: Report,
): ReadonlyMap<TableColumn, Expression> | undefined {
  const values = new Map<TableColumn, Expression>();
  const columns = table.partitionedBy.flatMap((at) => table.columns[at] ?? []);
  const scope = { relation: undefined, qualifier: undefined, broken: new Set<string>() };
  for (const { name, value } of partition) {
    const column = columns.find((candidate) => candidate.name === name.text);
    if (column === undefined) {
      const names = columns.map((candidate) => candidate.name);
      const { hint, fix } = didYouMean(name.text, name, names);
      const message =
        names.length === 0
          ? `${table.name} is not PARTITIONED BY: select ${name.text} as a column.`
          : `${table.name} is PARTITIONED BY (${names.join(', ')}), not by ${name.text}.${hint}`;
      report.error('sql.unknown-column', name, message, fix);
      continue;
    }
    if (values.has(column)) report.error('sql.duplicate-name', name, `${name.text} is given twice.`);
    const constant = bindExpression(value, { scope, report });
    const fitting = constant && fitConstant(column, constant, value, table, report);
    if (fitting !== undefined) values.set(column, fitting);
  }
  return values.size === partition.length ? values : undefined;
}

function fitConstant(
  { name, type }: TableColumn,
  value: Expression,
  span: Span,
  table: BoundTable,
  report: Report,
): Expression | undefined {
  if (isUntypedNull(value)) return coerce(value, type);
  if (sameType(value.type, type)) return value;
  if (castsImplicitly(value.type, type)) return coerce(value, type);
  const wanted = typeName({ kind: 'literal', value: null, type });
  const message = `${name} of ${table.name} is ${wanted}, not ${typeName(value)}.`;
  return report.error('sql.type-mismatch', span, message, castTo(wanted, span, report));
}

function namedColumns(
  names: readonly Name[],
  stored: readonly TableColumn[],
  report: Report,
): readonly TableColumn[] | undefined {
  const targets: TableColumn[] = [];
  for (const name of names) {
    const column = stored.find((candidate) => candidate.name === name.text);
    if (column === undefined)
      unknownColumn(
        name,
        stored.map((candidate) => candidate.name),
        report,
      );
    else if (targets.includes(column)) report.error('sql.duplicate-name', name, `${name.text} is listed twice.`);
    else targets.push(column);
  }
  return targets.length === names.length ? targets : undefined;
}

function refuseCount(
  insert: Insert,
  query: Relation,
  targets: readonly TableColumn[],
  table: BoundTable,
  report: Report,
): undefined {
  const given = query.fields.map((field) => field.name).join(', ');
  const wanted = targets.map((column) => column.name).join(', ');
  const message = `${table.name} takes ${targets.length} columns (${wanted}), but the query gives ${query.fields.length} (${given}).`;
  return report.error('sql.sink-mismatch', insert.table, message);
}

function fitColumn(
  target: TableColumn,
  value: Expression,
  span: Span,
  table: BoundTable,
  at: number,
  insert: Insert,
  report: Report,
): Expression | undefined {
  if (isUntypedNull(value)) return coerce(value, target.type);
  if (sameType(value.type, target.type)) return value;
  if (castsImplicitly(value.type, target.type)) return coerce(value, target.type);
  const wanted = typeName({ kind: 'literal', value: null, type: target.type });
  const cast = `use CAST(... AS ${wanted}).`;
  const remedy = oneTypeRemedy(target.type, value.type, cast);
  const message = `Column ${target.name} of ${table.name} is ${wanted}, but column ${at + 1} of the query is ${typeName(value)}: ${remedy}`;
  const fix = remedy === cast ? castTo(wanted, expressionOf(insert, at), report) : undefined;
  return report.error('sql.sink-mismatch', span, message, fix);
}

function missingValue(column: TableColumn, insert: Insert, table: BoundTable, report: Report): Expression | undefined {
  if (column.type.nullable) return coerce(UNTYPED_NULL, column.type);
  const message = `Column ${column.name} of ${table.name} is ${formatDataType(column.type)}: the INSERT must give it a value.`;
  return report.error('sql.sink-mismatch', insert.table, message);
}

/** The value that becomes column `at`, without its alias; undefined after SELECT *. */
function expressionOf(insert: Insert, at: number): Span | undefined {
  let body: QueryBody = insert.query.body;
  while (body.kind === 'nested') body = body.query.body;
  if (body.kind !== 'select' || body.items.some((item) => item.kind === 'star')) return undefined;
  const item = body.items[at];
  return item?.kind === 'expression' ? item.expr : undefined;
}

function castTo(type: string, at: Span | undefined, report: Report): Fix | undefined {
  if (at === undefined) return undefined;
  const { from, to } = at;
  const insert = `CAST(${report.source.slice(at)} AS ${type})`;
  return { title: `Change to ${insert.length > 60 ? `CAST(... AS ${type})` : insert}`, insert, from, to };
}

/** The item of the SELECT that gives column `at`, else the name of the table. */
function spanOfItem(insert: Insert, at: number): Span {
  let body: QueryBody = insert.query.body;
  while (body.kind === 'nested') body = body.query.body;
  if (body.kind !== 'select' || body.items.some((item) => item.kind === 'star')) return insert.table;
  return body.items[at] ?? insert.table;
}
