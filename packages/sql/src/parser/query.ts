import type { Expr, GroupingElement, Name, Query, QueryBody, RowCount, Select, SelectItem, TableRef } from '../ast.ts';
import { NEVER_ALIAS } from '../keyword.ts';
import { nearest } from '../suggestion.ts';
import type { Token } from '../token.ts';
import { type Cursor, ParseFailure } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseHints } from './hint.ts';
import { parseMatchRecognize } from './match-recognize.ts';
import { parseOrderBy, parseWindowDefinition } from './over.ts';
import { parseSetOperations } from './set-operation.ts';
import { parseColumnNames, parseTableName } from './table-name.ts';
import { parseAsOf, parseLateral, parseTableAlias, parseTableCall, parseTableList, parseUnnest } from './table-ref.ts';
import { parseValues } from './values.ts';
import { parseWindow } from './window-table.ts';

/** [WITH name [(columns)] AS (query), ...] body */
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const first = cursor.token;
    const ctes: Query['with'][number][] = [];
    if (cursor.accept('WITH')) {
      do {
        const name = cursor.name('a name for the query');
        const columns = parseColumnNames(cursor);
        cursor.expect('AS');
        cursor.expect('(');
        const query = parseQuery(cursor);
        cursor.expect(')');
        ctes.push({ name, columns, query });
      } while (cursor.accept(','));
    }
    const body = parseSetOperations(cursor, () => parseTerm(cursor));
    const orderBy = cursor.is('ORDER') ? parseOrderBy(cursor, () => parseExpression(cursor)) : [];
    const { limit, offset } = parseLimit(cursor);
    if (cursor.sees('EMIT'))
      cursor.unsupported(cursor.token, 'EMIT', 'remove it: a window is emitted once, when it ends');
    return { with: ctes, body, orderBy, limit, offset, ...cursor.since(first) };
  });
}

/** [LIMIT n | ALL] [OFFSET n ROWS] [FETCH FIRST n ROWS ONLY], in any order. */
function parseLimit(cursor: Cursor): Pick<Query, 'limit' | 'offset'> {
  let limit: RowCount | undefined;
  let offset: RowCount | undefined;
  while (cursor.is('LIMIT', 'OFFSET', 'FETCH')) {
    if (cursor.accept('LIMIT')) {
      if (!cursor.accept('ALL')) limit = parseRowCount(cursor);
    } else if (cursor.accept('OFFSET')) {
      offset = parseRowCount(cursor);
      if (!cursor.accept('ROWS')) cursor.accept('ROW');
    } else {
      cursor.advance();
      if (!cursor.accept('FIRST') && !cursor.accept('NEXT')) cursor.fail('FIRST or NEXT', ['FIRST', 'NEXT']);
      limit = cursor.is('ROW', 'ROWS') ? oneRow(cursor) : parseRowCount(cursor);
      if (!cursor.accept('ROWS') && !cursor.accept('ROW')) cursor.fail('ROWS ONLY', ['ROWS']);
      cursor.expect('ONLY');
    }
  }
  return { limit, offset };
}

/** FETCH FIRST ROW ONLY. */
function oneRow(cursor: Cursor): RowCount {
  return { rows: 1, from: cursor.token.from, to: cursor.token.to };
}

function parseRowCount(cursor: Cursor): RowCount {
  const { token } = cursor;
  const rows = token.kind === 'number' && /^\d{1,15}$/.test(token.text) ? Number(token.text) : undefined;
  if (rows === undefined) return cursor.fail('a number of rows');
  cursor.advance();
  return { rows, from: token.from, to: token.to };
}

function parseTerm(cursor: Cursor): QueryBody {
  const first = cursor.token;
  if (cursor.accept('(')) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'nested', query, ...cursor.since(first) };
  }
  if (cursor.is('VALUES')) return parseValues(cursor);
  if (cursor.sees('TABLE')) return parseWholeTable(cursor);
  return parseSelect(cursor);
}

/** TABLE t: all its columns and rows. */
function parseWholeTable(cursor: Cursor): Select {
  const first = cursor.expect('TABLE');
  const name = parseTableName(cursor);
  const span = cursor.since(first);
  const source = {
    kind: 'named',
    name,
    hints: [],
    asOf: undefined,
    alias: undefined,
    columns: [],
    from: name.from,
    to: name.to,
  } as const;
  const grouping = { groupBy: [], groupBySpan: undefined, having: undefined, windows: [] };
  const items = [{ kind: 'star', table: undefined, ...span }] as const;
  return { kind: 'select', hints: [], distinct: undefined, items, source, where: undefined, ...grouping, ...span };
}

/** SELECT items FROM table [WHERE condition] [GROUP BY keys] [HAVING condition] */
function parseSelect(cursor: Cursor): Select {
  const first = cursor.expect('SELECT');
  const hints = parseHints(cursor);
  const { token } = cursor;
  const distinct = cursor.accept('DISTINCT') ? { from: token.from, to: token.to } : undefined;
  if (distinct === undefined) cursor.accept('ALL');
  const items = parseItems(cursor);
  const source = cursor.accept('FROM') ? parseFrom(cursor) : undefined;
  if (source === undefined && !isEndOfSelect(cursor)) cursor.fail('FROM', ['FROM']);
  const where = cursor.accept('WHERE') ? parseExpression(cursor) : undefined;
  const group = cursor.token;
  const groupBy = cursor.accept('GROUP') ? parseGroupBy(cursor) : [];
  const groupBySpan = groupBy.length > 0 ? cursor.since(group) : undefined;
  const having = cursor.accept('HAVING') ? parseExpression(cursor) : undefined;
  const windows = cursor.accept('WINDOW') ? cursor.list(() => parseNamedWindow(cursor)) : [];
  const grouping = { groupBy, groupBySpan, having };
  return { kind: 'select', hints, distinct, items, source, where, ...grouping, windows, ...cursor.since(first) };
}

/** name AS ( definition ) */
function parseNamedWindow(cursor: Cursor): Select['windows'][number] {
  const name = cursor.name('a name for the window');
  cursor.expect('AS');
  return { name, over: parseWindowDefinition(cursor, () => parseExpression(cursor)) };
}

function isEndOfSelect(cursor: Cursor): boolean {
  return (
    cursor.atEnd || cursor.is(';', ')', 'WHERE', 'GROUP', 'HAVING', 'UNION', 'EXCEPT', 'INTERSECT', 'ORDER', 'LIMIT')
  );
}

/** A broken item does not hide what is wrong with the others. */
function parseItems(cursor: Cursor): readonly SelectItem[] {
  const items: SelectItem[] = [];
  let failure: ParseFailure | undefined;
  do {
    try {
      items.push(parseItem(cursor));
      if (!cursor.is(',', 'FROM') && !isEndOfSelect(cursor)) cursor.fail(', or FROM', ['FROM', 'AS', 'OVER']);
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      failure = error;
      cursor.skipTo(',', 'FROM', ')');
      if (!cursor.is(',', 'FROM')) throw error;
    }
  } while (cursor.accept(','));
  if (failure !== undefined) throw failure;
  return items;
}

function parseItem(cursor: Cursor): SelectItem {
  const first = cursor.token;
  if (cursor.accept('*')) return { kind: 'star', table: undefined, ...cursor.since(first) };
  if (cursor.ahead(1).word === '.' && cursor.ahead(2).word === '*') {
    const table = cursor.name('a table name');
    cursor.accept('.', '*');
    return { kind: 'star', table, ...cursor.since(first) };
  }
  if (cursor.sees('FROM')) {
    const before = cursor.previous;
    if (before.word === ',') {
      const fix = { title: 'Remove the comma', insert: '', from: before.from, to: before.to };
      cursor.refuse('sql.syntax', before, 'Nothing follows this comma: remove it.', fix);
    }
  }
  const expr = parseExpression(cursor);
  return { kind: 'expression', expr, alias: parseAlias(cursor), ...cursor.since(first) };
}

/** [AS] name. A misspelt keyword in the place of an alias is told as such. */
function parseAlias(cursor: Cursor, keywords: readonly string[] = ['FROM']): Name | undefined {
  if (cursor.accept('AS')) return cursor.name('an alias');
  const { token } = cursor;
  if (token.kind !== 'quoted' && (token.kind !== 'word' || NEVER_ALIAS.has(token.word))) return undefined;
  const next = cursor.ahead(1);
  const goesOn = next.kind === 'word' || next.kind === 'quoted' || next.kind === 'string' || next.kind === 'number';
  if (goesOn && !NEVER_ALIAS.has(next.word) && nearest(token.text, keywords) !== undefined) {
    cursor.fail(keywords.length === 1 ? ', or FROM' : 'WHERE, GROUP BY or the end of the query', keywords);
  }
  if (next.word === 'BY' && nearest(token.text, keywords) !== undefined) cursor.fail('GROUP BY', keywords);
  return cursor.name('an alias');
}

function parseGroupBy(cursor: Cursor): readonly GroupingElement[] {
  cursor.expect('BY');
  return cursor.list(() => parseGroupingElement(cursor));
}

/** expr | GROUPING SETS ((a, b), a, ()) | ROLLUP (a, (b, c)) | CUBE (a, b) */
function parseGroupingElement(cursor: Cursor): GroupingElement {
  const kind = cursor.follows('GROUPING', 'SETS')
    ? 'sets'
    : cursor.follows('ROLLUP', '(')
      ? 'rollup'
      : cursor.follows('CUBE', '(')
        ? 'cube'
        : undefined;
  if (kind === undefined) return { kind: 'key', expr: parseExpression(cursor) };
  cursor.advance();
  cursor.accept('SETS');
  cursor.expect('(');
  const sets = cursor.list(() => parseSet(cursor));
  cursor.expect(')');
  return { kind, sets };
}

function parseSet(cursor: Cursor): readonly Expr[] {
  if (!cursor.accept('(')) return [parseExpression(cursor)];
  const set = cursor.is(')') ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return set;
}

function parseFrom(cursor: Cursor): TableRef {
  return parseTableList(cursor, () => parseMatchRecognize(cursor, parseTable(cursor)));
}

function parseTable(cursor: Cursor): TableRef {
  const first = cursor.token;
  if (cursor.is('LATERAL')) return parseLateral(cursor);
  if (cursor.follows('UNNEST', '(')) return parseUnnest(cursor);
  const call = parseTableCall(cursor);
  if (call !== undefined) return call;
  if (cursor.follows('TABLE', '(')) {
    cursor.accept('TABLE', '(');
    const window = parseWindow(cursor);
    cursor.expect(')');
    return { ...window, alias: parseTableAlias(cursor).alias, ...cursor.since(first) };
  }
  if (first.kind === 'word' && cursor.ahead(1).word === '(') {
    const window = parseWindow(cursor);
    return { ...window, alias: parseTableAlias(cursor).alias, ...cursor.since(first) };
  }
  if (cursor.accept('(')) return cursor.nested(() => parseParenthesisedTable(cursor, first));
  const name = parseTableName(cursor);
  const hints = parseHints(cursor);
  const asOf = parseAsOf(cursor);
  return { kind: 'named', name, hints, asOf, ...parseTableAlias(cursor), ...cursor.since(first) };
}

/** (query) [alias], or joins in parentheses. */
function parseParenthesisedTable(cursor: Cursor, first: Token): TableRef {
  if (cursor.atQuery || cursor.is('(')) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'derived', query, ...parseTableAlias(cursor), ...cursor.since(first) };
  }
  const table = parseFrom(cursor);
  cursor.expect(')');
  return table;
}
