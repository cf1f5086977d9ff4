import type { AlterTable, AlterView, ColumnDefinition, ColumnPlace, TableChange } from '../ast.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';
import { parseOptions } from './options.ts';
import { parseColumnNames, parseTableName } from './table-name.ts';
import { parsePart, parseParts, sortParts, type TablePart } from './table-part.ts';

const CHANGES = ['ADD', 'MODIFY', 'DROP', 'RENAME', 'SET', 'RESET'];

/** ALTER TABLE [IF EXISTS] name change | ALTER VIEW name {RENAME TO name | AS query} */
export function parseAlter(cursor: Cursor): AlterTable | AlterView {
  const first = cursor.expect('ALTER');
  if (cursor.accept('VIEW')) return parseAlterView(cursor, first);
  if (cursor.sees('DATABASE', 'CATALOG', 'FUNCTION', 'MATERIALIZED', 'MODEL')) {
    const remedy = 'only tables and views of a script can be altered: change the CREATE statement';
    cursor.unsupported(cursor.token, `ALTER ${cursor.token.word}`, remedy);
  }
  cursor.expect('TABLE');
  const ifExists = cursor.accept('IF', 'EXISTS');
  const name = parseTableName(cursor);
  const change = parseChange(cursor);
  return { kind: 'alter-table', name, ifExists, change, ...cursor.since(first) };
}

function parseAlterView(cursor: Cursor, first: Token): AlterView {
  const name = parseTableName(cursor, 'a view name');
  if (cursor.accept('RENAME', 'TO')) {
    const newName = parseTableName(cursor, 'a new name');
    return { kind: 'alter-view', name, newName, query: undefined, ...cursor.since(first) };
  }
  if (!cursor.accept('AS')) cursor.fail('RENAME TO or AS', ['RENAME', 'AS']);
  return { kind: 'alter-view', name, newName: undefined, query: cursor.query(), ...cursor.since(first) };
}

function parseChange(cursor: Cursor): TableChange {
  const first = cursor.token;
  const word = CHANGES.find((known) => cursor.is(known));
  if (word === undefined) cursor.fail('ADD, MODIFY, DROP, RENAME, SET or RESET', CHANGES);
  cursor.advance();
  switch (word) {
    case 'ADD':
    case 'MODIFY':
      if (cursor.sees('PARTITION'))
        cursor.unsupported(cursor.token, 'PARTITION', 'a partition comes into being when a row is written to it');
      return { kind: word === 'ADD' ? 'add' : 'modify', ...parsePlacedParts(cursor), ...cursor.since(first) };
    case 'DROP':
      return { ...parseDropped(cursor), ...cursor.since(first) };
    case 'RENAME':
      return { ...parseRenamed(cursor), ...cursor.since(first) };
    case 'SET':
      return { kind: 'set', options: parseOptions(cursor).entries, ...cursor.since(first) };
    default:
      return { kind: 'reset', keys: parseKeys(cursor), ...cursor.since(first) };
  }
}

type PartsChange = Extract<TableChange, { readonly kind: 'add' | 'modify' }>;

/** part [FIRST | AFTER column], one or several in parentheses */
function parsePlacedParts(cursor: Cursor): Pick<PartsChange, 'columns' | 'primaryKey' | 'watermark'> {
  const places = new Map<ColumnDefinition, ColumnPlace>();
  const place = (part: TablePart) => {
    const at = part.kind === 'column' ? parsePlace(cursor) : undefined;
    if (part.kind === 'column' && at !== undefined) places.set(part.column, at);
  };
  const parts = cursor.is('(') ? parseParts(cursor, place).parts : [parsePart(cursor, [])];
  if (places.size === 0 && parts.length === 1 && parts[0] !== undefined && cursor.is('FIRST', 'AFTER')) place(parts[0]);
  const { columns, primaryKey, watermark } = sortParts(parts);
  return { columns: columns.map((column) => ({ column, place: places.get(column) })), primaryKey, watermark };
}

function parsePlace(cursor: Cursor): ColumnPlace | undefined {
  if (cursor.accept('FIRST')) return 'first';
  return cursor.accept('AFTER') ? { after: cursor.name('a column name') } : undefined;
}

function parseDropped(
  cursor: Cursor,
):
  | { readonly kind: 'drop-key' | 'drop-watermark' }
  | Pick<Extract<TableChange, { kind: 'drop-columns' }>, 'kind' | 'columns'> {
  if (cursor.accept('WATERMARK')) return { kind: 'drop-watermark' };
  if (cursor.accept('PRIMARY', 'KEY')) return { kind: 'drop-key' };
  if (cursor.is('CONSTRAINT')) {
    cursor.advance();
    cursor.name('a constraint name');
    return { kind: 'drop-key' };
  }
  if (cursor.sees('PARTITION')) cursor.unsupported(cursor.token, 'DROP PARTITION', 'remove the files where they are');
  const columns = cursor.is('(') ? parseColumnNames(cursor) : [cursor.name('a column name')];
  return { kind: 'drop-columns', columns };
}

/** RENAME TO table | RENAME column TO column */
function parseRenamed(cursor: Cursor) {
  if (cursor.accept('TO')) return { kind: 'rename', newName: parseTableName(cursor, 'a new name') } as const;
  const column = cursor.name('a column name');
  cursor.expect('TO');
  return { kind: 'rename-column', column, newName: cursor.name('a new name') } as const;
}

/** ( 'key', ... ) */
function parseKeys(cursor: Cursor) {
  cursor.expect('(');
  const keys = cursor.list(() => {
    const { text, from, to } = cursor.string("an option such as 'scan.startup.mode'");
    return { text, from, to };
  });
  cursor.expect(')');
  return keys;
}
