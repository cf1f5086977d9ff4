import { StreamError } from '@millrace/model';
import { civilFromDays, DAY_MS, daysFromCivil, daysIfValid, daysOf, isoDayOfWeek, msOfDay } from './calendar.ts';
import { offsetMs } from './datetime-text.ts';

/** DATE_FORMAT, TO_TIMESTAMP and friends: java.time.format.DateTimeFormatter patterns, the letters below. */
export interface DatetimePattern {
  format(epochMs: number): string;
  /** Epoch ms (UTC unless the text has an offset), or undefined when the text does not match. */
  parse(text: string): number | undefined;
}

interface Parsed {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  pm: boolean | undefined;
  zoneMs: number;
}

interface Part {
  format(epochMs: number): string;
  readonly regexp: string;
  read(text: string, into: Parsed): void;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const CACHED_MAX = 64;
const cache = new Map<string, DatetimePattern>();

/** Throws `expression.bad-format` naming the letter that is not supported. */
export function datetimePattern(pattern: string): DatetimePattern {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = compile(pattern);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): DatetimePattern {
  const parts = partsOf(pattern);
  const regexp = new RegExp(`^${parts.map((part) => `(${part.regexp})`).join('')}$`, 'iu');
  return {
    format: (epochMs) => parts.map((part) => part.format(epochMs)).join(''),
    parse(text) {
      const match = regexp.exec(text);
      if (match === null) return undefined;
      const parsed = { year: 1970, month: 1, day: 1, dayOfYear: 0, hour: 0, minute: 0, second: 0, ms: 0 };
      const into: Parsed = { ...parsed, pm: undefined, zoneMs: 0 };
      for (const [at, part] of parts.entries()) part.read(match[at + 1] ?? '', into);
      return epochMsOf(into);
    },
  };
}

function epochMsOf(parsed: Parsed): number | undefined {
  const { year, month, day, dayOfYear, pm, minute, second, ms, zoneMs } = parsed;
  const days = dayOfYear > 0 ? daysFromCivil(year, 1, 1) + dayOfYear - 1 : daysIfValid(year, month, day);
  const hour = pm === undefined ? parsed.hour : (parsed.hour % 12) + (pm ? 12 : 0);
  if (days === undefined || hour > 23 || minute > 59 || second > 59 || dayOfYear > 366) return undefined;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms - zoneMs;
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  // A quoted literal ('' is a quote), a run of one letter, or any other character.
  for (const [token, quoted] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/gu)) {
    if (quoted !== undefined) parts.push(literal(quoted === '' ? "'" : quoted.replaceAll("''", "'")));
    else if (/^[A-Za-z]/.test(token)) parts.push(letter(token, pattern));
    else parts.push(literal(token));
  }
  return parts;
}

function literal(text: string): Part {
  return { format: () => text, regexp: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), read: () => {} };
}

function letter(token: string, pattern: string): Part {
  const width = token.length;
  switch (token[0]) {
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
    case 'Z':
      return zone(token);
    default:
      throw new StreamError(
        'expression.bad-format',
        `The date format '${pattern}' uses '${token}'; known letters are y M d D E H h m s S a X Z, and literal text goes in quotes.`,
        { domain: 'user', retry: 'never' },
      );
  }
}

function number(
  width: number,
  value: (epochMs: number) => number,
  set: (value: number, into: Parsed) => void,
  digitsMax = Math.max(width, 2),
  modulus?: number,
): Part {
  const regexp = width === 1 ? `\\d{1,${digitsMax}}` : `\\d{${width}}`;
  const format = (ms: number) => {
    const found = value(ms);
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
  const shown = width >= 4 ? names : names.map((full) => full.slice(0, 3));
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
    format: (ms) =>
      String(Math.floor(((ms % 1000) + 1000) % 1000))
        .padStart(3, '0')
        .slice(0, width)
        .padEnd(width, '0'),
    regexp: `\\d{${width}}`,
    read: (text, into) => {
      into.ms = Number(text.slice(0, 3).padEnd(3, '0'));
    },
  };
}

/** All times are UTC: X writes Z, XXX too (as java.time does for a zero offset), Z writes +0000. */
function zone(token: string): Part {
  return {
    format: () => (token.startsWith('X') ? 'Z' : '+0000'),
    regexp: 'Z|[+-]\\d{2}(?::?\\d{2})?',
    read: (text, into) => {
      into.zoneMs = offsetMs(text.toUpperCase());
    },
  };
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
