import { formatDecimal, parseDecimal, type Value } from '@millrace/batch';
import { type DataType, isFineTimestamp, msOfTicks, nanosOfMs, type TimestampType, ticksOf } from '@millrace/model';
import { DAY_MS, daysOf, msOfDay } from './calendar.ts';
import { mapMultiset } from './multiset.ts';
import { castToText } from './value-text.ts';

type Caster = (value: Value) => Value;

/**
 * Casts inside ARRAY, MAP and ROW: element by element, field by field by place. Only casts the binder allows there come here: those Flink
 * inserts by itself, and any type to STRING. A DECIMAL too long for its precision is NULL.
 */
export function valueCaster(from: DataType, to: DataType): Caster {
  const cast = casterOf(from, to);
  return (value) => (value === null ? null : cast(value));
}

function casterOf(from: DataType, to: DataType): Caster {
  if (from.kind === 'array' && to.kind === 'array') {
    const element = valueCaster(from.element, to.element);
    return (value) => (Array.isArray(value) ? value.map(element) : null);
  }
  if (from.kind === 'map' && to.kind === 'map') {
    const key = valueCaster(from.key, to.key);
    const item = valueCaster(from.value, to.value);
    if (to.isMultiset === true) return (value) => (value instanceof Map ? mapMultiset(value, to.key, key) : null);
    return (value) => (value instanceof Map ? new Map([...value].map(([k, v]) => [key(k), item(v)])) : null);
  }
  if (from.kind === 'row' && to.kind === 'row') {
    const fields = from.fields.map(({ type }, at) => valueCaster(type, to.fields[at]?.type ?? type));
    return (value) => (Array.isArray(value) ? fields.map((field, at) => field(value[at] ?? null)) : null);
  }
  return scalarCaster(from, to);
}

function scalarCaster(from: DataType, to: DataType): Caster {
  switch (to.kind) {
    case 'string':
      return from.kind === 'string' ? same : (value) => castToText(value, from);
    case 'bigint':
      return (value) => BigInt(String(value));
    case 'double':
      return (value) => Number(value);
    case 'float':
      return (value) => Math.fround(Number(value));
    case 'decimal': {
      const limit = 10n ** BigInt(to.precision);
      return (value) => {
        const unscaled = parseDecimal(String(value), to.scale);
        if (unscaled === undefined || unscaled >= limit || unscaled <= -limit) return null;
        return formatDecimal(unscaled, to.scale);
      };
    }
    case 'date':
      return from.kind === 'date' ? same : (value) => daysOf(epochMsOf(value, from));
    case 'time':
      return from.kind === 'time' ? same : (value) => msOfDay(epochMsOf(value, from));
    case 'timestamp':
    case 'timestamp_ltz':
      return (value) => timestampAs(value, from, to);
    default:
      return same;
  }
}

function epochMsOf(value: Value, type: DataType): number {
  if (type.kind === 'date') return Number(value) * DAY_MS;
  return typeof value === 'bigint' && isFineTimestamp(type) ? msOfTicks(value, type) : Number(value);
}

/** Digits that are no longer held are cut, toward the past. */
function timestampAs(value: Value, from: DataType, to: TimestampType): Value {
  const epochMs = epochMsOf(value, from);
  if (!isFineTimestamp(to)) {
    const step = 10 ** (3 - to.precision);
    return Math.floor(epochMs / step) * step;
  }
  const nanos = typeof value === 'bigint' && isFineTimestamp(from) ? nanosOfMs(value, from) : 0;
  return ticksOf(epochMs, nanos, to);
}

function same(value: Value): Value {
  return value;
}
