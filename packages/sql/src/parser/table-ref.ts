import type { Expr, JoinTable, LateralTable, Name, TableRef, UnnestTable } from '../ast.ts';
import { NEVER_ALIAS } from '../keyword.ts';
import type { Span } from '../source-text.ts';
import { nearest } from '../suggestion.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';

/** Words that may follow a table in FROM, for misspelt ones in the place of an alias. */
const AFTER_TABLE = [
  'WHERE', 'GROUP', 'HAVING', 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT', 'JOIN', 'LEFT', 'RIGHT', 'FULL',
  'INNER', 'CROSS', 'MATCH_RECOGNIZE',
]; // biome-ignore format: a list
const JOIN_STARTS = ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL'];

/** table {join} {, table {join}}; `parseTable` reads one table with its alias. */
export function parseTableList(cursor: Cursor, parseTable: () => TableRef): TableRef {
  let left = parseJoins(cursor, parseTable);
  while (cursor.is(',')) {
    const joinSpan = spanOf(cursor.advance());
    const right = parseJoins(cursor, parseTable);
    const condition = { on: undefined, using: [], natural: false };
    left = { kind: 'join', type: 'cross', joinSpan, left, right, ...condition, ...cursor.since(left) };
  }
  if (cursor.sees('TABLESAMPLE')) cursor.unsupported(cursor.token, 'TABLESAMPLE', 'use WHERE');
  return left;
}

/** More tables beside each other than anybody joins would only slow the editor. */
const JOINS_MAX = 100;

function parseJoins(cursor: Cursor, parseTable: () => TableRef): TableRef {
  let left = parseTable();
  for (let joins = 1; cursor.is(...JOIN_STARTS); joins++) {
    if (joins > JOINS_MAX) {
      cursor.refuse('sql.too-large', cursor.token, `More than ${JOINS_MAX} joins in one FROM: split it with views.`);
    }
    left = parseJoin(cursor, left, parseTable);
  }
  return left;
}

/** [NATURAL] [INNER | LEFT [OUTER] | RIGHT [OUTER] | FULL [OUTER] | CROSS] JOIN table [ON condition | USING (columns)] */
function parseJoin(cursor: Cursor, left: TableRef, parseTable: () => TableRef): JoinTable {
  const first = cursor.token;
  const natural = cursor.accept('NATURAL');
  const type = parseJoinType(cursor);
  const joinSpan = cursor.since(first);
  const right = parseTable();
  if (natural) refuseConditionOfNatural(cursor, type, joinSpan);
  const condition = natural ? { on: undefined, using: [] } : parseJoinCondition(cursor, type, joinSpan, right);
  return { kind: 'join', type, joinSpan, left, right, ...condition, natural, ...cursor.since(left) };
}

function refuseConditionOfNatural(cursor: Cursor, type: JoinTable['type'], joinSpan: Span): void {
  if (type !== 'cross' && !cursor.is('ON', 'USING')) return;
  const message = 'NATURAL JOIN compares all columns that both sides have, and takes no other condition.';
  cursor.refuse('sql.syntax', type === 'cross' ? joinSpan : cursor.token, message);
}

function parseJoinType(cursor: Cursor): JoinTable['type'] {
  const types = { LEFT: 'left', RIGHT: 'right', FULL: 'full', INNER: 'inner', CROSS: 'cross' } as const;
  const word = (['LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS'] as const).find((known) => cursor.is(known));
  if (word === undefined) {
    cursor.expect('JOIN');
    return 'inner';
  }
  cursor.advance();
  const isOuter = word === 'LEFT' || word === 'RIGHT' || word === 'FULL';
  if (isOuter) cursor.accept('OUTER');
  if (cursor.sees('SEMI', 'ANTI')) {
    cursor.refuse(
      'sql.unsupported',
      cursor.token,
      `${word} ${cursor.token.word} JOIN is no SQL of Flink: use WHERE ... IN (SELECT ...) or EXISTS.`,
    );
  }
  if (!cursor.is('JOIN')) {
    cursor.fail(isOuter && cursor.previous.word !== 'OUTER' ? 'JOIN or OUTER JOIN' : 'JOIN', ['JOIN', 'OUTER']);
  }
  cursor.advance();
  return types[word];
}

function parseJoinCondition(
  cursor: Cursor,
  type: JoinTable['type'],
  joinSpan: Span,
  right: TableRef,
): Pick<JoinTable, 'on' | 'using'> {
  if (type === 'cross') {
    if (!cursor.is('ON', 'USING')) return { on: undefined, using: [] };
    const message = `CROSS JOIN joins every row with every row and takes no ${cursor.token.word}: write JOIN.`;
    const fix = { title: 'Change to JOIN', insert: 'JOIN', ...joinSpan };
    return cursor.refuse('sql.syntax', cursor.token, message, fix);
  }
  if (cursor.accept('ON')) return { on: parseExpression(cursor), using: [] };
  if (cursor.accept('USING')) {
    cursor.expect('(');
    const using = cursor.list(() => cursor.name('a column name'));
    cursor.expect(')');
    return { on: undefined, using };
  }
  if (right.kind === 'unnest') return { on: undefined, using: [] };
  return cursor.fail('ON and a condition, or USING and columns', ['ON', 'USING']);
}

/** UNNEST ( collection ) [WITH ORDINALITY] [[AS] alias [(columns)]] */
export function parseUnnest(cursor: Cursor): UnnestTable {
  const first = cursor.expect('UNNEST');
  cursor.expect('(');
  const collection = parseExpression(cursor);
  cursor.expect(')');
  const withOrdinality = cursor.is('WITH');
  if (withOrdinality) {
    cursor.advance();
    if (!cursor.is('ORDINALITY')) cursor.fail('ORDINALITY', ['ORDINALITY']);
    cursor.advance();
  }
  const named = parseTableAlias(cursor);
  return { kind: 'unnest', collection, call: undefined, withOrdinality, ...named, ...cursor.since(first) };
}

/** LATERAL { TABLE ( f(arguments) ) | ( query ) } [[AS] alias [(columns)]] */
export function parseLateral(cursor: Cursor): UnnestTable | LateralTable {
  const first = cursor.advance();
  if (cursor.accept('TABLE')) {
    cursor.expect('(');
    const call = parseExpression(cursor);
    if (call.kind !== 'call')
      cursor.refuse('sql.syntax', call, 'LATERAL TABLE takes a call of a table function: f(x).');
    cursor.expect(')');
    const named = parseTableAlias(cursor);
    return { kind: 'unnest', collection: call, call, withOrdinality: false, ...named, ...cursor.since(first) };
  }
  if (!cursor.accept('(')) cursor.fail('TABLE (f(...)) or a query in parentheses', ['TABLE']);
  const query = cursor.query();
  cursor.expect(')');
  return { kind: 'lateral', query, ...parseTableAlias(cursor), ...cursor.since(first) };
}

/** A call of a declared function in the place of a table, TABLE ( f(arguments) ) or f(arguments) alone: its rows. */
export function parseTableCall(cursor: Cursor): UnnestTable | undefined {
  const hasTable = cursor.follows('TABLE', '(');
  const name = hasTable ? cursor.ahead(2) : cursor.token;
  const open = hasTable ? cursor.ahead(3) : cursor.ahead(1);
  if (open.word !== '(' || !cursor.functions.has(name.text.toUpperCase())) return undefined;
  const first = cursor.token;
  if (hasTable) cursor.accept('TABLE', '(');
  const call = parseExpression(cursor);
  if (call.kind !== 'call') cursor.refuse('sql.syntax', call, 'FROM takes a call of a table function: f(x).');
  if (hasTable) cursor.expect(')');
  const named = parseTableAlias(cursor);
  return { kind: 'unnest', collection: call, call, withOrdinality: false, ...named, ...cursor.since(first) };
}

/** FOR SYSTEM_TIME AS OF time */
export function parseAsOf(cursor: Cursor): (Span & { readonly expr: Expr }) | undefined {
  if (!cursor.follows('FOR', 'SYSTEM_TIME')) return undefined;
  const first = cursor.token;
  cursor.expect('FOR', 'SYSTEM_TIME', 'AS', 'OF');
  const expr = parseExpression(cursor);
  return { expr, ...cursor.since(first) };
}

/** [[AS] alias [(column, ...)]] */
export function parseTableAlias(cursor: Cursor): {
  readonly alias: Name | undefined;
  readonly columns: readonly Name[];
} {
  const alias = parseAliasName(cursor);
  if (alias === undefined || !cursor.is('(')) return { alias, columns: [] };
  cursor.advance();
  const columns = cursor.list(() => cursor.name('a column name'));
  cursor.expect(')');
  return { alias, columns };
}

/** A misspelt keyword in the place of an alias is told as such. */
function parseAliasName(cursor: Cursor): Name | undefined {
  if (cursor.accept('AS')) return cursor.name('an alias');
  const { token } = cursor;
  if (token.kind !== 'quoted' && (token.kind !== 'word' || NEVER_ALIAS.has(token.word))) return undefined;
  const next = cursor.ahead(1);
  const goesOn = next.kind === 'word' || next.kind === 'quoted' || next.kind === 'string' || next.kind === 'number';
  const looksMisspelt = token.kind === 'word' && nearest(token.text, AFTER_TABLE) !== undefined;
  if (looksMisspelt && next.word === 'BY') cursor.fail('GROUP BY', AFTER_TABLE);
  if (looksMisspelt && next.word === 'JOIN' && !isJoinWordShort(token.text)) cursor.fail('a join', AFTER_TABLE);
  if (looksMisspelt && goesOn && !NEVER_ALIAS.has(next.word)) {
    cursor.fail('JOIN, WHERE, GROUP BY or the end of the query', AFTER_TABLE);
  }
  return cursor.name('an alias');
}

/** `t l JOIN u`: one or two letters are an alias. */
function isJoinWordShort(text: string): boolean {
  return text.length <= 2;
}

function spanOf({ from, to }: Span): Span {
  return { from, to };
}
