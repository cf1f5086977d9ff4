import { formatDecimal, parseDecimal, utf8Text } from '@millrace/batch';
import { StreamError } from '@millrace/model';
import { addMonths, monthsBetween, msOfDay } from '../function/calendar.ts';
import { chr, isAlpha, isDecimal, isDigit, overlay, translate } from '../function/characters.ts';
import { datetimePattern } from '../function/datetime-pattern.ts';
import { parseDate, parseTime, parseTimestamp } from '../function/datetime-text.ts';
import {
  ceilNarrow,
  ceilWide,
  decimalToDouble,
  divideNarrow,
  divideWide,
  doubleToUnscaled,
  floorNarrow,
  floorWide,
  rescaleNarrow,
  rescaleWide,
  roundDouble,
  roundToNarrow,
  roundToWide,
  truncateDouble,
  truncateNarrow,
  truncateToNarrow,
  truncateToWide,
  truncateWide,
} from '../function/decimal.ts';
import {
  decodeText,
  encodeText,
  endsWith,
  fromBase64,
  parseUrl,
  sha1,
  sha224,
  sha384,
  sha512,
  startsWith,
  toBase64,
  urlDecode,
  urlEncode,
} from '../function/encoding.ts';
import { JavaRandom } from '../function/java-random.ts';
import { isJson, jsonFail, jsonOutcome, jsonText } from '../function/json-outcome.ts';
import { jsonExists, jsonUnquote, jsonValue } from '../function/json-path.ts';
import { jsonQuery } from '../function/json-query.ts';
import { likeMatcher } from '../function/like.ts';
import { parseBoolean, parseDouble, parseInteger, saturate, saturateWide } from '../function/number-text.ts';
import { regexpCount, regexpExtract, regexpMatches, regexpPosition, regexpReplace } from '../function/regexp.ts';
import { similarMatcher } from '../function/similar.ts';
import {
  charLength,
  compareBytes,
  compareText,
  initcap,
  instr,
  left,
  lower,
  lpad,
  ltrim,
  md5,
  position,
  repeat,
  replace,
  reverse,
  right,
  rpad,
  rtrim,
  sha256,
  sliceEquals,
  sliceStartsWith,
  splitIndex,
  substring,
  trim,
  upper,
} from '../function/text.ts';
import { TimeZone } from '../function/time-zone.ts';
import { castToText, deepEquals } from '../function/value-text.ts';

const encoder = new TextEncoder();

/** Everything generated code may call, as `R`. */
export const RUNTIME = {
  charLength,
  substring,
  instr,
  position,
  left,
  right,
  trim,
  ltrim,
  rtrim,
  lpad,
  rpad,
  repeat,
  reverse,
  replace,
  initcap,
  splitIndex,
  md5,
  sha256,
  upper,
  lower,
  compareText,
  compareBytes,
  sliceEquals,
  sliceStartsWith,
  utf8Text,
  rescaleNarrow,
  divideNarrow,
  rescaleWide,
  divideWide,
  floorWide,
  ceilWide,
  truncateWide,
  decimalToDouble,
  doubleToUnscaled,
  roundDouble,
  truncateDouble,
  floorNarrow,
  ceilNarrow,
  truncateNarrow,
  roundToNarrow,
  roundToWide,
  truncateToNarrow,
  truncateToWide,
  addMonths,
  monthsBetween,
  msOfDay,
  parseDate,
  parseTime,
  parseTimestamp,
  parseBoolean,
  parseDouble,
  parseInteger,
  formatDecimal,
  parseDecimal,
  saturate,
  saturateWide,
  castToText,
  deepEquals,
  likeMatcher,
  similarMatcher,
  regexpMatches,
  regexpReplace,
  regexpExtract,
  jsonValue,
  jsonExists,
  jsonOutcome,
  jsonFail,
  isJson,
  jsonText,
  jsonQuery,
  jsonUnquote,
  jsonQuote: (text: string): string => JSON.stringify(text),
  regexpCount,
  regexpPosition,
  sha1,
  sha224,
  sha384,
  sha512,
  toBase64,
  fromBase64,
  urlEncode,
  urlDecode,
  parseUrl,
  encodeCharset: encodeText,
  decodeCharset: decodeText,
  overlay,
  translate,
  chr,
  isAlpha,
  isDecimal,
  isDigit,
  ascii: (text: string): number => Buffer.from(text)[0] ?? 0,
  elt: <T extends string | Uint8Array>(index: number, ...values: readonly T[]): T | undefined => values[index - 1],
  startsWith,
  endsWith,
  uuid: (): string => crypto.randomUUID(),
  random: Math.random,
  randomInteger: (below: number): number => Math.floor(Math.random() * below),
  seeded: (seed: number): JavaRandom => new JavaRandom(seed),

  randomBound(below: number): number {
    if (below > 0) return below;
    throw new StreamError('expression.bad-argument', `RAND_INTEGER takes a bound above 0, not ${below}.`, {
      domain: 'user',
      retry: 'never',
    });
  },

  log2: Math.log2,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  cot: (x: number): number => 1 / Math.tan(x),
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  degrees: (x: number): number => (x * 180) / Math.PI,
  radians: (x: number): number => (x / 180) * Math.PI,
  toDate(text: string, pattern?: string): number | undefined {
    if (pattern === undefined) return parseDate(text);
    const ms = datetimePattern(pattern).parse(text);
    return ms === undefined ? undefined : Math.floor(ms / 86_400_000);
  },
  power: Math.pow,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log10: Math.log10,
  encodeText: (value: string): Uint8Array => encoder.encode(value),

  parseInt32(value: string, bits: number): number | undefined {
    const parsed = parseInteger(value, bits);
    return parsed === undefined ? undefined : Number(parsed);
  },

  concat: (...parts: readonly string[]): string => parts.join(''),

  concatWs(separator: string, ...parts: readonly (string | undefined)[]): string {
    return parts.filter((part) => part !== undefined).join(separator);
  },

  /** Seconds with precision 0, ms with precision 3; a text is parsed. */
  toTimestampLtz(value: number | string, precision: number | string = 3): number | undefined {
    if (typeof value === 'string')
      return RUNTIME.toTimestamp(value, typeof precision === 'string' ? precision : undefined);
    const ms = Math.floor(precision === 0 ? value * 1000 : value);
    return Number.isSafeInteger(ms) ? ms : undefined;
  },

  localTime: (epochMs: number, zone: string): number => TimeZone.of(zone).localAt(epochMs),

  instantOf: (localMs: number, zone: string): number => TimeZone.of(zone).instantOf(localMs),

  toTimestamp(value: string, pattern?: string): number | undefined {
    return pattern === undefined ? parseTimestamp(value) : datetimePattern(pattern).parse(value);
  },

  dateFormat(value: number | string, pattern: string): string | undefined {
    const epochMs = typeof value === 'string' ? parseTimestamp(value) : value;
    return epochMs === undefined ? undefined : datetimePattern(pattern).format(epochMs);
  },

  /** As SimpleDateFormat reads it: what follows the format does not matter. */
  unixTimestamp(value: string, pattern?: string): number | undefined {
    const epochMs = pattern === undefined ? parseTimestamp(value) : datetimePattern(pattern).parse(value, true);
    return epochMs === undefined ? undefined : Math.floor(epochMs / 1000);
  },

  fromUnixtime(seconds: number, pattern = 'yyyy-MM-dd HH:mm:ss'): string {
    return datetimePattern(pattern).format(Math.floor(seconds) * 1000);
  },

  divisionByZero(label: string, dividend: unknown): never {
    throw new StreamError(
      'expression.division-by-zero',
      `${label} divides ${String(dividend)} by zero. Filter such rows out, or divide by NULLIF(divisor, 0) to get NULL.`,
      { domain: 'user', retry: 'never' },
    );
  },

  badCast(label: string, value: unknown, type: string): never {
    const shown = String(value);
    throw new StreamError(
      'expression.bad-cast',
      `${label}: '${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}' cannot become ${type}. Filter such rows out, or use TRY_CAST to get NULL.`,
      { domain: 'user', retry: 'never' },
    );
  },
};

export type Runtime = typeof RUNTIME;
