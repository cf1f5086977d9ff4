import { type DataType, digitsHeld, type FineTimestamp, isFineTimestamp, ticksOf } from '@millrace/model';
import type { Expression, LiteralExpression } from '@millrace/plan';
import type { Expr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { type IntegerKind, isInteger, withNullable } from './type-rule.ts';

/** Literals of a plan made from the text of a script, digit by digit. Undefined: the text is no such value. */

const DECIMAL_DIGITS_MAX = 38;
const INTEGER_MAX: Readonly<Record<IntegerKind, bigint>> = {
  tinyint: 127n,
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};

export function nullLiteral(type: DataType): LiteralExpression {
  return { kind: 'literal', value: null, type: withNullable(type, true) };
}

export function booleanLiteral(value: boolean): LiteralExpression {
  return { kind: 'literal', value, type: { kind: 'boolean', nullable: false } };
}

export function stringLiteral(value: string): LiteralExpression {
  return { kind: 'literal', value, type: { kind: 'string', nullable: false } };
}

export function integerLiteral(value: bigint, kind: IntegerKind): LiteralExpression {
  const plain = kind === 'bigint' ? value.toString() : Number(value);
  return { kind: 'literal', value: plain, type: { kind, nullable: false } };
}

export function intervalLiteral(value: number, unit: 'months' | 'milliseconds'): LiteralExpression {
  return { kind: 'literal', value, type: { kind: 'interval', unit, nullable: false } };
}

export function fitsInteger(value: bigint, kind: IntegerKind): boolean {
  const max = INTEGER_MAX[kind];
  return value <= max && value >= -max - 1n;
}

/** 100 is INT, 3000000000 BIGINT, more digits DECIMAL(n, 0), 1.50 DECIMAL(3, 2), 1e3 DOUBLE. */
export function numberLiteral(text: string): LiteralExpression | undefined {
  if (/[eE]/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { kind: 'literal', value, type: { kind: 'double', nullable: false } } : undefined;
  }
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (fraction === '') {
    const value = BigInt(`${sign === '-' && /[1-9]/.test(whole) ? '-' : ''}${whole}`);
    if (fitsInteger(value, 'integer')) return integerLiteral(value, 'integer');
    if (fitsInteger(value, 'bigint')) return integerLiteral(value, 'bigint');
  }
  const scale = fraction.length;
  const unscaled = BigInt(`${whole}${fraction}`);
  // A zero before the point counts: 0.1 is a DECIMAL(2, 1).
  const leading = whole === '' || scale === 0 || scale === DECIMAL_DIGITS_MAX ? 0 : 1;
  const precision = Math.max(unscaled.toString().length, scale + leading, 1);
  if (precision > DECIMAL_DIGITS_MAX) return undefined;
  return decimalLiteral(sign === '-' ? -unscaled : unscaled, precision, scale);
}

export function decimalLiteral(unscaled: bigint, precision: number, scale: number): LiteralExpression {
  return {
    kind: 'literal',
    value: formatUnscaled(unscaled, scale),
    type: { kind: 'decimal', precision, scale, nullable: false },
  };
}

function formatUnscaled(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The value of an exact literal as unscaled digits and a scale. */
export function exactValueOf(literal: Expression): { readonly unscaled: bigint; readonly scale: number } | undefined {
  if (literal.kind !== 'literal' || literal.value === null) return undefined;
  if (isInteger(literal.type)) return { unscaled: BigInt(String(literal.value)), scale: 0 };
  if (literal.type.kind !== 'decimal' || typeof literal.value !== 'string') return undefined;
  return { unscaled: BigInt(literal.value.replace('.', '')), scale: literal.type.scale };
}

/** 'yyyy-mm-dd' as days since 1970-01-01. */
function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const ms = Date.UTC(2000, month - 1, day);
  const date = new Date(ms);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / 86_400_000 : undefined;
}

/** 'hh:mm[:ss[.fff]]' as ms of the day; digits beyond ms are cut. */
function parseTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Number((match[4] ?? '0').slice(0, 3).padEnd(3, '0'));
}

/** 'yyyy-mm-dd[ hh:mm:ss[.fff]]' as epoch ms. */
function parseTimestamp(text: string): number | undefined {
  const [date = '', time, ...rest] = text.trim().split(/[ T]+/);
  const days = parseDate(date);
  const ms = time === undefined ? 0 : parseTime(time);
  return days === undefined || ms === undefined || rest.length > 0 ? undefined : days * 86_400_000 + ms;
}

/** The digits of a second in a text that is a time, as many as are written. */
function fractionOf(text: string): string {
  return /\.(\d+)\s*$/.exec(text)?.[1] ?? '';
}

function parseTicks(text: string, type: FineTimestamp): string | undefined {
  const ms = parseTimestamp(text);
  const nanosOfMs = Number(fractionOf(text).slice(3, 9).padEnd(6, '0'));
  return ms === undefined ? undefined : String(ticksOf(ms, nanosOfMs, type));
}

/** A string as a literal of a date or time type. */
export function datetimeLiteral(text: string, type: DataType): LiteralExpression | undefined {
  let value: number | string | undefined;
  if (type.kind === 'date') value = parseDate(text);
  else if (type.kind === 'time') value = parseTime(text);
  else if (isFineTimestamp(type)) value = parseTicks(text, type);
  else if (type.kind === 'timestamp' || type.kind === 'timestamp_ltz') value = parseTimestamp(text);
  return value === undefined ? undefined : { kind: 'literal', value, type: withNullable(type, false) };
}

/** A constant timestamp with more digits, zeros behind those it has; undefined when digits would be lost. */
export function widerTimestamp({ value, type }: LiteralExpression, to: DataType): LiteralExpression | undefined {
  if (value === null || type.kind !== to.kind || !isFineTimestamp(to) || digitsHeld(type) > to.precision)
    return undefined;
  const step = 10n ** BigInt(to.precision - digitsHeld(type));
  return { kind: 'literal', value: String(BigInt(value) * step), type: withNullable(to, false) };
}

/** Hexadecimal digits as base64. */
export function bytesLiteral(hex: string): LiteralExpression | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
  let binary = '';
  for (let at = 0; at < hex.length; at += 2) binary += String.fromCharCode(Number.parseInt(hex.slice(at, at + 2), 16));
  return { kind: 'literal', value: btoa(binary), type: { kind: 'bytes', nullable: false } };
}

/** DATE '...', TIME '...', TIMESTAMP '...'; TIMESTAMP '2026-11-24 12:30:00.5' is a TIMESTAMP(1). Undefined after a report. */
export function bindDatetimeLiteral(expr: Extract<Expr, { kind: 'datetime' }>, report: Report): Expression | undefined {
  const type =
    expr.type === 'DATE'
      ? ({ kind: 'date', nullable: false } as const)
      : ({
          kind: expr.type === 'TIME' ? 'time' : 'timestamp',
          precision: Math.min(expr.type === 'TIME' ? 3 : 9, fractionOf(expr.value).length),
          nullable: false,
        } as const);
  const examples = { DATE: '2026-11-24', TIME: '12:30:00', TIMESTAMP: '2026-11-24 12:30:00' };
  const message = `'${expr.value}' is no ${expr.type}: write for example ${expr.type} '${examples[expr.type]}'.`;
  return datetimeLiteral(expr.value, type) ?? report.error('sql.invalid-literal', expr.valueSpan, message);
}
