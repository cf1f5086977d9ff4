import { type DataType, formatDataType, isFineTimestamp } from '@millrace/model';
import { type Expression, remap } from '@millrace/plan';
import type { ColumnDefinition, Name, TableDeclaration } from '../ast.ts';
import type { Fix, Report } from '../diagnostic.ts';
import { type Relation, scan } from '../relation/relation.ts';
import { coerce, typeName } from './coerce.ts';
import { bindExpression } from './expression.ts';
import { type Scope, unknownColumn } from './scope.ts';
import type { BoundTable, TableColumn } from './table.ts';
import { isTimestamp, withNullable } from './type-rule.ts';

/** A table with everything that can be told without its connector checked. Always a table: what is wrong is left out and remembered. */
export function bindCreateTable(statement: TableDeclaration, report: Report): BoundTable {
  const broken = new Set<string>();
  const definitions = withoutDuplicates(statement.columns, report);
  const declared = definitions.flatMap((definition) => declaredColumn(definition, broken));
  const keyNames = new Set(statement.primaryKey?.columns.map((column) => column.text));
  const stored = declared.map((column) =>
    keyNames.has(column.name) ? { ...column, type: withNullable(column.type, false) } : column,
  );
  const draft: BoundTable = {
    kind: 'table',
    name: statement.name.text,
    nameSpan: statement.name,
    statementSpan: { from: statement.from, to: statement.to },
    temporary: statement.temporary,
    partsEnd: statement.partsEnd,
    hasParts: statement.hasParts,
    declaration: statement,
    columns: stored,
    watermark: undefined,
    primaryKey: undefined,
    partitionedBy: [],
    options: statement.options,
    optionsSpan: statement.optionsSpan,
    optionsIncomplete: statement.optionsIncomplete,
    broken: statement.incomplete ? 'unknown' : broken,
  };
  const columns = withComputed(definitions, draft, broken, report);
  const table = { ...draft, columns };
  checkOptions(statement, report);
  if (columns.length === 0 && !statement.incomplete && broken.size === 0) {
    report.error('sql.invalid-table', statement.name, `Table ${statement.name.text} has no columns.`);
  }
  return {
    ...table,
    watermark: bindWatermark(statement, table, report),
    primaryKey: bindPrimaryKey(statement, table, report),
    partitionedBy: bindPartitions(statement, table, report),
  };
}

function withoutDuplicates(columns: readonly ColumnDefinition[], report: Report): readonly ColumnDefinition[] {
  const seen = new Set<string>();
  return columns.filter(({ name }) => {
    if (!seen.has(name.text)) {
      seen.add(name.text);
      return true;
    }
    report.error('sql.duplicate-name', name, `Column ${name.text} is declared twice.`);
    return false;
  });
}

/** Physical and metadata columns; those with a refused type are broken. */
function declaredColumn(definition: ColumnDefinition, broken: Set<string>): readonly TableColumn[] {
  if (definition.kind === 'computed') return [];
  const { type } = definition.type;
  const name = definition.name.text;
  if (type === undefined) {
    broken.add(name);
    return [];
  }
  if (definition.kind === 'physical') return [{ kind: 'physical', name, type }];
  return [{ kind: 'metadata', name, type, key: definition.key?.text ?? name, virtual: definition.virtual }];
}

/** All columns in the order of the text; computed ones may name physical and metadata columns, not each other. */
function withComputed(
  definitions: readonly ColumnDefinition[],
  draft: BoundTable,
  broken: Set<string>,
  report: Report,
): readonly TableColumn[] {
  const stored = draft.columns;
  const computed = definitions.flatMap((definition) => (definition.kind === 'computed' ? [definition.name.text] : []));
  const relation = scan(
    draft,
    stored.map((_, index) => index),
  );
  const hidden = draft.broken === 'unknown' ? 'unknown' : new Set([...broken, ...computed]);
  const bound = new Map<string, Expression>();
  for (const definition of definitions) {
    if (definition.kind !== 'computed') continue;
    const name = definition.name.text;
    const other = computed.find((candidate) => names(definition.expr, candidate));
    if (other !== undefined) {
      const message = `${name} is computed from ${other}, which is computed too: repeat the expression of ${other}.`;
      report.error('sql.invalid-table', definition.expr, message);
    }
    const expression = bindExpression(definition.expr, {
      scope: { relation, qualifier: undefined, broken: hidden },
      report,
    });
    if (expression === undefined || other !== undefined) broken.add(name);
    else bound.set(name, expression);
  }
  const order = definitions
    .map(({ name }) => name.text)
    .filter((name) => bound.has(name) || stored.some((column) => column.name === name));
  const indexOf = (index: number) => order.indexOf(stored[index]?.name ?? '');
  return order.flatMap((name): readonly TableColumn[] => {
    const expression = bound.get(name);
    if (expression === undefined) return stored.filter((column) => column.name === name);
    return [{ kind: 'computed', name, type: expression.type, expression: remap(expression, indexOf) }];
  });
}

/** The expression names the column somewhere. */
function names(expr: unknown, column: string): boolean {
  if (typeof expr !== 'object' || expr === null) return false;
  if ('kind' in expr && expr.kind === 'column' && 'path' in expr && Array.isArray(expr.path)) {
    return expr.path.length === 1 && expr.path[0]?.text === column;
  }
  return Object.values(expr).some((part) => names(part, column));
}

function checkOptions(statement: TableDeclaration, report: Report): void {
  const seen = new Set<string>();
  for (const option of statement.options) {
    if (seen.has(option.key))
      report.error('sql.duplicate-name', option.keySpan, `Option '${option.key}' is given twice.`);
    seen.add(option.key);
  }
  if (seen.has('connector') || statement.optionsIncomplete) return;
  const at =
    statement.optionsSpan === undefined
      ? statement.name
      : { from: statement.optionsSpan.from, to: statement.optionsSpan.from + 4 };
  const message = `Table ${statement.name.text} does not say where it is: add 'connector' = '...' to WITH (...).`;
  if (statement.optionsSpan !== undefined || !statement.incomplete) {
    report.error('sql.invalid-table', at, message, addOption(statement, 'connector'));
  }
}

/** The edit that gives a table one more option, its value to be filled in. */
export function addOption(
  { options, optionsSpan, to }: Pick<TableDeclaration, 'options' | 'optionsSpan' | 'to'>,
  name: string,
): Fix {
  const title = `Add '${name}'`;
  if (optionsSpan === undefined) return { title, insert: ` WITH ('${name}' = '')`, from: to, to };
  const last = options.at(-1);
  const at = last?.to ?? optionsSpan.to - 1;
  return { title, insert: `${last === undefined ? '' : ', '}'${name}' = ''`, from: at, to: at };
}

/** WATERMARK FOR c AS c, c - INTERVAL, or any time computed from the row, in the digits of the event time. */
function bindWatermark(statement: TableDeclaration, table: BoundTable, report: Report): BoundTable['watermark'] {
  const { watermark } = statement;
  if (watermark === undefined) return undefined;
  const column = indexOfName(watermark.column, table, report);
  const type = column === undefined ? undefined : table.columns[column]?.type;
  if (column === undefined || type === undefined) return undefined;
  if (!isTimestamp(type) || isFineTimestamp(type)) {
    const message = `The event time is TIMESTAMP(3) or TIMESTAMP_LTZ(3), but ${watermark.column.text} is ${formatDataType(type)}.${remedyForEventTime(type, watermark.column.text)}`;
    return report.error('sql.type-mismatch', watermark.column, message);
  }
  const relation: Relation = scan(
    table,
    table.columns.map((_, index) => index),
  );
  const scope: Scope = { relation, qualifier: undefined, broken: table.broken };
  const bound = bindExpression(watermark.expr, { scope, report });
  if (bound === undefined) return undefined;
  const delayMs = delayOf(bound, column);
  if (delayMs !== undefined) return { column, delayMs };
  if (bound.type.kind === type.kind) {
    return { column, delayMs: 0, expression: isFineTimestamp(bound.type) ? coerce(bound, type) : bound };
  }
  const name = watermark.column.text;
  const message = `A watermark is ${formatDataType(type)}, as ${name}, not ${typeName(bound)}: WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND.`;
  return report.error('sql.type-mismatch', watermark.expr, message);
}

function remedyForEventTime(type: DataType, name: string): string {
  if (type.kind === 'timestamp' || type.kind === 'timestamp_ltz') {
    const coarse = formatDataType({ ...type, precision: 3, nullable: true });
    return ` Declare it ${coarse}, or add a column such as event_time AS CAST(${name} AS ${coarse}).`;
  }
  if (type.kind === 'bigint') return ` Add a column such as event_time AS TO_TIMESTAMP_LTZ(${name}, 3).`;
  return type.kind === 'string' ? ` Add a column such as event_time AS TO_TIMESTAMP(${name}).` : '';
}

function delayOf(expression: Expression, column: number): number | undefined {
  if (expression.kind === 'column') return expression.index === column ? 0 : undefined;
  if (expression.kind !== 'call' || expression.name !== 'datetime-plus') return undefined;
  const [time, interval] = expression.args;
  if (time?.kind !== 'column' || time.index !== column || interval?.kind !== 'literal') return undefined;
  if (interval.type.kind !== 'interval' || interval.type.unit !== 'milliseconds') return undefined;
  const delayMs = -Number(interval.value);
  return delayMs < 0 ? undefined : delayMs + 0;
}

function bindPrimaryKey(statement: TableDeclaration, table: BoundTable, report: Report): readonly number[] | undefined {
  const { primaryKey } = statement;
  if (primaryKey === undefined) return undefined;
  const indexes: number[] = [];
  for (const name of primaryKey.columns) {
    const index = indexOfName(name, table, report);
    if (index === undefined) continue;
    if (indexes.includes(index)) report.error('sql.duplicate-name', name, `${name.text} stands twice in PRIMARY KEY.`);
    else if (table.columns[index]?.kind !== 'physical') {
      report.error(
        'sql.invalid-table',
        name,
        `${name.text} cannot be a key: only stored columns can, not computed or metadata ones.`,
      );
    } else indexes.push(index);
  }
  return indexes;
}

function bindPartitions({ partitionedBy }: TableDeclaration, table: BoundTable, report: Report): readonly number[] {
  const seen = new Set<string>();
  const indexes = (partitionedBy?.columns ?? []).map((name) => {
    const index = indexOfName(name, table, report);
    if (seen.has(name.text))
      return report.error('sql.duplicate-name', name, `${name.text} stands twice in PARTITIONED BY.`);
    seen.add(name.text);
    if (index === undefined || table.columns[index]?.kind === 'physical') return index;
    const message = `${name.text} cannot be a partition: only stored columns can, not computed or metadata ones.`;
    return report.error('sql.invalid-table', name, message);
  });
  return indexes.filter((index) => index !== undefined);
}

function indexOfName(name: Name, table: BoundTable, report: Report): number | undefined {
  const index = table.columns.findIndex((column) => column.name === name.text);
  if (index >= 0) return index;
  if (table.broken === 'unknown' || table.broken.has(name.text)) return undefined;
  return unknownColumn(
    name,
    table.columns.map((column) => column.name),
    report,
  );
}
