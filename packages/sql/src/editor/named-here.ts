import type { DataType, Field } from '@millrace/model';
import { Report } from '../diagnostic.ts';
import { Cursor, ParseFailure } from '../parser/cursor.ts';
import { parseQuery } from '../parser/query.ts';
import { parseType } from '../parser/type.ts';
import type { Token } from '../token.ts';
import type { VisibleColumn } from './query-scope.ts';
import { openParentheses } from './surroundings.ts';

const WINDOW_FUNCTIONS = ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'];

/** The columns a CREATE TABLE declares with a type, complete or not. */
export function declaredColumns(statement: readonly Token[]): readonly VisibleColumn[] {
  const open = statement.findIndex(({ word }) => word === '(');
  const table = statement[open - 1]?.text ?? 'the table';
  const columns: VisibleColumn[] = [];
  let depth = 0;
  for (let at = open; at >= 0 && at < statement.length; at++) {
    const { word } = statement[at] ?? { word: '' };
    if (word === '(' || word === '<') depth++;
    if (word === ')' || word === '>') depth--;
    if (depth === 0) break;
    const name = statement[at + 1];
    const opens = (word === '(' && at === open) || (word === ',' && depth === 1);
    if (!opens || name === undefined || !['word', 'quoted'].includes(name.kind)) continue;
    const type = typeAt(statement, at + 2);
    if (type !== undefined) columns.push({ name: name.text, type, table, qualifier: undefined, time: undefined });
  }
  return columns;
}

function typeAt(statement: readonly Token[], at: number): DataType | undefined {
  const cursor = new Cursor([...statement.slice(at), end(statement)], new Report(''), parseQuery);
  try {
    return parseType(cursor).type;
  } catch (error) {
    if (error instanceof ParseFailure) return undefined;
    throw error;
  }
}

function end(statement: readonly Token[]): Token {
  const to = statement.at(-1)?.to ?? 0;
  return { kind: 'end', text: '', word: '', from: to, to };
}

/** The fields that `path` leads to from a type: those of a ROW, of the elements of an array of rows none. */
export function fieldsOf(type: DataType | undefined, path: readonly string[]): readonly Field[] {
  if (type?.kind !== 'row') return [];
  const [first, ...rest] = path;
  if (first === undefined) return type.fields;
  return fieldsOf(type.fields.find(({ name }) => name === first)?.type, rest);
}

/** The table of the window call that `before` ends in, if it does: `TUMBLE(TABLE orders, `. */
export function windowInput(before: readonly Token[]): string | undefined {
  const open = openParentheses(before).findLast((at) => WINDOW_FUNCTIONS.includes(before[at - 1]?.word ?? ''));
  if (open === undefined) return undefined;
  const table = before.findIndex(({ word }, at) => at > open && word === 'TABLE');
  return table < 0 ? undefined : before[table + 1]?.text;
}

/** The table an INSERT writes. */
export function targetOf(before: readonly Token[]): string | undefined {
  return before.find((_, at) => before[at - 1]?.word === 'INTO')?.text;
}

/** The variables of PATTERN ( ... ), each once. */
export function patternVariables(statement: readonly Token[]): readonly string[] {
  const variables = new Set<string>();
  for (const [at, { word }] of statement.entries()) {
    if (word !== 'PATTERN' || statement[at + 1]?.word !== '(') continue;
    let depth = 0;
    for (const token of statement.slice(at + 1)) {
      if (token.word === '(') depth++;
      if (token.word === ')' && --depth === 0) break;
      if (token.kind === 'word' || token.kind === 'quoted') variables.add(token.text);
    }
  }
  return [...variables];
}

/** The names of WINDOW name AS (...). */
export function windowNames(statement: readonly Token[]): readonly string[] {
  const start = statement.findIndex(({ word }) => word === 'WINDOW');
  if (start < 0) return [];
  return statement.slice(start).flatMap((token, at, rest) => (rest[at + 1]?.word === 'AS' ? [token.text] : []));
}
