import type { DataType } from '@millrace/model';
import type { BoundScript } from '../bind/script.ts';
import { windowFields } from '../bind/window.ts';
import { Report } from '../diagnostic.ts';
import { NEVER_ALIAS } from '../keyword.ts';
import { tokenize } from '../lexer.ts';
import type { Token } from '../token.ts';

/** A column an editor can propose, with the name that may stand before its dot. */
export interface VisibleColumn {
  readonly name: string;
  readonly type: DataType;
  readonly table: string;
  readonly alias: string | undefined;
  readonly isEventTime: boolean;
}

/** The tokens around a place of a script that may be half written. */
export interface Surroundings {
  /** The statement's tokens that end before the word being written. */
  readonly before: readonly Token[];
  /** All tokens of the statement. */
  readonly statement: readonly Token[];
  /** The word or string that is being written, if the place is in or right after one. */
  readonly current: Token | undefined;
  /** Where the word being written begins; the place itself if there is none. */
  readonly from: number;
}

export function surroundingsOf(text: string, offset: number): Surroundings {
  const tokens = tokenize(text, new Report(text)).filter((token) => token.kind !== 'end');
  const isWriting = (token: Token) =>
    token.from < offset && token.to >= offset && ['word', 'quoted', 'string'].includes(token.kind);
  const current = tokens.find(isWriting);
  const from = current?.from ?? offset;
  const begin = tokens.findLastIndex((token) => token.word === ';' && token.to <= from) + 1;
  const end = tokens.findIndex((token, at) => at >= begin && token.word === ';');
  const statement = tokens.slice(begin, end < 0 ? tokens.length : end);
  return { before: statement.filter((token) => token.to <= from), statement, current, from };
}

/** The opening parentheses that are not closed yet, outermost first, as indexes into `tokens`. */
export function openParentheses(tokens: readonly Token[]): readonly number[] {
  const open: number[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.word === '(') open.push(at);
    if (token.word === ')') open.pop();
  }
  return open;
}

const BEFORE_TABLE = ['FROM', 'JOIN', 'TABLE', 'INTO'];

/** The columns of all tables a statement names, window columns when it makes windows. */
export function visibleColumns(statement: readonly Token[], bound: BoundScript): readonly VisibleColumn[] {
  const isInsert = statement[0]?.word === 'INSERT';
  const columns: VisibleColumn[] = [];
  for (const [at, token] of statement.entries()) {
    if (!BEFORE_TABLE.includes(statement[at - 1]?.word ?? '') || (isInsert && statement[at - 1]?.word === 'INTO'))
      continue;
    columns.push(...columnsOf(token.text, aliasAfter(statement, at), bound));
  }
  const windows = statement.some((token) => ['TUMBLE', 'HOP', 'CUMULATE'].includes(token.word));
  const time = columns.find((column) => column.isEventTime);
  if (!windows || time === undefined) return columns;
  const added = windowFields(time.type).map(({ name, type }) => ({
    name,
    type,
    table: 'window',
    alias: undefined,
    isEventTime: false,
  }));
  return [...columns, ...added];
}

/** The columns a statement that names no table yet could come to read: those of every table and view but its target. */
export function readableColumns(statement: readonly Token[], bound: BoundScript): readonly VisibleColumn[] {
  const target = statement.find((_, at) => statement[at - 1]?.word === 'INTO')?.text;
  const names = [...bound.tables, ...bound.views].map(({ name }) => name).filter((name) => name !== target);
  return names.flatMap((name) => columnsOf(name, undefined, bound));
}

function aliasAfter(statement: readonly Token[], at: number): string | undefined {
  const as = statement[at + 1]?.word === 'AS';
  const alias = statement[as ? at + 2 : at + 1];
  if (alias === undefined || (alias.kind !== 'word' && alias.kind !== 'quoted')) return undefined;
  return !as && alias.kind === 'word' && NEVER_ALIAS.has(alias.word) ? undefined : alias.text;
}

function columnsOf(table: string, alias: string | undefined, bound: BoundScript): readonly VisibleColumn[] {
  const declared = bound.tables.find((candidate) => candidate.name === table);
  if (declared !== undefined) {
    return declared.columns.map(({ name, type }, index) => {
      return { name, type, table, alias, isEventTime: declared.watermark?.column === index };
    });
  }
  const view = bound.views.find((candidate) => candidate.name === table)?.relation;
  return (view?.fields ?? []).map(({ name, type }, index) => ({
    name,
    type,
    table,
    alias,
    isEventTime: view?.eventTime === index,
  }));
}
