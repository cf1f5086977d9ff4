import { StreamError } from '@millrace/model';
import { type FormatLetter, type FormatToken, formatTokens, PatternProblem } from '@millrace/plan';
import { DAY_MS, daysFromCivil, daysIfValid } from './calendar.ts';
import { type Parsed, partOf } from './datetime-part.ts';

/** DATE_FORMAT, TO_TIMESTAMP and friends: java.time.format.DateTimeFormatter patterns: letters in `formatTokens`, sections in [ ] may be absent. */
export interface DatetimePattern {
  format(epochMs: number): string;
  /** Epoch ms (UTC unless the text has an offset), or undefined when the text does not match; `isPrefix`: what follows does not matter. */
  parse(text: string, isPrefix?: boolean): number | undefined;
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
    format: remembering(spanMs(tokens), (epochMs) => parts.map((part) => part.format(epochMs)).join('')),
    parse(text, isPrefix = false) {
      const match = (isPrefix ? prefix : whole)?.exec(text) ?? null;
      if (match === null) return undefined;
      const parsed = { year: 1970, month: 1, day: 1, dayOfYear: 0, hour: 0, minute: 0, second: 0, ms: 0 };
      const into: Parsed = { ...parsed, pm: undefined, zoneMs: 0 };
      for (const [at, part] of parts.entries()) {
        const found = match[at + 1];
        if (found !== undefined) part.read(found, into);
      }
      return epochMsOf(into);
    },
  };
}

const REMEMBERED = 256;
const HOUR_MS = 3_600_000;

/** Rows that follow one another are of few days, hours or minutes: the text of one is given out again, the same string. */
function remembering(span: number, format: (epochMs: number) => string): (epochMs: number) => string {
  if (span === 1) return format;
  const steps = new Float64Array(REMEMBERED).fill(Number.NaN);
  const texts = new Array<string>(REMEMBERED).fill('');
  return (epochMs) => {
    const step = Math.floor(epochMs / span);
    const place = step & (REMEMBERED - 1);
    if (steps[place] !== step) {
      texts[place] = format(epochMs);
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

function epochMsOf(parsed: Parsed): number | undefined {
  const { year, month, day, dayOfYear, pm, minute, second, ms, zoneMs } = parsed;
  const days = dayOfYear > 0 ? daysFromCivil(year, 1, 1) + dayOfYear - 1 : daysIfValid(year, month, day);
  const hour = pm === undefined ? parsed.hour : (parsed.hour % 12) + (pm ? 12 : 0);
  if (days === undefined || hour > 23 || minute > 59 || second > 59 || dayOfYear > 366) return undefined;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms - zoneMs;
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
