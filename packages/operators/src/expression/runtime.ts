import { formatDecimal, parseDecimal, utf8Text } from '@millrace/batch';
import { type FineTimestamp, floorDivide, msOfTicks, nanosOfMs, StreamError, ticksOf } from '@millrace/model';
import { addMonths, monthsBetween, msOfDay } from '../function/calendar.ts';
import { chr, isAlpha, isDecimal, isDigit, overlay, translate } from '../function/characters.ts';
import { datetimePattern } from '../function/datetime-pattern.ts';
import { parseDate, parseMoment, parseTime, parseTimestamp } from '../function/datetime-text.ts';
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
  floorDivide,
  msOfTicks,
  nanosOfMs,
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
    const moment = datetimePattern(pattern).parse(text);
    return moment && Math.floor(moment.epochMs / 86_400_000);
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

  /** Epoch ms of so many units of 10^-precision seconds, precision 0 to 3. */
  toTimestampLtz(value: number, precision: number): number | undefined {
    const ms = Math.floor(value * 10 ** (3 - precision));
    return Number.isSafeInteger(ms) ? ms : undefined;
  },

  /** Ticks of a number of them, whole or not. */
  toTicks(value: number | bigint): bigint | undefined {
    if (typeof value === 'bigint') return value;
    return Number.isFinite(value) ? BigInt(Math.floor(value)) : undefined;
  },

  parseTicks(text: string, type: FineTimestamp, pattern?: string): bigint | undefined {
    const moment = pattern === undefined ? parseMoment(text) : datetimePattern(pattern).parse(text);
    return moment && ticksOf(moment.epochMs, moment.nanosOfMs, type);
  },

  localTime: (epochMs: number, zone: string): number => TimeZone.of(zone).localAt(epochMs),

  instantOf: (localMs: number, zone: string): number => TimeZone.of(zone).instantOf(localMs),

  toTimestamp(value: string, pattern?: string): number | undefined {
    return pattern === undefined ? parseTimestamp(value) : datetimePattern(pattern).parse(value)?.epochMs;
  },

  dateFormat: (epochMs: number, pattern: string, nanosOfMs = 0): string =>
    datetimePattern(pattern).format(epochMs, nanosOfMs),

  /** As SimpleDateFormat reads it: what follows the format does not matter. */
  unixTimestamp(value: string, pattern?: string): number | undefined {
    const epochMs =
      pattern === undefined ? parseTimestamp(value) : datetimePattern(pattern).parse(value, true)?.epochMs;
    return epochMs === undefined ? undefined : Math.floor(epochMs / 1000);
  },

  fromUnixtime(seconds: number, pattern = 'yyyy-MM-dd HH:mm:ss'): string {
    return datetimePattern(pattern).format(Math.floor(seconds) * 1000);
  },

  intervalOutOfRange(label: string): never {
    const message = `${label}: an INTERVAL of more than 285,000 years; DAY TO SECOND counts up to 2^53 milliseconds.`;
    throw new StreamError('expression.out-of-range', message, { domain: 'user', retry: 'never' });
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
