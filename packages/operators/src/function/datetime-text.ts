import { civilFromDays, DAY_MS, daysIfValid, daysOf, msOfDay } from './calendar.ts';

/*
 * Dates and times as SQL text. Reading accepts what Flink's casts accept: `yyyy-M-d`, `HH:mm[:ss[.fraction]]`, both
 * joined by a space or a T, and for ISO 8601 a trailing Z or offset. Local time is UTC. Digits of the
 * fraction beyond ms are cut, but for `parseMoment`.
 */

/** A point in time to the nanosecond. */
export interface Moment {
  readonly epochMs: number;
  /** What is behind the whole ms, 0 to 999,999. */
  readonly nanosOfMs: number;
}

const DATE = /^(-?\d{1,6})-(\d{1,2})-(\d{1,2})$/;
const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?$/;
const TIMESTAMP = /^(\S+?)(?:[ T](\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{0,9})?)?)\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Days since 1970-01-01; a time of day after the date is checked and cut. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text.trim());
  if (match !== null) return daysIfValid(Number(match[1]), Number(match[2]), Number(match[3]));
  const timestamp = parseTimestamp(text);
  return timestamp === undefined ? undefined : daysOf(timestamp);
}

/** Ms of day. */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + ms;
}

/** Epoch ms. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text.trim());
  return match === null ? undefined : epochMsOf(match);
}

/** All nine digits of the fraction. */
export function parseMoment(text: string): Moment | undefined {
  const match = TIMESTAMP.exec(text.trim());
  const epochMs = match === null ? undefined : epochMsOf(match);
  const fraction = match?.[2]?.split('.')[1] ?? '';
  return epochMs === undefined ? undefined : { epochMs, nanosOfMs: Number(fraction.slice(3).padEnd(6, '0')) };
}

function epochMsOf([, date = '', time, zone]: RegExpExecArray): number | undefined {
  const dateMatch = DATE.exec(date);
  if (dateMatch === null) return undefined;
  const days = daysIfValid(Number(dateMatch[1]), Number(dateMatch[2]), Number(dateMatch[3]));
  const ms = time === undefined ? 0 : parseTime(time);
  if (days === undefined || ms === undefined) return undefined;
  return days * DAY_MS + ms - (zone === undefined ? 0 : offsetMs(zone));
}

/** `Z`, `+02`, `+0200`, `+02:00`. */
export function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(':', '').slice(1);
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${formatYear(year)}-${two(month)}-${two(day)}`;
}

/** With `precision` digits after the second (0 to 3; more are zeros, because values are whole ms). */
export function formatTime(ms: number, precision: number): string {
  const seconds = Math.floor(ms / 1000);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (precision === 0) return text;
  const fraction = Math.floor(ms - seconds * 1000)
    .toString()
    .padStart(3, '0');
  return `${text}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

export function formatTimestamp(epochMs: number, precision: number): string {
  return `${formatDate(daysOf(epochMs))} ${formatTime(msOfDay(epochMs), precision)}`;
}

/** `+1-02`: one year, two months. */
export function formatMonths(months: number): string {
  const size = Math.abs(months);
  return `${months < 0 ? '-' : '+'}${Math.floor(size / 12)}-${two(size % 12)}`;
}

/** `+1 02:03:04.005`: days, then a time. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  return `${ms < 0 ? '-' : '+'}${Math.floor(size / DAY_MS)} ${formatTime(size % DAY_MS, 3)}`;
}

function formatYear(year: number): string {
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0');
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
