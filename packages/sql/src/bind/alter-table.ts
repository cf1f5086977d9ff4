import type { ColumnDefinition, ColumnPlace, Expr, Name, TableChange, TableDeclaration } from '../ast.ts';
import { columnRefs } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { unknownColumn } from './scope.ts';

type ChangeOf<Kind extends TableChange['kind']> = Extract<TableChange, { readonly kind: Kind }>;
type PartsChange = Extract<TableChange, { readonly kind: 'add' | 'modify' }>;

/** A table as ALTER TABLE leaves it; undefined after a report. Whether its parts fit together is for whoever binds it. */
export function alterTable(table: TableDeclaration, change: TableChange, report: Report): TableDeclaration | undefined {
  const altered = changed(table, change, report);
  return altered && { ...altered, isComposed: true };
}

function changed(table: TableDeclaration, change: TableChange, report: Report): TableDeclaration | undefined {
  switch (change.kind) {
    case 'set': {
      const keys = new Set(change.options.map(({ key }) => key));
      const kept = table.options.filter(({ key }) => !keys.has(key));
      return { ...table, options: [...kept, ...change.options] };
    }
    case 'reset':
      return resetOptions(table, change, report);
    case 'add':
      return addParts(table, change, report);
    case 'modify':
      return modifyParts(table, change, report);
    case 'drop-columns':
      return dropColumns(table, change, report);
    case 'drop-key':
      if (table.primaryKey !== undefined) return { ...table, primaryKey: undefined };
      return report.error('sql.invalid-table', change, `${table.name.text} has no PRIMARY KEY to drop.`);
    case 'drop-watermark':
      if (table.watermark !== undefined) return { ...table, watermark: undefined };
      return report.error('sql.invalid-table', change, `${table.name.text} has no WATERMARK to drop.`);
    case 'rename-column':
      return renameColumn(table, change, report);
    case 'rename':
      return { ...table, name: change.newName };
  }
}

function resetOptions(
  table: TableDeclaration,
  { keys }: ChangeOf<'reset'>,
  report: Report,
): TableDeclaration | undefined {
  const connector = keys.find(({ text }) => text === 'connector');
  if (connector !== undefined) {
    const message = 'A table without a connector is nowhere: change it with SET.';
    return report.error('sql.invalid-table', connector, message);
  }
  const names = new Set(keys.map(({ text }) => text));
  return { ...table, options: table.options.filter(({ key }) => !names.has(key)) };
}

function addParts(table: TableDeclaration, change: PartsChange, report: Report): TableDeclaration | undefined {
  const { primaryKey, watermark } = change;
  const twice = change.columns.find(({ column }) => findColumn(table, column.name) !== undefined);
  if (twice !== undefined) {
    const { name } = twice.column;
    return report.error(
      'sql.duplicate-name',
      name,
      `${table.name.text} has a column ${name.text} already: write MODIFY.`,
    );
  }
  if (primaryKey !== undefined && table.primaryKey !== undefined)
    return report.error(
      'sql.duplicate-name',
      primaryKey,
      `${table.name.text} has a PRIMARY KEY already: write MODIFY.`,
    );
  if (watermark !== undefined && table.watermark !== undefined)
    return report.error('sql.duplicate-name', watermark, `${table.name.text} has a WATERMARK already: write MODIFY.`);
  const columns = placeColumns(table.columns, change.columns, report);
  return (
    columns && {
      ...table,
      columns,
      primaryKey: primaryKey ?? table.primaryKey,
      watermark: watermark ?? table.watermark,
    }
  );
}

function modifyParts(table: TableDeclaration, change: PartsChange, report: Report): TableDeclaration | undefined {
  const { primaryKey, watermark } = change;
  const missing = change.columns.find(({ column }) => findColumn(table, column.name) === undefined);
  if (missing !== undefined) return unknownColumn(missing.column.name, namesOf(table), report);
  if (primaryKey !== undefined && table.primaryKey === undefined)
    return report.error('sql.invalid-table', primaryKey, `${table.name.text} has no PRIMARY KEY yet: write ADD.`);
  if (watermark !== undefined && table.watermark === undefined)
    return report.error('sql.invalid-table', watermark, `${table.name.text} has no WATERMARK yet: write ADD.`);
  const changed = new Map(change.columns.map(({ column }) => [column.name.text, column]));
  const moved = change.columns.filter(({ place }) => place !== undefined);
  const isMoved = ({ name }: ColumnDefinition) => moved.some(({ column }) => column.name.text === name.text);
  const staying = table.columns
    .filter((column) => !isMoved(column))
    .map((column) => changed.get(column.name.text) ?? column);
  const columns = placeColumns(staying, moved, report);
  return (
    columns && {
      ...table,
      columns,
      primaryKey: primaryKey ?? table.primaryKey,
      watermark: watermark ?? table.watermark,
    }
  );
}

/** The columns with others put among them, in the order they are written; undefined after a report. */
function placeColumns(
  columns: readonly ColumnDefinition[],
  added: readonly { readonly column: ColumnDefinition; readonly place: ColumnPlace | undefined }[],
  report: Report,
): readonly ColumnDefinition[] | undefined {
  let placed = columns;
  for (const { column, place } of added) {
    const at =
      place === undefined
        ? placed.length
        : place === 'first'
          ? 0
          : placed.findIndex(({ name }) => name.text === place.after.text) + 1;
    if (typeof place === 'object' && at === 0)
      return unknownColumn(
        place.after,
        placed.map(({ name }) => name.text),
        report,
      );
    placed = placed.toSpliced(at, 0, column);
  }
  return placed;
}

function dropColumns(
  table: TableDeclaration,
  { columns }: ChangeOf<'drop-columns'>,
  report: Report,
): TableDeclaration | undefined {
  const dropped = new Set(columns.map(({ text }) => text));
  let kept: TableDeclaration | undefined = {
    ...table,
    columns: table.columns.filter(({ name }) => !dropped.has(name.text)),
  };
  for (const name of columns) {
    if (findColumn(table, name) === undefined) kept = unknownColumn(name, namesOf(table), report);
    const use = kept && useOf(name, kept);
    if (use !== undefined) kept = refuseUsed(name, use, report);
  }
  return kept;
}

function renameColumn(
  table: TableDeclaration,
  { column, newName }: ChangeOf<'rename-column'>,
  report: Report,
): TableDeclaration | undefined {
  if (findColumn(table, column) === undefined) return unknownColumn(column, namesOf(table), report);
  if (findColumn(table, newName) !== undefined)
    return report.error('sql.duplicate-name', newName, `${table.name.text} has a column ${newName.text} already.`);
  const use = useOf(column, { ...table, primaryKey: undefined, partitionedBy: undefined });
  if (use !== undefined) return refuseUsed(column, use, report);
  const renamed = (name: Name) => (name.text === column.text ? newName : name);
  const { primaryKey, partitionedBy } = table;
  return {
    ...table,
    columns: table.columns.map((each) => ({ ...each, name: renamed(each.name) })),
    primaryKey: primaryKey && { ...primaryKey, columns: primaryKey.columns.map(renamed) },
    partitionedBy: partitionedBy && { ...partitionedBy, columns: partitionedBy.columns.map(renamed) },
  };
}

/** What of a table names a column; undefined: nothing does. */
function useOf(name: Name, { columns, watermark, primaryKey, partitionedBy }: TableDeclaration): string | undefined {
  const isNamed = (expr: Expr) => columnRefs(expr).some(({ path }) => path[0]?.text === name.text);
  const computed = columns.find((column) => column.kind === 'computed' && isNamed(column.expr));
  if (computed !== undefined) return `${computed.name.text} is computed from it`;
  if (watermark !== undefined && (watermark.column.text === name.text || isNamed(watermark.expr)))
    return 'the WATERMARK is made of it';
  const has = (key: { readonly columns: readonly Name[] } | undefined) =>
    key?.columns.some(({ text }) => text === name.text);
  if (has(primaryKey)) return 'it is part of the PRIMARY KEY';
  return has(partitionedBy) ? 'the table is PARTITIONED BY it' : undefined;
}

function refuseUsed(name: Name, use: string, report: Report): undefined {
  return report.error('sql.invalid-table', name, `${name.text} cannot go: ${use}.`);
}

function findColumn({ columns }: TableDeclaration, { text }: Name): ColumnDefinition | undefined {
  return columns.find(({ name }) => name.text === text);
}

function namesOf({ columns }: TableDeclaration): readonly string[] {
  return columns.map(({ name }) => name.text);
}
