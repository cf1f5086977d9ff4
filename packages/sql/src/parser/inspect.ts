import type { Describe, Drop, Show } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTableName } from './query.ts';

const SHOWN = ['TABLES', 'VIEWS', 'FUNCTIONS', 'CREATE'] as const;

/** SHOW TABLES | VIEWS | FUNCTIONS | CREATE TABLE t | CREATE VIEW v */
export function parseShow(cursor: Cursor): Show {
  const first = cursor.expect('SHOW');
  const what = SHOWN.find((word) => cursor.is(word));
  if (what === undefined) {
    if (cursor.sees('CATALOGS', 'DATABASES', 'COLUMNS', 'JOBS', 'JARS', 'MODULES', 'PARTITIONS', 'CURRENT', 'USER')) {
      const remedy = 'use SHOW TABLES, SHOW VIEWS, SHOW FUNCTIONS or DESCRIBE t';
      cursor.unsupported(cursor.token, `SHOW ${cursor.token.word}`, remedy);
    }
    return cursor.fail('TABLES, VIEWS, FUNCTIONS, CREATE TABLE or CREATE VIEW', SHOWN);
  }
  cursor.advance();
  if (what !== 'CREATE') {
    return { kind: 'show', what: lower(what), name: undefined, ...cursor.since(first) };
  }
  if (!cursor.accept('TABLE') && !cursor.accept('VIEW')) cursor.fail('TABLE or VIEW', ['TABLE', 'VIEW']);
  const name = parseTableName(cursor);
  return { kind: 'show', what: 'create', name, ...cursor.since(first) };
}

function lower(what: 'TABLES' | 'VIEWS' | 'FUNCTIONS'): 'tables' | 'views' | 'functions' {
  return ({ TABLES: 'tables', VIEWS: 'views', FUNCTIONS: 'functions' } as const)[what];
}

/** DESCRIBE | DESC [EXTENDED] t */
export function parseDescribe(cursor: Cursor): Describe {
  const first = cursor.advance();
  if (cursor.sees('EXTENDED')) cursor.unsupported(cursor.token, 'DESCRIBE EXTENDED', 'write DESCRIBE t');
  const name = parseTableName(cursor);
  return { kind: 'describe', name, ...cursor.since(first) };
}

/** DROP [TEMPORARY] TABLE | VIEW [IF EXISTS] name */
export function parseDrop(cursor: Cursor): Drop {
  const first = cursor.expect('DROP');
  cursor.accept('TEMPORARY');
  if (cursor.sees('CATALOG', 'DATABASE', 'MATERIALIZED', 'MODEL')) {
    cursor.unsupported(cursor.since(first), `DROP ${cursor.token.word}`, 'use DROP TABLE or DROP VIEW');
  }
  const what = cursor.accept('TABLE') ? 'table' : cursor.accept('VIEW') ? 'view' : undefined;
  if (what === undefined) return cursor.fail('TABLE or VIEW', ['TABLE', 'VIEW', 'TEMPORARY']);
  const ifExists = cursor.accept('IF', 'EXISTS');
  const name = parseTableName(cursor, `a ${what} name`);
  return { kind: 'drop', what, name, ifExists, ...cursor.since(first) };
}
