import type { Expr, IntervalLiteral } from '../ast.ts';
import { RESERVED, TIME_UNITS, type TimeUnit, timeUnitOf } from '../keyword.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';

const PLURALS = TIME_UNITS.flatMap((unit) => [unit, `${unit}S`]);

/**
 * INTERVAL ['-'] 'value' unit[(p)] [TO unit[(p)]], or as Flink also takes it INTERVAL ['-'] {n | column | (expression)} unit, which is so many times
 * one of the unit.
 */
export function parseInterval(cursor: Cursor, expression: () => Expr): Expr {
  const first = cursor.expect('INTERVAL');
  const negative = cursor.accept('-');
  return isCount(cursor) ? parseMultiple(cursor, first, negative, expression) : parseQuoted(cursor, first, negative);
}

/** INTERVAL ['-'] 'value' unit[(p)] [TO unit[(p)]], where only a constant may stand. */
export function parseIntervalLiteral(cursor: Cursor): IntervalLiteral {
  const first = cursor.expect('INTERVAL');
  return parseQuoted(cursor, first, cursor.accept('-'));
}

function parseQuoted(cursor: Cursor, first: Token, negative: boolean): IntervalLiteral {
  const value = cursor.string("a value in quotes such as '5'");
  refuseUnitInside(cursor, value);
  const unit = parseUnit(cursor);
  const end = cursor.accept('TO') ? parseUnit(cursor) : undefined;
  const valueSpan = { from: value.from, to: value.to };
  return { kind: 'interval', value: value.text, valueSpan, negative, unit, end, ...cursor.since(first) };
}

function isCount(cursor: Cursor): boolean {
  const { kind, word } = cursor.token;
  return kind === 'number' || kind === 'quoted' || word === '(' || (kind === 'word' && !RESERVED.has(word));
}

/** `INTERVAL n DAY` is n * INTERVAL '1' DAY. */
function parseMultiple(cursor: Cursor, first: Token, negative: boolean, expression: () => Expr): Expr {
  const count = parseCount(cursor, expression);
  const unitAt = cursor.token;
  const unit = parseUnit(cursor);
  const span = cursor.since(unitAt);
  const one: Expr = { kind: 'interval', value: '1', valueSpan: span, negative, unit, end: undefined, ...span };
  const product = { kind: 'binary', operator: '*', operatorSpan: span, left: count, right: one } as const;
  return cursor.node({ ...product, ...cursor.since(first) }, count, one);
}

function parseCount(cursor: Cursor, expression: () => Expr): Expr {
  const { kind, text, from, to } = cursor.token;
  if (kind === 'number') {
    const fix = { title: `Change to '${text}'`, insert: `'${text}'`, from, to };
    if (!/^\d+$/.test(text)) {
      cursor.refuse('sql.syntax', cursor.token, `Parts of a unit stand in quotes: INTERVAL '${text}' SECOND.`, fix);
    }
    cursor.advance();
    return { kind: 'number', text, from, to };
  }
  if (cursor.accept('(')) {
    const inner = expression();
    cursor.expect(')');
    return inner;
  }
  const path = [cursor.name('a column name')];
  while (cursor.accept('.')) path.push(cursor.name('a column name'));
  return { kind: 'column', path, from, to: cursor.previous.to };
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
