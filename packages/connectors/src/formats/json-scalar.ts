import { parseDecimal } from '@millrace/batch';
import { type DataType, isFineTimestamp } from '@millrace/model';
import { unescapeString } from './json-scan.ts';
import { parseDate, parseTicks, parseTime, parseTimestamp } from './time-text.ts';

const encoder = new TextEncoder();
const latin = new TextDecoder('latin1');

/** The text of a scalar without quotes and surrounding blanks; undefined for objects and arrays. */
export function scalarText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const first = bytes[start];
  if (first === 123 || first === 91) return undefined;
  if (first !== 34) return latin.decode(bytes.subarray(start, end));
  const content = unescapeString(bytes, start + 1, end - 1);
  return content === undefined ? undefined : latin.decode(content).trim();
}

const BIGINT_LIMIT = 1n << 63n;

/** What an int64 column holds: BIGINT as such, DECIMAL unscaled, ticks; undefined when the text is none, not whole, or does not fit. */
export function integerOfText(text: string, type: DataType): bigint | undefined {
  if (isFineTimestamp(type)) {
    const bytes = encoder.encode(text);
    return parseTicks(bytes, 0, bytes.length, type);
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text) || text.length > 1_000) return undefined;
  if (type.kind === 'decimal') {
    const unscaled = parseDecimal(text, type.scale);
    const limit = 10n ** BigInt(type.precision);
    return unscaled === undefined || unscaled >= limit || unscaled <= -limit ? undefined : unscaled;
  }
  const value = wholeNumber(text);
  return value === undefined || value >= BIGINT_LIMIT || value < -BIGINT_LIMIT ? undefined : value;
}

/** `12`, `12.0` and `1.2e1` are 12; `12.5` is none. */
function wholeNumber(text: string): bigint | undefined {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text);
  const scaled = parseDecimal(text, 20);
  const one = 10n ** 20n;
  return scaled === undefined || scaled % one !== 0n ? undefined : scaled / one;
}

const INT_LIMITS: Readonly<Record<string, number>> = { tinyint: 128, smallint: 32_768, integer: 2_147_483_648 };

/** The slot value of every fixed-width type whose column is not int64; undefined when the text is none. */
export function numberOfText(text: string, type: DataType): number | undefined {
  switch (type.kind) {
    case 'boolean': {
      const word = text.toLowerCase();
      return word === 'true' ? 1 : word === 'false' ? 0 : undefined;
    }
    case 'tinyint':
    case 'smallint':
    case 'integer': {
      const whole = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text) ? wholeNumber(text) : undefined;
      const limit = BigInt(INT_LIMITS[type.kind] ?? 0);
      return whole === undefined || whole >= limit || whole < -limit ? undefined : Number(whole);
    }
    case 'interval': {
      const count = integerOfText(text, { kind: 'bigint', nullable: false });
      if (count === undefined) return undefined;
      const fits = type.unit === 'months' ? BigInt.asIntN(32, count) === count : Number.isSafeInteger(Number(count));
      return fits ? Number(count) : undefined;
    }
    case 'float':
    case 'double': {
      if (!/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|NaN|Infinity)$/.test(text)) return undefined;
      return type.kind === 'float' ? Math.fround(Number(text)) : Number(text);
    }
    case 'date':
      return known(timeOf(text, parseDate));
    case 'time':
      return known(timeOf(text, parseTime));
    case 'timestamp':
    case 'timestamp_ltz':
      return known(timeOf(text, parseTimestamp));
    default:
      return undefined;
  }
}

function timeOf(text: string, parse: (bytes: Uint8Array, start: number, end: number) => number): number {
  const bytes = encoder.encode(text);
  return parse(bytes, 0, bytes.length);
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
