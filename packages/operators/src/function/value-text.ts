import { formatDecimal, type Value } from '@millrace/batch';
import { type DataType, digitsBehindMs, isFineTimestamp, msOfTicks, type TimestampType } from '@millrace/model';
import { formatDate, formatDuration, formatMonths, formatTime, formatTimestamp } from './datetime-text.ts';
import { formatDouble, formatFloat } from './number-text.ts';

/**
 * CAST(x AS STRING), Flink's spelling: `TRUE`, `1.0E10`, `2026-11-24 12:00:00.000`, `[1, NULL]`, `{a=1}`, `(1, b)`.
 * Integers, unscaled decimals and ticks may be number or bigint; other values are in the form `Value` documents.
 */
export function castToText(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE';
    case 'decimal':
      if (typeof value === 'string') return value;
      return formatDecimal(typeof value === 'bigint' ? value : BigInt(Number(value)), type.scale);
    case 'float':
      return formatFloat(Number(value));
    case 'double':
      return formatDouble(Number(value));
    case 'date':
      return formatDate(Number(value));
    case 'time':
      return formatTime(Number(value), type.precision);
    case 'timestamp':
    case 'timestamp_ltz':
      return timestampText(value, type);
    case 'interval':
      return type.unit === 'months' ? formatMonths(Number(value)) : formatDuration(Number(value));
    case 'bytes':
      return value instanceof Uint8Array ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(value) : '';
    case 'array':
      return Array.isArray(value) ? `[${value.map((item: Value) => castToText(item, type.element)).join(', ')}]` : '';
    case 'map':
      return value instanceof Map
        ? `{${[...value].map(([key, item]) => `${castToText(key, type.key)}=${castToText(item, type.value)}`).join(', ')}}`
        : '';
    case 'row':
      return Array.isArray(value)
        ? `(${type.fields.map((field, at) => castToText(value[at] ?? null, field.type)).join(', ')})`
        : '';
    default:
      return String(value);
  }
}

function timestampText(value: Value, type: TimestampType): string {
  if (!isFineTimestamp(type)) return formatTimestamp(Number(value), type.precision);
  const ticks = typeof value === 'bigint' ? value : BigInt(Number(value));
  return `${formatTimestamp(msOfTicks(ticks, type), 3)}${digitsBehindMs(ticks, type)}`;
}

/** Equality of two values of one type, by content: arrays, maps, rows and bytes too. */
export function deepEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => deepEquals(item, b[at]));
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && deepEquals(value, b.get(key)));
  }
  return false;
}
