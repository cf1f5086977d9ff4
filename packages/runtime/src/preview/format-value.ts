import type { Value } from '@millrace/batch';
import { type DataType, digitsBehindMs, isFineTimestamp, msOfTicks, type TimestampType } from '@millrace/model';
import { TimeZone } from '@millrace/operators';

export type PreviewValue = string | number | boolean | null;

const DAY_MS = 86_400_000;

/**
 * A value as people read it in a result table, spelled as in SQL: integers of up to 32 bits and finite floating
 * point as numbers, BIGINT and DECIMAL as digits, times as `2026-11-24 00:12:31.123` with all digits of the type (TIMESTAMP_LTZ as a clock
 * in `zone` shows it: an IANA name or `+hh:mm`), INTERVAL as `+1-02` and `+1 02:03:04.005`, bytes as `x'0aff'`, ARRAY, MAP and ROW as one line of text.
 */
export function formatValue(value: Value, type: DataType, zone = 'UTC'): PreviewValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'boolean':
      return value === true;
    case 'tinyint':
    case 'smallint':
    case 'integer':
      return Number(value);
    case 'float':
    case 'double':
      return Number.isFinite(value) ? Number(value) : String(value);
    case 'bigint':
    case 'decimal':
    case 'string':
      return String(value);
    case 'bytes':
      return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);
    case 'date':
      return isoOf(Number(value) * DAY_MS).slice(0, 10);
    case 'time':
      return timeOf(isoOf(Number(value)).slice(11), type.precision);
    case 'timestamp':
    case 'timestamp_ltz':
      if (!isFineTimestamp(type)) return momentOf(Number(value), type, zone);
      if (typeof value !== 'bigint') return String(value);
      return `${momentOf(msOfTicks(value, type), type, zone)}${digitsBehindMs(value, type)}`;
    case 'interval':
      return type.unit === 'months' ? monthsOf(Number(value)) : durationOf(Number(value));
    case 'array':
    case 'map':
    case 'row':
      return formatNested(value, type, zone);
  }
}

/** Down to the ms. */
function momentOf(epochMs: number, type: TimestampType, zone: string): string {
  const isInstant = type.kind === 'timestamp_ltz' && zone !== 'UTC';
  const iso = isoOf(isInstant ? TimeZone.of(zone).localAt(epochMs) : epochMs);
  const cut = iso.indexOf('T');
  return `${iso.slice(0, cut)} ${timeOf(iso.slice(cut + 1), type.precision)}`;
}

/** Epoch ms beyond what a Date can hold are shown as the number they are. */
function isoOf(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? `${epochMs}T` : date.toISOString();
}

/** `00:12:31.123Z` cut to the type's precision. */
function timeOf(clock: string, precision: number): string {
  return clock.slice(0, precision === 0 ? 8 : 9 + Math.min(3, precision));
}

/** `+1-02`: years and months, as CAST writes them. */
function monthsOf(months: number): string {
  const whole = Math.abs(months);
  return `${signOf(months)}${Math.floor(whole / 12)}-${String(whole % 12).padStart(2, '0')}`;
}

/** `+1 02:03:04.005`: days and a time, as CAST writes them. */
function durationOf(ms: number): string {
  const whole = Math.abs(ms);
  const clock = new Date(whole % DAY_MS).toISOString().slice(11, 23);
  return `${signOf(ms)}${Math.floor(whole / DAY_MS)} ${clock}`;
}

function signOf(count: number): string {
  return count < 0 ? '-' : '+';
}

function formatNested(value: Value, type: Extract<DataType, { kind: 'array' | 'map' | 'row' }>, zone: string): string {
  const text = (item: Value | undefined, of: DataType): string => String(formatValue(item ?? null, of, zone) ?? 'NULL');
  if (value instanceof Map && type.kind === 'map') {
    return `{${Array.from(value, ([key, held]) => `${text(key, type.key)}=${text(held, type.value)}`).join(', ')}}`;
  }
  if (!Array.isArray(value)) return String(value);
  const items: readonly Value[] = value;
  if (type.kind === 'array') return `[${items.map((item) => text(item, type.element)).join(', ')}]`;
  if (type.kind === 'row') return `(${type.fields.map((field, index) => text(items[index], field.type)).join(', ')})`;
  return String(value);
}
