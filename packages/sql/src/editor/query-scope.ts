import type { DataType } from '@millrace/model';
import type { TimeRef } from '@millrace/plan';
import type { TableRef } from '../ast.ts';
import { bindQuery } from '../bind/query.ts';
import type { BoundScript } from '../bind/script.ts';
import { type BoundTable, type BoundView, type Catalog, quotedName } from '../bind/table.ts';
import { Report } from '../diagnostic.ts';
import { NEVER_ALIAS } from '../keyword.ts';
import { tokenize } from '../lexer.ts';
import { Cursor, ParseFailure } from '../parser/cursor.ts';
import { parseQuery } from '../parser/query.ts';
import { type Relation, scan } from '../relation/relation.ts';
import { timeAt } from '../relation/time.ts';
import type { Token } from '../token.ts';
import { branchAt, closing, fromClause, itemsOf, type Level, levelsAround, own } from './query-levels.ts';

/** A column an editor can propose, with the name that may stand before its dot. */
export interface VisibleColumn {
  readonly name: string;
  readonly type: DataType;
  /** Where it comes from, for people. */
  readonly table: string;
  /** Undefined: of a table without a name. */
  readonly qualifier: string | undefined;
  /** Which time the column stands for, if any. */
  readonly time: 'event' | 'processing' | undefined;
}

/** What can be named at a place of a statement. */
export interface QueryScope {
  /** Tables, views and the queries of WITH that stand before. */
  readonly catalog: Catalog;
  /** Of the query the place is in, then of those around it; empty before FROM is written. */
  readonly columns: readonly VisibleColumn[];
  /** Names after AS in the SELECT list: ORDER BY may use them. */
  readonly aliases: readonly string[];
  /** The query the place is in says where its rows come from. */
  readonly hasFrom: boolean;
  /** Inside MATCH_RECOGNIZE: any name may be a pattern variable and stand before a dot. */
  readonly inPattern: boolean;
}

/** The tables and views that a script has at its end, by name. */
export function catalogOf({ catalog }: BoundScript): Map<string, BoundTable | BoundView> {
  return new Map(catalog);
}

/**
 * What can be named at token `at` (an index into `statement`, which may be half written). Every table of FROM is asked of the
 * binder by itself, so that what is broken elsewhere does not matter; `written` is the word being written, left out.
 */
export function queryScopeAt(
  text: string,
  statement: readonly Token[],
  at: number,
  bound: BoundScript,
  written?: Token,
): QueryScope {
  const catalog = catalogOf(bound);
  const columns: VisibleColumn[] = [];
  const aliases: string[] = [];
  let inPattern = false;
  let hasFrom = false;
  const levels = levelsAround(statement, at);
  for (const level of levels) {
    declareQueries(text, statement, level, at, catalog);
    if (statement[level.from - 2]?.word === 'MATCH_RECOGNIZE') inPattern = true;
    const branch = branchAt(statement, level, at);
    if (branch === undefined) continue;
    columns.unshift(...columnsOfFrom(text, statement, branch, at, catalog, written));
    hasFrom = fromClause(statement, branch) !== undefined;
    aliases.splice(0, aliases.length, ...aliasesOf(statement, branch));
  }
  return { catalog, columns, aliases, hasFrom, inPattern };
}

/** The columns of a table or view by its name. */
export function columnsNamed(name: string, catalog: Catalog, qualifier: string | undefined): readonly VisibleColumn[] {
  const entry = catalog.get(name);
  if (entry === undefined) return [];
  if (entry.kind === 'view') return entry.relation === undefined ? [] : ofRelation(entry.relation, name, qualifier);
  const whole = scan(entry, [...entry.columns.keys()]);
  return entry.columns.map(({ name: column, type }, index) => {
    return { name: column, type, table: name, qualifier, time: timeOf(timeAt(whole, index)) };
  });
}

/** WITH name [(columns)] AS (query), ...: those that end before `at` become views. */
function declareQueries(
  text: string,
  statement: readonly Token[],
  level: Level,
  at: number,
  catalog: Map<string, BoundTable | BoundView>,
): void {
  let inWith = false;
  for (const index of own(statement, level)) {
    const word = statement[index]?.word;
    if (word === 'WITH' && statement[index + 1]?.word !== '(') inWith = true;
    if (word === 'SELECT' || word === 'INSERT') inWith = false;
    if (!inWith || word !== 'AS' || statement[index + 1]?.word !== '(') continue;
    const close = closing(statement, index + 1);
    if (close >= at || statement[close] === undefined) return;
    const name = nameBefore(statement, index);
    if (name === undefined) continue;
    const query = text.slice(name.from, statement[close]?.to);
    const relation = relationOf(`WITH ${query} SELECT * FROM ${text.slice(name.from, name.to)}`, catalog);
    catalog.set(name.text, { kind: 'view', name: name.text, nameSpan: name, statementSpan: name, relation });
  }
}

/** The name of `name AS` or `name (columns) AS`. */
function nameBefore(statement: readonly Token[], as: number): Token | undefined {
  if (statement[as - 1]?.word !== ')') return statement[as - 1];
  for (let index = as - 1; index > 0; index--) if (statement[index]?.word === '(') return statement[index - 1];
  return undefined;
}

function columnsOfFrom(
  text: string,
  statement: readonly Token[],
  branch: Level,
  at: number,
  catalog: Catalog,
  written: Token | undefined,
): readonly VisibleColumn[] {
  const clause = fromClause(statement, branch);
  if (clause === undefined) return [];
  const whole = sliceOf(text, statement, clause);
  return itemsOf(statement, clause).flatMap((item) => {
    const tokens = statement.slice(item.from, item.to).filter((token) => token !== written);
    const pattern = tokens.findIndex((token) => token.word === 'MATCH_RECOGNIZE');
    // Inside the pattern its input is visible, outside only what it measures.
    const inside = pattern >= 0 && item.from + pattern < at && at <= item.to && isOpenAt(statement, item, at);
    const part = inside ? { from: item.from, to: item.from + pattern } : item;
    if (part.to <= part.from || statement[part.from] === written) return [];
    return columnsOfItem(sliceOf(text, statement, part), tokens, whole, catalog);
  });
}

/** The place is in parentheses of the item. */
function isOpenAt(statement: readonly Token[], item: Level, at: number): boolean {
  return levelsAround(statement, at).some((level) => level.from > item.from && level.from <= at);
}

/** By the binder, alone or together with the whole FROM (UNNEST names columns of the others), else by its first name. */
function columnsOfItem(
  item: string,
  tokens: readonly Token[],
  whole: string,
  catalog: Catalog,
): readonly VisibleColumn[] {
  const ref = tableRefOf(item);
  const qualifier = ref === undefined ? undefined : qualifierOf(ref);
  const label = ref === undefined ? item : labelOf(ref);
  const alone = relationOf(`SELECT * FROM ${item}`, catalog);
  const quoted = qualifier === undefined ? undefined : quotedName(qualifier);
  const relation =
    alone ?? (quoted === undefined ? undefined : relationOf(`SELECT ${quoted}.* FROM ${whole}`, catalog));
  if (relation !== undefined) return ofRelation(relation, label, qualifier);
  const [first, second, third] = tokens;
  if (first === undefined || !['word', 'quoted'].includes(first.kind)) return [];
  const alias = second?.word === 'AS' ? third : second;
  const named = alias !== undefined && ['word', 'quoted'].includes(alias.kind) && !NEVER_ALIAS.has(alias.word);
  return columnsNamed(first.text, catalog, named ? alias.text : first.text);
}

function tableRefOf(item: string): TableRef | undefined {
  const query = queryOf(`SELECT * FROM ${item}`);
  return query?.body.kind === 'select' ? query.body.source : undefined;
}

function qualifierOf(ref: TableRef): string | undefined {
  if (ref.kind === 'join') return undefined;
  return ref.alias?.text ?? (ref.kind === 'named' ? ref.name.text : undefined);
}

function labelOf(ref: TableRef): string {
  switch (ref.kind) {
    case 'named':
      return ref.name.text;
    case 'window':
      return ref.input.kind === 'named' ? ref.input.name.text : 'the window';
    case 'match':
      return ref.alias?.text ?? 'the match';
    case 'unnest':
      return ref.alias?.text ?? 'UNNEST';
    default:
      return qualifierOf(ref) ?? 'the query';
  }
}

function ofRelation(relation: Relation, table: string, qualifier: string | undefined): readonly VisibleColumn[] {
  return relation.fields.map(({ name, type }, index) => {
    return { name, type, table, qualifier, time: timeOf(timeAt(relation, index)) };
  });
}

function timeOf(time: TimeRef | undefined): VisibleColumn['time'] {
  return typeof time === 'number' ? 'event' : time;
}

function aliasesOf(statement: readonly Token[], branch: Level): readonly string[] {
  const aliases: string[] = [];
  for (const index of own(statement, branch)) {
    if (statement[index]?.word === 'FROM') break;
    const next = statement[index + 1];
    if (statement[index]?.word === 'AS' && (next?.kind === 'word' || next?.kind === 'quoted')) aliases.push(next.text);
  }
  return aliases;
}

function sliceOf(text: string, statement: readonly Token[], { from, to }: Level): string {
  return text.slice(statement[from]?.from ?? 0, statement[to - 1]?.to ?? 0);
}

/** The meaning of a query's text, its problems ignored. */
export function relationOf(text: string, catalog: Catalog): Relation | undefined {
  const query = queryOf(text);
  if (query === undefined) return undefined;
  const report = new Report(text);
  const relation = bindQuery(query, { catalog, report, onUse: () => {}, mayMissTables: true });
  return report.hasErrors ? undefined : relation;
}

function queryOf(text: string) {
  const report = new Report(text);
  const cursor = new Cursor(tokenize(text, report), report, parseQuery);
  try {
    const query = parseQuery(cursor);
    return cursor.atEnd ? query : undefined;
  } catch (error) {
    if (error instanceof ParseFailure) return undefined;
    throw error;
  }
}
