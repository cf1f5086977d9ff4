import type { ColumnDefinition, KeyDefinition, Name, WatermarkDefinition } from '../ast.ts';
import type { Span } from '../source-text.ts';
import { type Cursor, ParseFailure } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseColumnNames } from './table-name.ts';
import { parseType } from './type.ts';

/** One part of a table: a column, which may carry the key, the key, or the watermark. */
export type TablePart =
  | { readonly kind: 'column'; readonly column: ColumnDefinition; readonly primaryKey: KeyDefinition | undefined }
  | { readonly kind: 'watermark'; readonly watermark: WatermarkDefinition }
  | { readonly kind: 'primary-key'; readonly primaryKey: KeyDefinition };

/** The parts of a table sorted by kind. */
export interface TableParts {
  readonly columns: readonly ColumnDefinition[];
  readonly watermark: WatermarkDefinition | undefined;
  readonly primaryKey: KeyDefinition | undefined;
}

export function sortParts(parts: readonly TablePart[]): TableParts {
  return {
    columns: parts.flatMap((part) => (part.kind === 'column' ? [part.column] : [])),
    watermark: parts.find((part) => part.kind === 'watermark')?.watermark,
    primaryKey: parts.flatMap((part) => (part.kind === 'watermark' ? [] : (part.primaryKey ?? [])))[0],
  };
}

/** `( part, ... )` up to the closing parenthesis; a broken part does not hide the others. `afterColumn`: what may follow a column. */
export function parseParts(
  cursor: Cursor,
  afterColumn: (part: TablePart) => void = () => {},
): { readonly parts: readonly TablePart[]; readonly end: number; readonly incomplete: boolean } {
  const parts: TablePart[] = [];
  let incomplete = false;
  cursor.expect('(');
  do {
    try {
      const part = parsePart(cursor, parts);
      afterColumn(part);
      parts.push(part);
      if (!cursor.is(',', ')'))
        cursor.fail(', or ) after the column', ['NOT', 'NULL', 'METADATA', 'COMMENT', 'WATERMARK']);
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      incomplete = true;
      cursor.skipTo(',', ')', 'WITH');
      if (!cursor.is(',', ')')) throw error;
    }
  } while (cursor.accept(','));
  const end = cursor.previous.to;
  cursor.expect(')');
  return { parts, end, incomplete };
}

/** A column, PRIMARY KEY or WATERMARK; `before` are the parts of the same table that stand before it. */
export function parsePart(cursor: Cursor, before: readonly TablePart[]): TablePart {
  const first = cursor.token;
  if (cursor.is(')') && cursor.previous.word === ',') {
    const comma = cursor.previous;
    const fix = { title: 'Remove the comma', insert: '', from: comma.from, to: comma.to };
    cursor.refuse('sql.syntax', comma, 'Nothing follows this comma: remove it.', fix);
  }
  skipConstraintName(cursor);
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
  skipConstraintName(cursor);
  const primaryKey = cursor.follows('PRIMARY', 'KEY') ? parseColumnKey(cursor, column.name, before) : undefined;
  const comment = primaryKey === undefined ? undefined : parseComment(cursor);
  return { kind: 'column', column: comment === undefined ? column : { ...column, comment }, primaryKey };
}

/** CONSTRAINT name, before PRIMARY KEY: nobody asks for the name. */
function skipConstraintName(cursor: Cursor): void {
  if (!cursor.sees('CONSTRAINT') || cursor.ahead(2).word !== 'PRIMARY') return;
  cursor.advance();
  cursor.name('a constraint name');
}

function refuseSecondKey(cursor: Cursor, before: readonly TablePart[]): void {
  if (!before.some((part) => part.kind !== 'watermark' && part.primaryKey !== undefined)) return;
  const message = 'A table has one PRIMARY KEY: put all its columns into one.';
  cursor.refuse('sql.duplicate-name', cursor.token, message);
}

/** name type PRIMARY KEY NOT ENFORCED */
function parseColumnKey(cursor: Cursor, name: Name, before: readonly TablePart[]): KeyDefinition {
  refuseSecondKey(cursor, before);
  const first = cursor.expect('PRIMARY', 'KEY');
  expectNotEnforced(cursor, first);
  return { columns: [name], ...cursor.since(first) };
}

/** PRIMARY KEY ( columns ) NOT ENFORCED */
function parsePrimaryKey(cursor: Cursor): KeyDefinition {
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
  const comment = parseComment(cursor);
  return comment === undefined ? column : { ...column, comment, ...cursor.since(name) };
}

/** [COMMENT 'text'] */
export function parseComment(cursor: Cursor): string | undefined {
  return cursor.accept('COMMENT') ? cursor.string('a comment in quotes').text : undefined;
}

function parseAfterName(cursor: Cursor, name: Name): ColumnDefinition {
  if (cursor.accept('AS')) return { kind: 'computed', name, expr: parseExpression(cursor), ...cursor.since(name) };
  const type = parseType(cursor);
  if (cursor.accept('METADATA')) {
    const from = cursor.accept('FROM') ? cursor.string("a metadata key such as 'timestamp'") : undefined;
    const key = from && { text: from.text, from: from.from, to: from.to };
    return { kind: 'metadata', name, type, key, virtual: cursor.accept('VIRTUAL'), ...cursor.since(name) };
  }
  return { kind: 'physical', name, type, ...cursor.since(name) };
}
