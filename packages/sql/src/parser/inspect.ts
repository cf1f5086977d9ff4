import type { Describe, Drop, Name, Show, ShownList, Use } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { CATALOG, DATABASE, ONE_DATABASE, parseTableName } from './table-name.ts';

/** What SHOW lists, by its words. */
const LISTS: readonly (readonly [words: readonly string[], what: ShownList])[] = [
  [['TABLES'], 'tables'],
  [['VIEWS'], 'views'],
  [['FUNCTIONS'], 'functions'],
  [['USER', 'FUNCTIONS'], 'user functions'],
  [['CATALOGS'], 'catalogs'],
  [['DATABASES'], 'databases'],
  [['CURRENT', 'CATALOG'], 'current catalog'],
  [['CURRENT', 'DATABASE'], 'current database'],
  [['MODULES'], 'modules'],
  [['FULL', 'MODULES'], 'full modules'],
  [['PROCEDURES'], 'procedures'],
  [['MODELS'], 'models'],
  [['MATERIALIZED', 'TABLES'], 'materialized tables'],
];
const SHOWN = ['TABLES', 'VIEWS', 'FUNCTIONS', 'COLUMNS', 'CREATE', 'CATALOGS', 'DATABASES'];
/** What the machinery of a Flink session has and a script does not. */
const OF_A_SESSION: Readonly<Record<string, string>> = {
  JOBS: 'the jobs are on the page Jobs',
  JARS: 'a function is written in JavaScript: CREATE FUNCTION ... LANGUAGE JAVASCRIPT',
  PARTITIONS: 'they are the folders of the files: SELECT DISTINCT their columns FROM t',
  CONNECTIONS: 'the connections are on the page Connections',
};
/** What a script cannot create, so that there is no statement to show. */
const NEVER_CREATED = ['CATALOG', 'DATABASE', 'FUNCTION', 'MODEL', 'MATERIALIZED'];
/** The one module there is: the functions of the platform. */
export const MODULE = 'core';

/** SHOW list [FROM database] [LIKE 'pattern'] | SHOW COLUMNS FROM t [LIKE 'pattern'] | SHOW CREATE {TABLE | VIEW} t */
export function parseShow(cursor: Cursor): Show {
  const first = cursor.expect('SHOW');
  const list = LISTS.find(([words]) => cursor.accept(...words));
  if (list !== undefined) {
    const of = list[1] === 'databases' ? 'catalog' : 'database';
    const database = cursor.is('FROM', 'IN') ? parseOwner(cursor, of) : [];
    return { kind: 'show', what: list[1], name: undefined, database, like: parseLike(cursor), ...cursor.since(first) };
  }
  if (cursor.accept('COLUMNS')) {
    if (!cursor.accept('FROM') && !cursor.accept('IN')) cursor.fail('FROM and a table', ['FROM', 'IN']);
    const name = parseTableName(cursor);
    return { kind: 'show', what: 'columns', name, database: [], like: parseLike(cursor), ...cursor.since(first) };
  }
  if (!cursor.accept('CREATE')) {
    const remedy = OF_A_SESSION[cursor.token.word];
    if (remedy !== undefined) cursor.unsupported(cursor.token, `SHOW ${cursor.token.word}`, remedy);
    return cursor.fail('TABLES, VIEWS, FUNCTIONS, COLUMNS, CREATE TABLE or CREATE VIEW', SHOWN);
  }
  if (cursor.sees(...NEVER_CREATED)) {
    const remedy = 'of tables and views there is SHOW CREATE TABLE and SHOW CREATE VIEW';
    cursor.unsupported(cursor.token, `SHOW CREATE ${cursor.token.word}`, remedy);
  }
  if (!cursor.accept('TABLE') && !cursor.accept('VIEW')) cursor.fail('TABLE or VIEW', ['TABLE', 'VIEW']);
  const name = parseTableName(cursor);
  return { kind: 'show', what: 'create', name, database: [], like: undefined, ...cursor.since(first) };
}

/** FROM [catalog .] database; of SHOW DATABASES FROM catalog. */
function parseOwner(cursor: Cursor, what: 'catalog' | 'database'): readonly Name[] {
  cursor.advance();
  return expectKnown(cursor, what);
}

/** The one catalog or database there is; another one is reported. */
function expectKnown(cursor: Cursor, what: 'catalog' | 'database'): readonly Name[] {
  const path = [cursor.name(`a ${what}`)];
  while (what === 'database' && cursor.accept('.')) path.push(cursor.name('a database'));
  const known = what === 'catalog' ? [CATALOG] : path.length === 2 ? [CATALOG, DATABASE] : [DATABASE];
  if (path.length === known.length && path.every(({ text }, at) => text === known[at])) return path;
  const at = { from: path[0]?.from ?? 0, to: cursor.previous.to };
  const fix = { title: `Change to ${known.join('.')}`, insert: known.join('.'), ...at };
  const written = path.map(({ text }) => text).join('.');
  cursor.report.error('sql.unsupported', at, `There is no ${what} ${written}: ${ONE_DATABASE}.`, fix);
  return path;
}

/** [[NOT] {LIKE | ILIKE} 'pattern'] */
function parseLike(cursor: Cursor): Show['like'] {
  const not = cursor.accept('NOT');
  const ignoreCase = !cursor.accept('LIKE') && cursor.accept('ILIKE');
  if (!ignoreCase && cursor.previous.word !== 'LIKE') {
    if (not) cursor.fail('LIKE', ['LIKE']);
    return undefined;
  }
  return { pattern: cursor.string("a pattern such as 'order%'").text, not, ignoreCase };
}

/** USE [CATALOG] name | USE MODULES name: the one there is. */
export function parseUse(cursor: Cursor): Use {
  const first = cursor.expect('USE');
  if (cursor.sees('MODULES')) {
    cursor.advance();
    const modules = cursor.list(() => cursor.name('a module'));
    const other = modules.find(({ text }) => text !== MODULE);
    if (other !== undefined) {
      const message = `There is no module ${other.text}: the functions of ${MODULE} are all there are, see SHOW FUNCTIONS.`;
      cursor.report.error('sql.unsupported', other, message);
    }
    return { kind: 'use', path: modules, ...cursor.since(first) };
  }
  const path = expectKnown(cursor, cursor.accept('CATALOG') ? 'catalog' : 'database');
  return { kind: 'use', path, ...cursor.since(first) };
}

/** {DESCRIBE | DESC} {[EXTENDED] t | FUNCTION [EXTENDED] f | CATALOG [EXTENDED] c} */
export function parseDescribe(cursor: Cursor): Describe {
  const first = cursor.advance();
  cursor.accept('EXTENDED');
  const isWord = ['string', 'word', 'quoted'].includes(cursor.ahead(1).kind);
  if (isWord && cursor.sees('JOB', 'DATABASE', 'MODEL'))
    cursor.unsupported(cursor.token, `${first.word} ${cursor.token.word}`, 'write DESCRIBE and a table');
  const what = isWord ? (['function', 'catalog'] as const).find((word) => cursor.sees(word.toUpperCase())) : undefined;
  if (what === undefined)
    return { kind: 'describe', what: 'table', name: parseTableName(cursor), ...cursor.since(first) };
  cursor.advance();
  cursor.accept('EXTENDED');
  const name = what === 'function' ? cursor.name('a function name') : expectKnown(cursor, 'catalog')[0];
  if (name === undefined) return cursor.fail('a catalog');
  return { kind: 'describe', what, name, ...cursor.since(first) };
}

/** DROP [TEMPORARY [SYSTEM]] {TABLE | VIEW | FUNCTION} [IF EXISTS] name */
export function parseDrop(cursor: Cursor): Drop {
  const first = cursor.expect('DROP');
  if (cursor.accept('TEMPORARY')) cursor.accept('SYSTEM');
  if (cursor.sees('CATALOG', 'DATABASE', 'MATERIALIZED', 'MODEL')) {
    cursor.unsupported(
      { from: first.from, to: cursor.token.to },
      `DROP ${cursor.token.word}`,
      'use DROP TABLE, DROP VIEW or DROP FUNCTION',
    );
  }
  const what = (['TABLE', 'VIEW', 'FUNCTION'] as const).find((word) => cursor.accept(word));
  if (what === undefined) return cursor.fail('TABLE, VIEW or FUNCTION', ['TABLE', 'VIEW', 'FUNCTION', 'TEMPORARY']);
  const ifExists = cursor.accept('IF', 'EXISTS');
  const kind = ({ TABLE: 'table', VIEW: 'view', FUNCTION: 'function' } as const)[what];
  const name = kind === 'function' ? cursor.name('a function name') : parseTableName(cursor, `a ${kind} name`);
  if (kind === 'function') cursor.forgetFunction(name);
  return { kind: 'drop', what: kind, name, ifExists, ...cursor.since(first) };
}
