import type { Expr, TypeRef } from '../ast.ts';
import { TIME_UNITS } from '../keyword.ts';
import type { Cursor } from './cursor.ts';
import { parseUnit } from './interval.ts';
import { parseJsonCall } from './json-call.ts';

/** Arguments of a call whose parentheses hold words; the opening one is taken, the closing one is left. */
export interface SpecialArguments {
  readonly args: readonly Expr[];
  readonly returning?: TypeRef;
}

/** Handed in, because the expression grammar and this file need each other. `operand` stops before IN. */
export interface ExpressionParsers {
  expression(): Expr;
  operand(): Expr;
}

/** Units only EXTRACT knows. */
const EXTRACT_UNITS = ['DOY', 'DOW', 'ISODOW', 'ISOYEAR', 'EPOCH', 'MICROSECOND', 'NANOSECOND'];
/** EXTRACT, FLOOR and CEIL know them, intervals do not. */
const LONG_UNITS = ['DECADE', 'CENTURY', 'MILLENNIUM'];

/**
 * EXTRACT(unit FROM x), TRIM([BOTH|LEADING|TRAILING] [c] FROM x), POSITION(a IN b), SUBSTRING(x FROM a FOR b), OVERLAY(x PLACING y FROM a FOR b),
 * FLOOR(x TO unit), TIMESTAMPADD(unit, n, x), the JSON functions (json-call.ts): as positional arguments, units and sides as string
 * literals. Undefined when the call has none of these words.
 */
export function parseCallWithWords(
  cursor: Cursor,
  name: string,
  { expression, operand }: ExpressionParsers,
): SpecialArguments | undefined {
  switch (name) {
    case 'EXTRACT': {
      const unit = parseUnitOf(cursor, [...EXTRACT_UNITS, ...LONG_UNITS]);
      cursor.expect('FROM');
      return { args: [unit, expression()] };
    }
    case 'TIMESTAMPADD':
    case 'TIMESTAMPDIFF': {
      const unit = unitLiteral(cursor);
      const args = [unit];
      while (cursor.accept(',')) args.push(expression());
      return { args };
    }
    case 'TRIM':
      return parseTrim(cursor, expression);
    case 'POSITION': {
      const part = operand();
      cursor.expect('IN');
      return { args: [part, operand()] };
    }
    case 'OVERLAY': {
      const args = [expression()];
      if (!cursor.is('PLACING', ',')) cursor.fail('PLACING', ['PLACING']);
      cursor.advance();
      args.push(expression());
      if (!cursor.is('FROM', ',')) cursor.fail('FROM', ['FROM']);
      cursor.advance();
      args.push(expression());
      if (cursor.accept('FOR') || cursor.accept(',')) args.push(expression());
      return { args };
    }
    case 'JSON_VALUE':
    case 'JSON_QUERY':
    case 'JSON_EXISTS':
    case 'JSON_OBJECT':
    case 'JSON_ARRAY':
    case 'JSON_OBJECTAGG':
    case 'JSON_ARRAYAGG':
      return parseJsonCall(cursor, name, expression);
    case 'SUBSTRING':
    case 'FLOOR':
    case 'CEIL':
    case 'CEILING':
      return parseAfterFirst(cursor, name, expression);
    default:
      return undefined;
  }
}

function parseAfterFirst(cursor: Cursor, name: string, expression: () => Expr): SpecialArguments {
  if (cursor.is(')')) return { args: [] };
  const first = expression();
  if (name === 'SUBSTRING' && cursor.accept('FROM')) {
    const from = expression();
    return { args: cursor.accept('FOR') ? [first, from, expression()] : [first, from] };
  }
  if (name !== 'SUBSTRING' && cursor.accept('TO')) return { args: [first, parseUnitOf(cursor, LONG_UNITS)] };
  const args = [first];
  while (cursor.accept(',')) args.push(expression());
  return { args };
}

function parseTrim(cursor: Cursor, expression: () => Expr): SpecialArguments | undefined {
  const first = cursor.token;
  const side = cursor.is('BOTH', 'LEADING', 'TRAILING') ? cursor.advance().word : undefined;
  if (side === undefined && cursor.is(')')) return undefined;
  const sideLiteral: Expr = { kind: 'string', value: side ?? 'BOTH', from: first.from, to: first.from };
  if (cursor.accept('FROM')) return { args: [sideLiteral, expression()] };
  const operand = expression();
  if (cursor.accept('FROM')) return { args: [sideLiteral, expression(), operand] };
  if (side !== undefined) cursor.fail('FROM', ['FROM']);
  const args = [sideLiteral, operand];
  while (cursor.accept(',')) args.push(expression());
  return { args };
}

/** A unit of intervals, or one of these. */
function parseUnitOf(cursor: Cursor, more: readonly string[]): Expr {
  cursor.expects('time unit');
  const { word, from, to } = cursor.token;
  if (more.includes(word)) {
    cursor.advance();
    return { kind: 'string', value: word, from, to };
  }
  return unitLiteral(cursor, [...TIME_UNITS, ...more]);
}

function unitLiteral(cursor: Cursor, known: readonly string[] = TIME_UNITS): Expr {
  cursor.expects('time unit');
  const { from, to, word } = cursor.token;
  if (!known.some((unit) => unit === word || `${unit}S` === word)) cursor.fail('a time unit such as HOUR', known);
  return { kind: 'string', value: parseUnit(cursor), from, to };
}
