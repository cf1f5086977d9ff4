import type { DataType } from '@millrace/model';
import type { IntervalQualifier } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** Units an INTERVAL is declared with, from coarse to fine, in the two families that do not mix. */
const FAMILIES = [
  { unit: 'months', from: ['YEAR', 'QUARTER', 'MONTH'], range: ['YEAR', 'MONTH'] },
  { unit: 'milliseconds', from: ['WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'], range: ['DAY', 'HOUR', 'MINUTE', 'SECOND'] },
] as const; // biome-ignore format: a table

const UNITS = FAMILIES.flatMap(({ from }) => [...from]);
/** Digits of the first unit, and of a second behind the point. */
const DIGITS_MAX = 10;
const FRACTION_MAX = 9;

/**
 * INTERVAL unit['(' p [',' s] ')'] [TO unit['(' s ')']]: YEAR [TO MONTH], MONTH, DAY TO SECOND(3), ... An INTERVAL is held in months or in
 * milliseconds, whatever its units, as in Flink; so how many digits it has is read and checked, and changes nothing.
 */
export function parseIntervalType(cursor: Cursor): DataType {
  cursor.advance();
  return { kind: 'interval', unit: parseUnits(cursor), nullable: true };
}

/** The units behind `(a - b)`, those of a type; undefined when none stands here. */
export function parseQualifier(cursor: Cursor): IntervalQualifier | undefined {
  if (!cursor.sees(...UNITS, ...UNITS.map(pluralOf))) return undefined;
  const first = cursor.token;
  return { unit: parseUnits(cursor), ...cursor.since(first) };
}

function parseUnits(cursor: Cursor): IntervalQualifier['unit'] {
  const first = parseUnitName(cursor, UNITS);
  const family = FAMILIES.find(({ from: units }) => units.some((unit) => unit === first)) ?? FAMILIES[1];
  parseDigits(cursor, first === 'SECOND' ? 2 : 1);
  const at = family.range.findIndex((unit) => unit === first);
  const ends = at < 0 ? [] : family.range.slice(at + 1);
  if (ends.length > 0 && cursor.accept('TO')) {
    if (parseUnitName(cursor, ends) === 'SECOND') parseDigits(cursor, 1, FRACTION_MAX);
  }
  return family.unit;
}

function pluralOf(unit: string): string {
  return `${unit}S`;
}

/** One of `units`, singular or plural. */
function parseUnitName(cursor: Cursor, units: readonly string[]): string {
  const isNext = (name: string) => cursor.is(name) || cursor.sees(pluralOf(name));
  const name = units.find(isNext) ?? cursor.fail(`a unit of INTERVAL: ${units.join(', ')}`, units);
  cursor.advance();
  return name;
}

/** '(' digits [',' digits of a second] ')' */
function parseDigits(cursor: Cursor, most: 1 | 2, limit = DIGITS_MAX): void {
  if (!cursor.accept('(')) return;
  parseCount(cursor, limit === FRACTION_MAX ? 0 : 1, limit);
  if (most === 2 && cursor.accept(',')) parseCount(cursor, 0, FRACTION_MAX);
  cursor.expect(')');
}

function parseCount(cursor: Cursor, least: number, most: number): void {
  const { token } = cursor;
  if (token.kind !== 'number' || !/^\d{1,9}$/.test(token.text)) cursor.fail('a whole number');
  const count = Number(token.text);
  if (count < least || count > most) {
    cursor.report.error('sql.invalid-type', token, `The digits of a unit of INTERVAL are ${least} to ${most}.`);
  }
  cursor.advance();
}
