import type { LiteralExpression } from '@millrace/plan';
import type { IntervalLiteral } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { TimeUnit } from '../keyword.ts';
import { intervalLiteral } from './literal.ts';

export const MS_OF_UNIT = {
  MILLISECOND: 1,
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 604_800_000,
} as const;
const MONTHS_OF_UNIT = { MONTH: 1, QUARTER: 3, YEAR: 12 } as const;

/** Beyond this an interval is a slip of the keyboard: ten thousand years. */
const INTERVAL_MS_MAX = 10_000 * 366 * 86_400_000;

function msOfUnit(unit: TimeUnit): number | undefined {
  return unit in MS_OF_UNIT ? MS_OF_UNIT[unit as keyof typeof MS_OF_UNIT] : undefined;
}

/** INTERVAL '5' MINUTE, INTERVAL '1:30' MINUTE TO SECOND, INTERVAL '1-6' YEAR TO MONTH, with an optional sign. */
export function bindInterval(interval: IntervalLiteral, report: Report): LiteralExpression | undefined {
  const text = interval.value.trim();
  const negative = interval.negative !== text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  const value = interval.end === undefined ? single(digits, interval.unit) : range(digits, interval.unit, interval.end);
  if (value === undefined) {
    const example = interval.end === undefined ? `'5' ${interval.unit}` : exampleOf(interval.unit, interval.end);
    const message = `'${interval.value}' is not a value of this interval: write for example INTERVAL ${example}.`;
    return report.error('sql.invalid-literal', interval.valueSpan, message);
  }
  if (value.amount > INTERVAL_MS_MAX) {
    return report.error('sql.invalid-literal', interval.valueSpan, 'The interval is longer than ten thousand years.');
  }
  return intervalLiteral(negative ? -value.amount : value.amount, value.unit);
}

type Amount = { readonly amount: number; readonly unit: 'months' | 'milliseconds' };

function single(digits: string, unit: TimeUnit): Amount | undefined {
  const ms = msOfUnit(unit);
  if (ms === undefined) {
    if (!/^\d{1,9}$/.test(digits)) return undefined;
    return { amount: Number(digits) * MONTHS_OF_UNIT[unit as keyof typeof MONTHS_OF_UNIT], unit: 'months' };
  }
  const pattern = unit === 'SECOND' ? /^\d{1,15}(\.\d{1,3})?$/ : /^\d{1,15}$/;
  return pattern.test(digits) ? { amount: Math.round(Number(digits) * ms), unit: 'milliseconds' } : undefined;
}

const CLOCK: readonly TimeUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];

function range(digits: string, from: TimeUnit, to: TimeUnit): Amount | undefined {
  if (from === 'YEAR' && to === 'MONTH') {
    const match = /^(\d{1,4})-(\d{1,2})$/.exec(digits);
    if (match === null || Number(match[2]) > 11) return undefined;
    return { amount: Number(match[1]) * 12 + Number(match[2]), unit: 'months' };
  }
  const units = CLOCK.slice(CLOCK.indexOf(from), CLOCK.indexOf(to) + 1);
  if (!CLOCK.includes(from) || !CLOCK.includes(to) || units.length < 2) return undefined;
  const parts = digits.split(/[ :]/);
  if (parts.length !== units.length) return undefined;
  let amount = 0;
  for (const [at, unit] of units.entries()) {
    const part = single(parts[at] ?? '', unit);
    if (part === undefined) return undefined;
    amount += part.amount;
  }
  return { amount, unit: 'milliseconds' };
}

function exampleOf(from: TimeUnit, to: TimeUnit): string {
  if (from === 'YEAR') return "'1-6' YEAR TO MONTH";
  return from === 'DAY' ? "'1 06:30:00' DAY TO SECOND" : `'1:30' ${from} TO ${to}`;
}
