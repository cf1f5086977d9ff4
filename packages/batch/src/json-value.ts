import { type DataType, isFineTimestamp } from '@millrace/model';
import type { Value } from './value.ts';

/** What JSON.stringify and JSON.parse carry without loss. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[];

/**
 * A value as JSON that loses nothing: BIGINT and ticks as a string of digits, BYTES as base64, NaN, the infinities and
 * -0 as strings, MAP as pairs, ROW as an array of fields. `valueFromJson` with the same type is its inverse.
 */
export function valueToJson(value: Value, type: DataType): JsonValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'boolean':
      return value === true;
    case 'bigint':
    case 'decimal':
    case 'string':
      return String(value);
    case 'bytes':
      return Buffer.from(value instanceof Uint8Array ? value : []).toString('base64');
    case 'array':
      return Array.isArray(value) ? value.map((item: Value) => valueToJson(item, type.element)) : [];
    case 'row':
      return type.fields.map((field, at) => valueToJson(Array.isArray(value) ? (value[at] ?? null) : null, field.type));
    case 'map':
      return value instanceof Map
        ? [...value].map(([key, item]) => [valueToJson(key, type.key), valueToJson(item, type.value)])
        : [];
    default: {
      if (isFineTimestamp(type)) return String(value);
      const number = Number(value);
      if (Number.isFinite(number) && !Object.is(number, -0)) return number;
      return Object.is(number, -0) ? '-0' : String(number);
    }
  }
}

/** Undefined when `json` cannot be a value of `type`. */
export function valueFromJson(json: unknown, type: DataType): Value | undefined {
  if (json === null) return null;
  switch (type.kind) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'bigint':
      return integerFromJson(json);
    case 'decimal':
      return typeof json === 'string' && /^-?\d+(\.\d+)?$/.test(json) ? json : undefined;
    case 'string':
      return typeof json === 'string' ? json : undefined;
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : undefined;
    case 'array':
      return Array.isArray(json) ? everyValue(json.map((item) => valueFromJson(item, type.element))) : undefined;
    case 'row':
      return Array.isArray(json) && json.length === type.fields.length
        ? everyValue(type.fields.map((field, at) => valueFromJson(json[at], field.type)))
        : undefined;
    case 'map':
      return Array.isArray(json) ? mapFromJson(json, type.key, type.value) : undefined;
    default:
      return isFineTimestamp(type) ? integerFromJson(json) : numberFromJson(json);
  }
}

function integerFromJson(json: unknown): bigint | undefined {
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : undefined;
}

function numberFromJson(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity' || json === '-0' ? Number(json) : undefined;
}

function everyValue(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

function mapFromJson(pairs: readonly unknown[], keyType: DataType, valueType: DataType) {
  const map = new Map<Value, Value>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const key = valueFromJson(pair[0], keyType);
    const value = valueFromJson(pair[1], valueType);
    if (key === undefined || value === undefined) return undefined;
    map.set(key, value);
  }
  return map;
}
