import type { FormatLetter, FormatToken } from '@millrace/plan';
import { civilFromDays, daysFromCivil, daysOf, isoDayOfWeek, msOfDay } from './calendar.ts';
import { offsetMs } from './datetime-text.ts';

export const NANOS_OF_MS = 1_000_000;

/** What the text of a time has said so far. */
export interface Parsed {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  minute: number;
  second: number;
  /** Of the second, 0 to 999,999,999. */
  nanos: number;
  pm: boolean | undefined;
  zoneMs: number;
}

/** One piece of a format. */
export interface Part {
  /** `nanosOfMs`: what is behind the whole ms, 0 to 999,999. */
  format(epochMs: number, nanosOfMs: number): string;
  readonly regexp: string;
  read(text: string, into: Parsed): void;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

/** How a text or a letter of a format is written and read. Texts are those of English. */
export function partOf(token: Extract<FormatToken, { kind: 'text' | 'letter' }>): Part {
  return token.kind === 'text' ? literal(token.text) : letterPart(token.letter, token.width);
}

function literal(text: string): Part {
  return { format: () => text, regexp: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), read: () => {} };
}

function letterPart(letter: FormatLetter, width: number): Part {
  switch (letter) {
    case 'G':
      return name(
        ['AD'],
        4,
        () => 0,
        () => {},
      );
    case 'Q':
    case 'q':
      return quarter(width);
    case 'y':
    case 'u':
      return width === 2
        ? number(
            2,
            (ms) => civil(ms).year % 100,
            (value, into) => (into.year = 2000 + value),
          )
        : number(
            width,
            (ms) => civil(ms).year,
            (value, into) => (into.year = value),
            6,
          );
    case 'M':
    case 'L':
      return width >= 3
        ? name(
            MONTHS,
            width,
            (ms) => civil(ms).month - 1,
            (value, into) => (into.month = value + 1),
          )
        : number(
            width,
            (ms) => civil(ms).month,
            (value, into) => (into.month = value),
          );
    case 'd':
      return number(
        width,
        (ms) => civil(ms).day,
        (value, into) => (into.day = value),
      );
    case 'D':
      return number(width, dayOfYear, (value, into) => (into.dayOfYear = value), 3);
    case 'E':
      return name(
        WEEKDAYS,
        width,
        (ms) => isoDayOfWeek(daysOf(ms)) - 1,
        () => {},
      );
    case 'H':
      return number(width, hourOf, (value, into) => (into.hour = value));
    case 'k':
      return number(
        width,
        (ms) => hourOf(ms) || 24,
        (value, into) => (into.hour = value % 24),
      );
    case 'K':
      return number(
        width,
        (ms) => hourOf(ms) % 12,
        (value, into) => (into.hour = value),
      );
    case 'A':
      return number(width, (ms) => Math.floor(msOfDay(ms)), readMsOfDay, 8);
    case 'n':
      return number(width, nanosOfSecond, (value, into) => (into.nanos = value), 9);
    case 'h':
      return number(
        width,
        (ms) => hourOf(ms) % 12 || 12,
        (value, into) => (into.hour = value),
      );
    case 'm':
      return number(
        width,
        (ms) => Math.floor(ms / 60_000),
        (value, into) => (into.minute = value),
        2,
        60,
      );
    case 's':
      return number(
        width,
        (ms) => Math.floor(ms / 1000),
        (value, into) => (into.second = value),
        2,
        60,
      );
    case 'S':
      return fraction(width);
    case 'a':
      return name(
        ['AM', 'PM'],
        4,
        (ms) => (hourOf(ms) < 12 ? 0 : 1),
        (value, into) => (into.pm = value === 1),
      );
    case 'X':
    case 'x':
    case 'Z':
      return zone(letter, width);
  }
}

function number(
  width: number,
  value: (epochMs: number, nanosOfMs: number) => number,
  set: (value: number, into: Parsed) => void,
  digitsMax = Math.max(width, 2),
  modulus?: number,
): Part {
  const regexp = width === 1 ? `\\d{1,${digitsMax}}` : `\\d{${width}}`;
  const format = (ms: number, nanos: number) => {
    const found = value(ms, nanos);
    const wrapped = modulus === undefined ? found : ((found % modulus) + modulus) % modulus;
    return String(wrapped).padStart(width, '0');
  };
  return { format, regexp, read: (text, into) => set(Number(text), into) };
}

function name(
  names: readonly string[],
  width: number,
  value: (epochMs: number) => number,
  set: (value: number, into: Parsed) => void,
): Part {
  const shown = width === 4 ? names : names.map((full) => full.slice(0, width > 4 ? 1 : 3));
  return {
    format: (ms) => shown[value(ms)] ?? '',
    regexp: shown.join('|'),
    read: (text, into) =>
      set(
        shown.findIndex((full) => full.toLowerCase() === text.toLowerCase()),
        into,
      ),
  };
}

function fraction(width: number): Part {
  return {
    format: (ms, nanos) => String(nanosOfSecond(ms, nanos)).padStart(9, '0').padEnd(width, '0').slice(0, width),
    regexp: `\\d{${width}}`,
    read: (text, into) => {
      into.nanos = Number(text.slice(0, 9).padEnd(9, '0'));
    },
  };
}

/** All times are UTC: X writes Z, x +00 or +00:00, Z +0000, as java.time does for a zero offset. */
function zone(letter: 'X' | 'x' | 'Z', width: number): Part {
  const written = letter === 'X' ? 'Z' : letter === 'Z' ? '+0000' : ['+00', '+0000', '+00:00'][Math.min(width, 3) - 1];
  return {
    format: () => written ?? '+00:00',
    regexp: 'Z|[+-]\\d{2}(?::?\\d{2})?',
    read: (text, into) => {
      into.zoneMs = offsetMs(text.toUpperCase());
    },
  };
}

/** 4, 04, Q4, 4th quarter. */
function quarter(width: number): Part {
  const of = (ms: number) => Math.floor((civil(ms).month + 2) / 3);
  if (width <= 2) return number(width, of, () => {});
  const shown = width === 3 ? ['Q1', 'Q2', 'Q3', 'Q4'] : ['1st quarter', '2nd quarter', '3rd quarter', '4th quarter'];
  return name(
    shown,
    4,
    (ms) => of(ms) - 1,
    () => {},
  );
}

function readMsOfDay(value: number, into: Parsed): void {
  into.hour = Math.floor(value / 3_600_000);
  into.minute = Math.floor(value / 60_000) % 60;
  into.second = Math.floor(value / 1000) % 60;
  into.nanos = (value % 1000) * NANOS_OF_MS;
}

function nanosOfSecond(epochMs: number, nanosOfMs: number): number {
  return (((Math.floor(epochMs) % 1000) + 1000) % 1000) * NANOS_OF_MS + nanosOfMs;
}

function civil(epochMs: number) {
  return civilFromDays(daysOf(epochMs));
}

function dayOfYear(epochMs: number): number {
  return daysOf(epochMs) - daysFromCivil(civil(epochMs).year, 1, 1) + 1;
}

function hourOf(epochMs: number): number {
  return Math.floor(msOfDay(epochMs) / 3_600_000);
}
