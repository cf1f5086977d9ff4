import type { Reset, SetOption, Show } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** RESET ['key'] */
export function parseReset(cursor: Cursor): Reset {
  const first = cursor.expect('RESET');
  if (cursor.is(';') || cursor.atEnd) return { kind: 'reset', key: undefined, ...cursor.since(first) };
  refuseUnquotedSetting(cursor, (name) => `RESET ${name}`);
  const key = cursor.string("a setting such as 'table.exec.source.idle-timeout'");
  return { kind: 'reset', key: key.text, ...cursor.since(first) };
}

/** SET 'key' = 'value'; SET alone shows what is set. */
export function parseSet(cursor: Cursor): SetOption | Show {
  const first = cursor.expect('SET');
  if (cursor.is(';') || cursor.atEnd) {
    const nothing = { name: undefined, database: [], like: undefined };
    return { kind: 'show', what: 'settings', ...nothing, ...cursor.since(first) };
  }
  refuseUnquotedSetting(cursor, (name) => `SET ${name} = '...'`);
  const key = cursor.string("a setting such as 'table.exec.source.idle-timeout'");
  cursor.expect('=');
  const value = cursor.string('a value in quotes');
  const keySpan = { from: key.from, to: key.to };
  const valueSpan = { from: value.from, to: value.to };
  return { kind: 'set', key: key.text, keySpan, value: value.text, valueSpan, ...cursor.since(first) };
}

/** SET a.b = 'c', as the SQL client of older Flinks took it. */
function refuseUnquotedSetting(cursor: Cursor, example: (name: string) => string): void {
  const first = cursor.token;
  if (first.kind !== 'word') return;
  while (cursor.token.kind === 'word' || cursor.is('.', '-')) cursor.advance();
  const span = cursor.since(first);
  const insert = `'${cursor.report.source.slice(span)}'`;
  const fix = { title: `Change to ${insert}`, insert, ...span };
  cursor.refuse('sql.syntax', span, `The name of a setting stands in quotes: ${example(insert)}.`, fix);
}
