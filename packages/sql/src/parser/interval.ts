import type { Expr } from '../ast.ts';
import { TIME_UNITS, type TimeUnit, timeUnitOf } from '../keyword.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';

const PLURALS = TIME_UNITS.flatMap((unit) => [unit, `${unit}S`]);

/** INTERVAL ['-'] 'value' unit[(p)] [TO unit[(p)]] */
export function parseInterval(cursor: Cursor): Expr {
  const first = cursor.expect('INTERVAL');
  const negative = cursor.accept('-');
  if (cursor.token.kind === 'number') {
    const { text, from, to } = cursor.token;
    const fix = { title: `Change to '${text}'`, insert: `'${text}'`, from, to };
    cursor.refuse(
      'sql.syntax',
      cursor.token,
      `The value of INTERVAL stands in quotes: INTERVAL '${text}' MINUTE.`,
      fix,
    );
  }
  const value = cursor.string("a value in quotes such as '5'");
  refuseUnitInside(cursor, value);
  const unit = parseUnit(cursor);
  const end = cursor.accept('TO') ? parseUnit(cursor) : undefined;
  const valueSpan = { from: value.from, to: value.to };
  return { kind: 'interval', value: value.text, valueSpan, negative, unit, end, ...cursor.since(first) };
}

/** INTERVAL '5 minutes', as PostgreSQL takes it. */
function refuseUnitInside(cursor: Cursor, { text, from, to }: Token): void {
  const [, count, word] = /^\s*(-?\d+)\s*([A-Za-z]+)\s*$/.exec(text) ?? [];
  const unit = timeUnitOf(word?.toUpperCase() ?? '');
  if (count === undefined || unit === undefined) return;
  const insert = `'${count}' ${unit}`;
  const fix = { title: `Change to ${insert}`, insert, from, to };
  cursor.refuse('sql.syntax', { from, to }, `The unit of INTERVAL stands behind the quotes: INTERVAL ${insert}.`, fix);
}

/** A time unit, singular or plural, with an optional precision that changes nothing. */
export function parseUnit(cursor: Cursor): TimeUnit {
  cursor.expects('time unit');
  const unit = timeUnitOf(cursor.token.word);
  if (unit === undefined) return cursor.fail('a time unit such as SECOND or MINUTE', PLURALS);
  cursor.advance();
  if (cursor.is('(') && cursor.ahead(1).kind === 'number' && cursor.ahead(2).word === ')') {
    cursor.advance();
    cursor.advance();
    cursor.advance();
  }
  return unit;
}
