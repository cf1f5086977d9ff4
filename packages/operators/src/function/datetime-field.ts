import { StreamError } from '@millrace/model';
import { civilFromDays, DAY_MS, daysFromCivil, daysOf, isoDayOfWeek, isoWeek, msOfDay } from './calendar.ts';

/** EXTRACT of an epoch-ms time, by upper-case unit. Undefined for a unit that is none. */
export const DATETIME_FIELDS: Readonly<Record<string, (epochMs: number) => number>> = {
  MILLENNIUM: (ms) => Math.ceil(yearOf(ms) / 1000),
  CENTURY: (ms) => Math.ceil(yearOf(ms) / 100),
  DECADE: (ms) => Math.floor(yearOf(ms) / 10),
  YEAR: yearOf,
  ISOYEAR: (ms) => isoWeek(daysOf(ms)).year,
  QUARTER: (ms) => Math.ceil(monthOf(ms) / 3),
  MONTH: monthOf,
  WEEK: (ms) => isoWeek(daysOf(ms)).week,
  DAY: (ms) => civilFromDays(daysOf(ms)).day,
  DOY: (ms) => daysOf(ms) - daysFromCivil(yearOf(ms), 1, 1) + 1,
  /** Sunday is 1, as in Flink. */
  DOW: (ms) => (isoDayOfWeek(daysOf(ms)) % 7) + 1,
  ISODOW: (ms) => isoDayOfWeek(daysOf(ms)),
  HOUR: (ms) => Math.floor(msOfDay(ms) / 3_600_000),
  MINUTE: (ms) => Math.floor(msOfDay(ms) / 60_000) % 60,
  SECOND: (ms) => Math.floor(msOfDay(ms) / 1000) % 60,
  /** Of the second, as Flink's EXTRACT(MILLISECOND ...). */
  MILLISECOND: (ms) => Math.floor(msOfDay(ms)) % 1000,
  MICROSECOND: (ms) => (Math.floor(msOfDay(ms)) % 1000) * 1000,
  NANOSECOND: (ms) => (Math.floor(msOfDay(ms)) % 1000) * 1_000_000,
  EPOCH: (ms) => Math.floor(ms / 1000),
};

/** The start of the unit that holds `epochMs`, by upper-case unit. */
export const DATETIME_TRUNCATIONS: Readonly<Record<string, (epochMs: number) => number>> = {
  MILLENNIUM: (ms) => yearStart(Math.floor((yearOf(ms) - 1) / 1000) * 1000 + 1),
  CENTURY: (ms) => yearStart(Math.floor((yearOf(ms) - 1) / 100) * 100 + 1),
  DECADE: (ms) => yearStart(Math.floor(yearOf(ms) / 10) * 10),
  YEAR: (ms) => yearStart(yearOf(ms)),
  QUARTER: (ms) => monthStart(yearOf(ms), Math.floor((monthOf(ms) - 1) / 3) * 3 + 1),
  MONTH: (ms) => monthStart(yearOf(ms), monthOf(ms)),
  /** Sunday, as in Flink; EXTRACT(WEEK) counts ISO weeks, which begin on Monday. */
  WEEK: (ms) => (daysOf(ms) - (isoDayOfWeek(daysOf(ms)) % 7)) * DAY_MS,
  DAY: (ms) => daysOf(ms) * DAY_MS,
  HOUR: (ms) => Math.floor(ms / 3_600_000) * 3_600_000,
  MINUTE: (ms) => Math.floor(ms / 60_000) * 60_000,
  SECOND: (ms) => Math.floor(ms / 1000) * 1000,
  MILLISECOND: Math.floor,
};

/** The entry of `units` called `unit` in any case; throws `expression.bad-unit` with what is allowed. */
export function unitNamed<T>(units: Readonly<Record<string, T>>, unit: string): T {
  const name = unit.toUpperCase();
  const found = Object.hasOwn(units, name) ? units[name] : undefined;
  if (found !== undefined) return found;
  throw new StreamError('expression.bad-unit', `'${unit}' is no unit of time; use ${Object.keys(units).join(', ')}.`, {
    domain: 'user',
    retry: 'never',
  });
}

function yearOf(ms: number): number {
  return civilFromDays(daysOf(ms)).year;
}

function monthOf(ms: number): number {
  return civilFromDays(daysOf(ms)).month;
}

function yearStart(year: number): number {
  return monthStart(year, 1);
}

function monthStart(year: number, month: number): number {
  return daysFromCivil(year, month, 1) * DAY_MS;
}
