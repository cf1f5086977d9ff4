import { type DataType, formatDataType } from '@millrace/model';
import { formatSignature } from '@millrace/plan';
import { QUERY_HINTS } from '../bind/query-hint.ts';
import { settingHelp } from '../bind/setting.ts';
import { TABLE_HINTS } from '../bind/table-hint.ts';
import { check } from '../compile.ts';
import { findFunction } from '../functions/catalog.ts';
import type { Token } from '../token.ts';
import { KEYWORD_HELP, TYPE_HELP } from './keyword-help.ts';
import { declaredColumns } from './named-here.ts';
import type { CompletionOptions, OptionProposal } from './proposal.ts';
import { type QueryScope, queryScopeAt } from './query-scope.ts';
import { openParentheses, type Surroundings, surroundingsOf } from './surroundings.ts';

/** What is known about the word at a place: a headline and plain sentences or lines. */
export interface Hover {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly lines: readonly string[];
}

type Help = Pick<Hover, 'title' | 'lines'>;

const HINT_HELP: Readonly<Record<string, string>> = { ...TABLE_HINTS, ...QUERY_HINTS };

/** A table of more columns shows this many. */
const COLUMNS_MAX = 30;

/** Help for the function, column, table, option, setting, type or keyword at `offset` (UTF-16); undefined for anything else. */
export function hover(text: string, offset: number, options: CompletionOptions = {}): Hover | undefined {
  const around = surroundingsOf(text, offset + 1);
  const { current } = around;
  if (current === undefined) return undefined;
  if (around.hint !== undefined) {
    const said = HINT_HELP[current.text.toUpperCase()];
    return said === undefined
      ? undefined
      : { from: current.from, to: current.to, title: current.text.toUpperCase(), lines: [said] };
  }
  const help = current.kind === 'string' ? helpForString(around, current, options) : helpForWord(text, around, current);
  return help === undefined ? undefined : { from: current.from, to: current.to, ...help };
}

/** Options of WITH (...), names and values alike, and settings. */
function helpForString(
  { before, statement }: Surroundings,
  current: Token,
  options: CompletionOptions,
): Help | undefined {
  const key = before.at(-1)?.word === '=' ? before.at(-2)?.text : current.text;
  if (before[0]?.word === 'SET' || before[0]?.word === 'RESET') {
    const help = key === undefined ? undefined : settingHelp(key);
    return key === undefined || help === undefined ? undefined : { title: key, lines: [help] };
  }
  if (!openParentheses(before).some((at) => before[at - 1]?.word === 'WITH')) return undefined;
  const connectorAt = statement.findIndex(({ kind, text }) => kind === 'string' && text === 'connector');
  const connector = statement[connectorAt + 1]?.word === '=' ? statement[connectorAt + 2]?.text : undefined;
  const find = (of: string | undefined) => options.optionsOf?.(of).find(({ name }) => name === key);
  const found = key === 'connector' ? find(undefined) : find(connector);
  return found && { title: titleOf(found, connector), lines: linesOf(found) };
}

function titleOf({ name }: OptionProposal, connector: string | undefined): string {
  return connector === undefined || name === 'connector' ? name : `${name} of ${connector}`;
}

function linesOf({ help, values }: OptionProposal): readonly string[] {
  const listed =
    values === undefined || values.length === 0 ? [] : [`Values: ${values.slice(0, COLUMNS_MAX).join(', ')}.`];
  return [...(help === undefined ? [] : [help]), ...listed];
}

function helpForWord(text: string, around: Surroundings, current: Token): Help | undefined {
  const { statement, before } = around;
  const called = functionHelp(current, statement, before);
  if (called !== undefined) return called;
  return nameHelp(text, around, current) ?? keywordHelp(current, statement);
}

function functionHelp(current: Token, statement: readonly Token[], before: readonly Token[]): Help | undefined {
  const next = statement.find((token) => token.from >= current.to);
  const definition = next?.word === '(' || before.length > 0 ? findFunction(current.text) : undefined;
  if (definition === undefined || before.at(-1)?.word === '.') return undefined;
  const isBare = definition.signatures.some((signature) => signature.startsWith(`${definition.name} `));
  if (next?.word !== '(' && !isBare) return undefined;
  return { title: definition.name, lines: [...definition.signatures, definition.help] };
}

/** A column before a table of the same name, as the binder reads it. */
function nameHelp(text: string, { statement, before }: Surroundings, current: Token): Help | undefined {
  // As things are behind the statement, or before what drops them.
  const at = statement[0]?.word === 'DROP' ? statement[0].from : (statement.at(-1)?.to ?? text.length);
  const { bound } = check(text.slice(0, at), {});
  const scope = queryScopeAt(text, statement, before.length, bound);
  const owner = before.at(-1)?.word === '.' ? before.at(-2)?.text : undefined;
  const isTable = ['FROM', 'JOIN', 'INTO', 'TABLE', 'VIEW'].includes(before.at(-1)?.word ?? '');
  const column = isTable ? undefined : columnHelp(current.text, owner, scope);
  if (column !== undefined) return column;
  const written = bound.functions.find((of) => of.name.toUpperCase() === current.text.toUpperCase());
  if (written !== undefined && statement.find((token) => token.from >= current.to)?.word === '(') {
    return { title: written.name, lines: [formatSignature(written), `Declared here: ${written.kind}.`] };
  }
  const declared = declaredColumns(statement).find(({ name }) => name === current.text);
  if (before[0]?.word === 'CREATE' && declared !== undefined && !isTable) {
    return { title: `${declared.name} ${formatDataType(declared.type)}`, lines: [`Column of ${declared.table}.`] };
  }
  return tableHelp(current.text, scope);
}

const TIMES = {
  event: 'Event time: the watermark of the table follows it.',
  processing: 'Processing time: the clock when a row is worked on.',
} as const;

function columnHelp(name: string, owner: string | undefined, scope: QueryScope): Help | undefined {
  const named = scope.columns.filter((column) => column.name === name);
  const column = named.find(({ qualifier }) => qualifier === owner) ?? named[0];
  if (column === undefined) return undefined;
  const time = column.time === undefined ? [] : [TIMES[column.time]];
  return { title: `${name} ${formatDataType(column.type)}`, lines: [`Column of ${column.table}.`, ...time] };
}

function tableHelp(name: string, { catalog, columns }: QueryScope): Help | undefined {
  const entry = catalog.get(name);
  if (entry === undefined) {
    const own = columns.filter(({ qualifier }) => qualifier === name);
    return own.length === 0 ? undefined : { title: `${name}: ${own[0]?.table}`, lines: listed(own) };
  }
  if (entry.kind === 'view') return { title: `view ${name}`, lines: listed(entry.relation?.fields ?? []) };
  const connector = entry.options.find(({ key }) => key === 'connector')?.value;
  const where = connector === undefined ? [] : [`Connector: ${connector}.`];
  return { title: `table ${name}`, lines: [...listed(entry.columns), ...where] };
}

function listed(columns: readonly { readonly name: string; readonly type: DataType }[]): readonly string[] {
  const lines = columns.slice(0, COLUMNS_MAX).map(({ name, type }) => `${name} ${formatDataType(type)}`);
  return columns.length > COLUMNS_MAX ? [...lines, `and ${columns.length - COLUMNS_MAX} more`] : lines;
}

function keywordHelp(current: Token, statement: readonly Token[]): Help | undefined {
  if (current.kind !== 'word') return undefined;
  const isType = Object.hasOwn(TYPE_HELP, current.word) && statement[0]?.word === 'CREATE';
  const table = isType || !Object.hasOwn(KEYWORD_HELP, current.word) ? TYPE_HELP : KEYWORD_HELP;
  const help = Object.hasOwn(table, current.word) ? table[current.word] : undefined;
  return help === undefined ? undefined : { title: help.form, lines: [help.help] };
}
