import { isUtf8 } from 'node:buffer';
import { parseDecimal, type Value } from '@millrace/batch';
import { type DataType, type Field, formatDataType, isFineTimestamp, StreamError } from '@millrace/model';
import { nestedValue } from '../formats/json-nested.ts';
import { parseDate, parseTicks, parseTime, parseTimestamp } from '../formats/time-text.ts';

const INT64_MAX = 2n ** 63n - 1n;

/** SQL that gives a column so that `valueOfBytes` reads it exactly. */
export function asRead(column: string, type: DataType): string {
  // A FLOAT is sent with six digits; as a DOUBLE it has all of them.
  if (type.kind === 'float' || type.kind === 'double') return `(${column} + 0e0)`;
  return type.kind === 'decimal' ? `CAST(${column} AS DECIMAL(65, ${type.scale}))` : column;
}

/** The value of bytes that a server sent for a column. Throws `jdbc.bad-value` naming the column: the value itself is nobody's business. */
export function valueOfBytes(bytes: Buffer | null, { name, type }: Field): Value {
  if (bytes === null) return null;
  const value = converted(bytes, type);
  if (value !== undefined) return value;
  const message = `a value of column '${name}' does not fit ${formatDataType(type)}: declare a wider type, or read a view that leaves such rows out`;
  throw new StreamError('jdbc.bad-value', message, { domain: 'user', retry: 'never' });
}

function converted(bytes: Buffer, type: DataType): Value | undefined {
  switch (type.kind) {
    case 'boolean':
      return bytes.toString('latin1') !== '0';
    case 'string':
      return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
    case 'bytes':
      return Uint8Array.from(bytes);
    case 'bigint': {
      const value = BigInt(bytes.toString('latin1'));
      return value > INT64_MAX ? undefined : value;
    }
    case 'decimal': {
      const text = bytes.toString('latin1');
      const digits = parseDecimal(text, type.scale);
      const isTooWide = digits === undefined || (digits < 0n ? -digits : digits) >= 10n ** BigInt(type.precision);
      return isTooWide ? undefined : text;
    }
    case 'float':
      return Math.fround(Number(bytes.toString('latin1')));
    case 'date':
      return known(parseDate(bytes, 0, bytes.length));
    case 'time':
      return known(parseTime(bytes, 0, bytes.length));
    case 'timestamp':
    case 'timestamp_ltz':
      return isFineTimestamp(type)
        ? parseTicks(bytes, 0, bytes.length, type)
        : known(parseTimestamp(bytes, 0, bytes.length));
    case 'array':
    case 'map':
    case 'row':
      return nestedValue(bytes, 0, bytes.length, type);
    default:
      return Number(bytes.toString('latin1'));
  }
}

/** `0000-00-00`, and a TIME of more than a day, are none. */
function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
