import { parseDecimal, type Value } from '@millrace/batch';
import { type DataType, type Field, formatDataType, isFineTimestamp, msOfTicks, StreamError } from '@millrace/model';
import { nestedValue } from '../formats/json-nested.ts';
import { timestampValueText } from '../formats/time-text.ts';
import type { StoredColumn } from './stored-table.ts';
import { postgresTypeOf } from './types.ts';

const utf8 = new TextEncoder();

/** SQL that gives a column as text that `valueOfText` reads, whatever the settings of the session: exact, times in ms or ticks since 1970. */
export function asText(column: string, type: DataType): string {
  switch (type.kind) {
    case 'bytes':
      return `encode(${column}, 'base64')`;
    case 'decimal':
      return `round(${column}::numeric, ${type.scale})::text`;
    case 'date':
      return `(${column} - DATE '1970-01-01')::text`;
    case 'time':
      return `floor(extract(epoch FROM ${column}) * 1000)::bigint::text`;
    case 'timestamp':
    case 'timestamp_ltz': {
      const perSecond = 10 ** Math.max(3, type.precision);
      return `floor(extract(epoch FROM ${column}) * ${perSecond})::bigint::text`;
    }
    case 'array':
    case 'map':
    case 'row':
      return `to_jsonb(${column})::text`;
    default:
      return `${column}::text`;
  }
}

/** The value of a text that `asText` made. Throws `jdbc.bad-value` naming the column: the value itself is nobody's business. */
export function valueOfText(text: string | null, { name, type }: Field): Value {
  if (text === null) return null;
  const value = converted(text, type);
  if (value !== undefined) return value;
  const message = `a value of column '${name}' does not fit ${formatDataType(type)}: declare a wider type, or read a view that leaves such rows out`;
  throw new StreamError('jdbc.bad-value', message, { domain: 'user', retry: 'never' });
}

function converted(text: string, type: DataType): Value | undefined {
  switch (type.kind) {
    case 'boolean':
      return text === 'true' || text === 't';
    case 'string':
      return text;
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'bigint':
      return BigInt(text);
    case 'decimal': {
      const digits = parseDecimal(text, type.scale);
      const isTooWide = digits === undefined || (digits < 0n ? -digits : digits) >= 10n ** BigInt(type.precision);
      return isTooWide ? undefined : text;
    }
    case 'tinyint':
      return Math.abs(Number(text) + 0.5) < 128 ? Number(text) : undefined;
    case 'array':
    case 'map':
    case 'row': {
      const bytes = utf8.encode(text);
      return nestedValue(bytes, 0, bytes.length, type);
    }
    default:
      return isFineTimestamp(type) ? BigInt(text) : Number(text);
  }
}

/** How a key column of the table is compared with keys that come as an array of texts. */
export interface KeyComparison {
  /** The type of the array's elements. */
  readonly arrayType: string;
  /** The column's side of the equality. */
  readonly column: (column: string) => string;
  /** A key as an element of the array; undefined: no value of the column equals it, and the database might refuse to read it. */
  readonly elementOf: (value: Value) => string | undefined;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const TEXTS: readonly string[] = ['text', 'character varying', 'character'];

/** Equality that an index of the column serves where there is one. */
export function keyComparison(stored: StoredColumn, type: DataType): KeyComparison {
  const itself = (column: string): string => column;
  if (type.kind !== 'string') {
    const [arrayType = ''] = postgresTypeOf(type).split('(');
    return { arrayType, column: itself, elementOf: (value) => keyText(value, type) };
  }
  const textOf = (value: Value) => (String(value).includes('\0') ? undefined : String(value));
  if (TEXTS.includes(stored.type)) return { arrayType: 'text', column: itself, elementOf: textOf };
  if (stored.type === 'uuid') {
    return {
      arrayType: 'uuid',
      column: itself,
      elementOf: (value) => (UUID.test(String(value)) ? String(value) : undefined),
    };
  }
  return { arrayType: 'text', column: (column) => `${column}::text`, elementOf: textOf };
}

function keyText(value: Value, type: DataType): string | undefined {
  switch (type.kind) {
    case 'bytes':
      return `\\x${Buffer.from(value instanceof Uint8Array ? value : []).toString('hex')}`;
    case 'date':
      return isoTime(Number(value) * 86_400_000)?.slice(0, 10);
    case 'time':
      return isoTime(Number(value))?.slice(11, -1);
    case 'timestamp':
    case 'timestamp_ltz': {
      const ms = isFineTimestamp(type) && typeof value === 'bigint' ? msOfTicks(value, type) : Number(value);
      const text = isKnown(ms) ? timestampValueText(value, type) : undefined;
      return text && type.kind === 'timestamp_ltz' ? `${text}Z` : text;
    }
    default:
      return String(value);
  }
}

const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Years 1 to 9999, which both sides write alike. */
function isKnown(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

function isoTime(ms: number): string | undefined {
  return isKnown(ms) ? new Date(ms).toISOString() : undefined;
}
