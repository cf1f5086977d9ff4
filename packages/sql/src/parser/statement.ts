import type { CreateView, Insert, Statement } from '../ast.ts';
import { STATEMENT_STARTS } from '../keyword.ts';
import type { Token } from '../token.ts';
import { parseAlter } from './alter.ts';
import { parseCreateFunction } from './create-function.ts';
import { parseCreateTable } from './create-table.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseHints } from './hint.ts';
import { parseDescribe, parseDrop, parseShow, parseUse } from './inspect.ts';
import { parseQuery } from './query.ts';
import { parseReset, parseSet } from './setting.ts';
import { ONE_DATABASE, parseColumnNames, parseTableName } from './table-name.ts';
import { parseComment } from './table-part.ts';

/** Statements that are no part of a streaming job, in Flink neither: why, and what to do. */
const NO_STREAM: Readonly<Record<string, string>> = {
  UPDATE: 'UPDATE needs a batch job, in Flink too: a stream changes rows by an INSERT INTO a table with a PRIMARY KEY.',
  DELETE:
    'DELETE needs a batch job, in Flink too: a stream takes rows back by an INSERT INTO a table with a PRIMARY KEY.',
  TRUNCATE: 'TRUNCATE needs a batch job, in Flink too: empty the table where it is.',
  ANALYZE: 'ANALYZE needs a batch job, in Flink too: a stream has no statistics.',
};

/** Commands of Flink's SQL client, and no SQL. */
const OF_THE_CLIENT = ['HELP', 'QUIT', 'EXIT', 'CLEAR'];

/** Statements of a Flink session, for which a script has another place. */
const OF_A_SESSION: Readonly<Record<string, string>> = {
  CALL: 'procedures belong to catalogs, and a script has none of its own',
  LOAD: 'the functions there are: SHOW FUNCTIONS',
  UNLOAD: 'the functions there are: SHOW FUNCTIONS',
  ADD: 'a function is written in JavaScript: CREATE FUNCTION ... LANGUAGE JAVASCRIPT',
  REMOVE: 'remove the statement',
  STOP: 'a job is stopped on its page',
  REFRESH: 'there are no materialized tables: every INSERT of a job goes on by itself',
  COMPILE: 'the plan of a job keeps its operators as it is: remove the statement',
  EXECUTE: 'write EXECUTE STATEMENT SET BEGIN ... END, or the INSERT alone',
};

export function parseStatement(cursor: Cursor): Statement {
  cursor.expects('statement');
  const first = cursor.token;
  switch (first.word) {
    case 'CREATE':
      return parseCreate(cursor);
    case 'REPLACE':
      cursor.advance();
      return parseReplaced(cursor, first, 'replace');
    case 'INSERT':
      return parseInsert(cursor);
    case 'SET':
      return parseSet(cursor);
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
    case 'TABLE':
    case '(': {
      const query = parseQuery(cursor);
      return { kind: 'query', query, ...cursor.since(first) };
    }
    case 'SHOW':
      return parseShow(cursor);
    case 'DESCRIBE':
    case 'DESC':
      return parseDescribe(cursor);
    case 'DROP':
      return parseDrop(cursor);
    case 'RESET':
      return parseReset(cursor);
    case 'ALTER':
      return parseAlter(cursor);
    case 'USE':
      return parseUse(cursor);
    default:
      return refuseStatement(cursor, first);
  }
}

function refuseStatement(cursor: Cursor, first: Token): never {
  const batch = NO_STREAM[first.word];
  if (batch !== undefined) cursor.refuse('sql.unsupported', first, batch);
  if (OF_THE_CLIENT.includes(first.word) && [';', ''].includes(cursor.ahead(1).word)) {
    const message = `${first.word} is a command of Flink's SQL client, and no SQL: remove it.`;
    cursor.refuse('sql.unsupported', first, message);
  }
  const session = OF_A_SESSION[first.word];
  if (session !== undefined) cursor.unsupported(first, first.word, session);
  return cursor.fail('a statement such as SELECT, INSERT INTO or CREATE TABLE', [...STATEMENT_STARTS]);
}

function parseCreate(cursor: Cursor): Statement {
  const first = cursor.expect('CREATE');
  if (cursor.accept('OR')) {
    cursor.expect('REPLACE');
    return parseReplaced(cursor, first, 'create-or-replace');
  }
  const temporary = cursor.accept('TEMPORARY');
  if (cursor.accept('TABLE')) return parseCreateTable(cursor, { first, temporary, replaces: undefined });
  if (cursor.accept('VIEW')) return parseCreateView(cursor, first, temporary);
  if (cursor.is('FUNCTION', 'AGGREGATE') || (temporary && cursor.follows('SYSTEM', 'FUNCTION')))
    return parseCreateFunction(cursor, first);
  if (cursor.sees('CATALOG', 'DATABASE'))
    cursor.unsupported(spanTo(cursor, first), `CREATE ${cursor.token.word}`, ONE_DATABASE);
  if (cursor.sees('MATERIALIZED', 'MODEL', 'SYSTEM', 'CONNECTION')) {
    const remedy = 'use CREATE TABLE, CREATE VIEW or CREATE FUNCTION';
    cursor.unsupported(spanTo(cursor, first), `CREATE ${cursor.token.word}`, remedy);
  }
  return cursor.fail('TABLE, VIEW or FUNCTION', ['TABLE', 'VIEW', 'FUNCTION', 'AGGREGATE', 'TEMPORARY']);
}

/** Both words of what is created. */
function spanTo(cursor: Cursor, { from }: Token) {
  return { from, to: cursor.token.to };
}

/** [CREATE OR] REPLACE TABLE name ... AS query */
function parseReplaced(cursor: Cursor, first: Token, replaces: 'replace' | 'create-or-replace'): Statement {
  cursor.expect('TABLE');
  return parseCreateTable(cursor, { first, temporary: false, replaces });
}

/** [IF NOT EXISTS] name [( column [COMMENT 'text'], ... )] [COMMENT 'text'] AS query */
function parseCreateView(cursor: Cursor, first: Token, temporary: boolean): CreateView {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor, 'a view name');
  const columns = parseViewColumns(cursor);
  const comment = parseComment(cursor);
  cursor.expect('AS');
  const query = parseQuery(cursor);
  return { kind: 'create-view', name, temporary, ifNotExists, columns, comment, query, ...cursor.since(first) };
}

function parseViewColumns(cursor: Cursor) {
  if (!cursor.accept('(')) return [];
  const columns = cursor.list(() => {
    const column = cursor.name('a column name');
    parseComment(cursor);
    return column;
  });
  cursor.expect(')');
  return columns;
}

/** INSERT INTO table [(columns)] query */
function parseInsert(cursor: Cursor): Statement {
  const first = cursor.expect('INSERT');
  if (cursor.sees('OVERWRITE')) {
    const message = 'INSERT OVERWRITE needs a batch job, in Flink too: a stream only adds rows, write INSERT INTO.';
    cursor.refuse('sql.unsupported', cursor.token, message);
  }
  cursor.expect('INTO');
  const table = parseTableName(cursor);
  const hints = parseHints(cursor);
  // Not proposed: few tables have partitions, and its word begins other clauses.
  const partition = cursor.sees('PARTITION') ? parsePartitionValues(cursor) : [];
  const columns = parseColumnNames(cursor);
  if (!cursor.is('SELECT', 'WITH', '(', 'VALUES') && !cursor.sees('TABLE')) cursor.fail('SELECT', ['SELECT', 'WITH']);
  const query = parseQuery(cursor);
  return { kind: 'insert', table, hints, partition, columns, query, ...cursor.since(first) };
}

/** PARTITION ( column = constant, ... ) */
function parsePartitionValues(cursor: Cursor): Insert['partition'] {
  cursor.expect('PARTITION');
  if (!cursor.is('(')) cursor.fail('( and column = value');
  cursor.expect('(');
  const values = cursor.list(() => {
    const name = cursor.name('a column name');
    cursor.expect('=');
    return { name, value: parseExpression(cursor) };
  });
  cursor.expect(')');
  return values;
}
