import type { Name } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** What a script has: Flink's names of the catalog and the database that a session starts in. */
export const CATALOG = 'default_catalog';
export const DATABASE = 'default_database';

/** Why there is no other one, and what to do. */
export const ONE_DATABASE = `a script declares all its tables in ${CATALOG}.${DATABASE}`;

/** [ '(' name {, name} ')' ] */
export function parseColumnNames(cursor: Cursor): readonly Name[] {
  if (!cursor.is('(') || ['SELECT', 'WITH', '('].includes(cursor.ahead(1).word)) return [];
  cursor.advance();
  const names = cursor.list(() => cursor.name('a column name'));
  cursor.expect(')');
  return names;
}

/** [[catalog .] database .] name; other catalogs and databases than the ones there are, are refused. */
export function parseTableName(cursor: Cursor, what = 'a table name'): Name {
  const first = cursor.name(what);
  if (!cursor.is('.')) return first;
  const path: Name[] = [first];
  while (cursor.accept('.')) path.push(cursor.name(what));
  const name = path.at(-1) ?? first;
  const whole: Name = { ...name, from: first.from, path };
  const [database, catalog] = path.slice(0, -1).reverse();
  const isKnown = (database?.text ?? DATABASE) === DATABASE && (catalog?.text ?? CATALOG) === CATALOG;
  if (isKnown && path.length <= 3) return whole;
  const title = `Change to ${name.text}`;
  const fix = { title, insert: cursor.report.source.slice(name), from: first.from, to: name.to };
  const other =
    path.length > 3
      ? 'more than three names'
      : `${path
          .slice(0, -1)
          .map(({ text }) => text)
          .join('.')}`;
  const message = `There is no ${other} here: ${ONE_DATABASE}; write ${name.text} alone.`;
  cursor.report.error('sql.unsupported', cursor.since(first), message, fix);
  return whole;
}
