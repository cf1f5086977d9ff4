import type { ColumnDefinition, CreateTable, Name, OptionEntry } from '../ast.ts';
import type { Span } from '../source-text.ts';
import type { Token } from '../token.ts';
import { type Cursor, ParseFailure } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseColumnNames, parseTableName } from './query.ts';
import { parseType } from './type.ts';

type PrimaryKey = NonNullable<CreateTable['primaryKey']>;
type TablePart =
  | { readonly kind: 'column'; readonly column: ColumnDefinition; readonly primaryKey: PrimaryKey | undefined }
  | { readonly kind: 'watermark'; readonly watermark: NonNullable<CreateTable['watermark']> }
  | { readonly kind: 'primary-key'; readonly primaryKey: PrimaryKey };

/** After CREATE [TEMPORARY] TABLE: [IF NOT EXISTS] name ( parts ) [COMMENT 'text'] WITH ( options ) */
export function parseCreateTable(cursor: Cursor, first: Token, temporary: boolean): CreateTable {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor);
  const parts: TablePart[] = [];
  let incomplete = false;
  if (!cursor.is('(')) {
    if (cursor.sees('AS', 'LIKE', 'WITH'))
      cursor.unsupported(cursor.token, 'CREATE TABLE without columns', 'list the columns in ( )');
    cursor.fail('( and the columns');
  }
  cursor.advance();
  do {
    try {
      parts.push(parsePart(cursor, parts));
      if (!cursor.is(',', ')'))
        cursor.fail(', or ) after the column', ['NOT', 'NULL', 'METADATA', 'COMMENT', 'WATERMARK']);
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      incomplete = true;
      cursor.skipTo(',', ')', 'WITH');
      if (!cursor.is(',', ')')) throw error;
    }
  } while (cursor.accept(','));
  const partsEnd = cursor.previous.to;
  cursor.expect(')');
  if (cursor.accept('COMMENT')) cursor.string('a comment in quotes');
  if (cursor.sees('PARTITIONED', 'DISTRIBUTED'))
    cursor.unsupported(cursor.token, `${cursor.token.word} BY`, 'remove it');
  const options = cursor.is('WITH') ? parseOptions(cursor) : undefined;
  if (cursor.sees('AS', 'LIKE'))
    cursor.unsupported(cursor.token, `CREATE TABLE ... ${cursor.token.word}`, 'list the columns in ( )');
  return {
    kind: 'create-table',
    name,
    temporary,
    ifNotExists,
    columns: parts.flatMap((part) => (part.kind === 'column' ? [part.column] : [])),
    watermark: parts.find((part) => part.kind === 'watermark')?.watermark,
    primaryKey: parts.flatMap((part) => (part.kind === 'watermark' ? [] : (part.primaryKey ?? [])))[0],
    options: options?.entries ?? [],
    optionsSpan: options?.span,
    partsEnd,
    incomplete,
    optionsIncomplete: options?.incomplete ?? false,
    ...cursor.since(first),
  };
}

function parsePart(cursor: Cursor, before: readonly TablePart[]): TablePart {
  const first = cursor.token;
  if (cursor.is(')') && cursor.previous.word === ',') {
    const comma = cursor.previous;
    const fix = { title: 'Remove the comma', insert: '', from: comma.from, to: comma.to };
    cursor.refuse('sql.syntax', comma, 'Nothing follows this comma: remove it.', fix);
  }
  if (cursor.is('CONSTRAINT') && cursor.ahead(2).word === 'PRIMARY') {
    cursor.advance();
    cursor.name('a constraint name');
  }
  if (cursor.follows('PRIMARY', 'KEY')) {
    refuseSecondKey(cursor, before);
    return { kind: 'primary-key', primaryKey: parsePrimaryKey(cursor) };
  }
  if (cursor.follows('WATERMARK', 'FOR')) {
    cursor.accept('WATERMARK', 'FOR');
    const column = cursor.name('the event-time column');
    cursor.expect('AS');
    const expr = parseExpression(cursor);
    if (before.some((part) => part.kind === 'watermark')) {
      cursor.refuse('sql.duplicate-name', first, 'A table has one WATERMARK.');
    }
    return { kind: 'watermark', watermark: { column, expr, ...cursor.since(first) } };
  }
  if (cursor.sees('UNIQUE', 'FOREIGN', 'CHECK')) cursor.unsupported(first, first.word, 'remove it');
  const column = parseColumn(cursor);
  const primaryKey = cursor.follows('PRIMARY', 'KEY') ? parseColumnKey(cursor, column.name, before) : undefined;
  if (primaryKey !== undefined && cursor.accept('COMMENT')) cursor.string('a comment in quotes');
  return { kind: 'column', column, primaryKey };
}

function refuseSecondKey(cursor: Cursor, before: readonly TablePart[]): void {
  if (!before.some((part) => part.kind !== 'watermark' && part.primaryKey !== undefined)) return;
  const message = 'A table has one PRIMARY KEY: put all its columns into one.';
  cursor.refuse('sql.duplicate-name', cursor.token, message);
}

/** name type PRIMARY KEY NOT ENFORCED */
function parseColumnKey(cursor: Cursor, name: Name, before: readonly TablePart[]): PrimaryKey {
  refuseSecondKey(cursor, before);
  const first = cursor.expect('PRIMARY', 'KEY');
  expectNotEnforced(cursor, first);
  return { columns: [name], ...cursor.since(first) };
}

/** PRIMARY KEY ( columns ) NOT ENFORCED */
function parsePrimaryKey(cursor: Cursor): PrimaryKey {
  const first = cursor.token;
  cursor.expect('PRIMARY', 'KEY');
  if (!cursor.is('(')) cursor.fail('( and the key columns');
  const columns = parseColumnNames(cursor);
  expectNotEnforced(cursor, first);
  return { columns, ...cursor.since(first) };
}

function expectNotEnforced(cursor: Cursor, first: Span): void {
  if (!cursor.accept('NOT', 'ENFORCED')) {
    const at = cursor.previous.to;
    const fix = { title: 'Add NOT ENFORCED', insert: ' NOT ENFORCED', from: at, to: at };
    const message = 'PRIMARY KEY is declared NOT ENFORCED: the outside system keeps it, not the job.';
    cursor.report.error('sql.syntax', cursor.since(first), message, fix);
    cursor.accept('ENFORCED');
  }
}

/** name AS expression | name type [METADATA [FROM 'key'] [VIRTUAL]] [COMMENT 'text'] */
function parseColumn(cursor: Cursor): ColumnDefinition {
  const name = cursor.name('a column name');
  const column = parseAfterName(cursor, name);
  if (cursor.accept('COMMENT')) cursor.string('a comment in quotes');
  return column;
}

function parseAfterName(cursor: Cursor, name: Name): ColumnDefinition {
  if (cursor.accept('AS')) return { kind: 'computed', name, expr: parseExpression(cursor), ...cursor.since(name) };
  const type = parseType(cursor, 'column');
  if (cursor.accept('METADATA')) {
    const from = cursor.accept('FROM') ? cursor.string("a metadata key such as 'timestamp'") : undefined;
    const key = from && { text: from.text, from: from.from, to: from.to };
    return { kind: 'metadata', name, type, key, virtual: cursor.accept('VIRTUAL'), ...cursor.since(name) };
  }
  return { kind: 'physical', name, type, ...cursor.since(name) };
}

/** WITH ( 'key' = 'value', ... ); a broken entry does not hide the others. */
function parseOptions(cursor: Cursor): {
  readonly entries: readonly OptionEntry[];
  readonly span: Span;
  readonly incomplete: boolean;
} {
  const first = cursor.expect('WITH');
  cursor.expect('(');
  const entries: OptionEntry[] = [];
  let incomplete = false;
  do {
    try {
      if (cursor.is(')') && entries.length > 0) {
        const comma = cursor.previous;
        const fix = { title: 'Remove the comma', insert: '', from: comma.from, to: comma.to };
        cursor.refuse('sql.syntax', comma, 'Nothing follows this comma: remove it.', fix);
      }
      if (!cursor.is(')')) entries.push(parseOption(cursor));
      if (!cursor.is(',', ')')) cursor.fail(', or ) after the option');
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      incomplete = true;
      cursor.skipTo(',', ')');
      if (!cursor.is(',', ')')) throw error;
    }
  } while (cursor.accept(','));
  cursor.expect(')');
  return { entries, span: cursor.since(first), incomplete };
}

function parseOption(cursor: Cursor): OptionEntry {
  const key = cursor.string("an option such as 'connector'");
  cursor.expect('=');
  const value = cursor.string("a value in quotes such as 'kafka'");
  return {
    key: key.text,
    keySpan: { from: key.from, to: key.to },
    value: value.text,
    valueSpan: { from: value.from, to: value.to },
    ...cursor.since(key),
  };
}
