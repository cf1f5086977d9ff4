import { StreamError } from '@millrace/model';
import { type FormatLetter, type FormatToken, formatTokens, PatternProblem } from '@millrace/plan';
import { DAY_MS, daysFromCivil, daysIfValid } from './calendar.ts';
import { NANOS_OF_MS, type Parsed, partOf } from './datetime-part.ts';
import type { Moment } from './datetime-text.ts';

/** DATE_FORMAT, TO_TIMESTAMP and friends: java.time.format.DateTimeFormatter patterns: letters in `formatTokens`, sections in [ ] may be absent. */
export interface DatetimePattern {
  /** `nanosOfMs`: what is behind the whole ms, 0 to 999,999. */
  format(epochMs: number, nanosOfMs?: number): string;
  /** UTC unless the text has an offset; undefined when it does not match. `isPrefix`: what follows does not matter. */
  parse(text: string, isPrefix?: boolean): Moment | undefined;
}

const CACHED_MAX = 64;
const cache = new Map<string, DatetimePattern>();

/** Throws `expression.bad-format` naming what is not known. */
export function datetimePattern(pattern: string): DatetimePattern {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = compile(pattern);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): DatetimePattern {
  const tokens = tokensOf(pattern);
  const parts = tokens.flatMap((token) => (token.kind === 'text' || token.kind === 'letter' ? [partOf(token)] : []));
  let next = 0;
  const source = tokens.map(({ kind }) => {
    if (kind === 'open') return '(?:';
    return kind === 'close' ? ')?' : `(${parts[next++]?.regexp ?? ''})`;
  });
  const [whole, prefix] = ['$', ''].map((end) => new RegExp(`^${source.join('')}${end}`, 'iu'));
  return {
    format: remembering(spanMs(tokens), (epochMs, nanosOfMs) =>
      parts.map((part) => part.format(epochMs, nanosOfMs)).join(''),
    ),
    parse(text, isPrefix = false) {
      const match = (isPrefix ? prefix : whole)?.exec(text) ?? null;
      if (match === null) return undefined;
      const parsed = { year: 1970, month: 1, day: 1, dayOfYear: 0, hour: 0, minute: 0, second: 0, nanos: 0 };
      const into: Parsed = { ...parsed, pm: undefined, zoneMs: 0 };
      for (const [at, part] of parts.entries()) {
        const found = match[at + 1];
        if (found !== undefined) part.read(found, into);
      }
      return momentOf(into);
    },
  };
}

const REMEMBERED = 256;
const HOUR_MS = 3_600_000;

type Format = (epochMs: number, nanosOfMs: number) => string;

/** Rows that follow one another are of few days, hours or minutes: the text of one is given out again, the same string. */
function remembering(span: number, format: Format): DatetimePattern['format'] {
  if (span === 1) return (epochMs, nanosOfMs = 0) => format(epochMs, nanosOfMs);
  const steps = new Float64Array(REMEMBERED).fill(Number.NaN);
  const texts = new Array<string>(REMEMBERED).fill('');
  return (epochMs) => {
    const step = Math.floor(epochMs / span);
    const place = step & (REMEMBERED - 1);
    if (steps[place] !== step) {
      texts[place] = format(epochMs, 0);
      steps[place] = step;
    }
    return texts[place] ?? '';
  };
}

/** How long every text of the format stays the same, counted from the epoch. */
function spanMs(tokens: readonly FormatToken[]): number {
  return Math.min(...tokens.map((token) => (token.kind === 'letter' ? spanOf(token.letter) : DAY_MS)), DAY_MS);
}

function spanOf(letter: FormatLetter): number {
  switch (letter) {
    case 'A':
    case 'n':
    case 'S':
      return 1;
    case 's':
      return 1_000;
    case 'm':
      return 60_000;
    case 'H':
    case 'k':
    case 'K':
    case 'h':
    case 'a':
      return HOUR_MS;
    case 'G':
    case 'Q':
    case 'q':
    case 'y':
    case 'u':
    case 'M':
    case 'L':
    case 'd':
    case 'D':
    case 'E':
    case 'X':
    case 'x':
    case 'Z':
      return DAY_MS;
  }
}

function momentOf(parsed: Parsed): Moment | undefined {
  const { year, month, day, dayOfYear, pm, minute, second, nanos, zoneMs } = parsed;
  const days = dayOfYear > 0 ? daysFromCivil(year, 1, 1) + dayOfYear - 1 : daysIfValid(year, month, day);
  const hour = pm === undefined ? parsed.hour : (parsed.hour % 12) + (pm ? 12 : 0);
  if (days === undefined || hour > 23 || minute > 59 || second > 59 || dayOfYear > 366) return undefined;
  const nanosOfMs = nanos % NANOS_OF_MS;
  const ms = (nanos - nanosOfMs) / NANOS_OF_MS;
  return { epochMs: days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms - zoneMs, nanosOfMs };
}

function tokensOf(pattern: string): readonly FormatToken[] {
  try {
    return formatTokens(pattern);
  } catch (cause) {
    if (!(cause instanceof PatternProblem)) throw cause;
    const message = `'${pattern}' is no date format: ${cause.message}.`;
    throw new StreamError('expression.bad-format', message, { domain: 'user', retry: 'never', cause });
  }
}
