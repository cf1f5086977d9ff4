import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { castToText } from './value-text.ts';

/** A value as JSON text, digits exact: numbers as they are, times as text, bytes as base64. */
export function jsonOf(value: Value, type: DataType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'decimal':
      return String(value);
    case 'float':
    case 'double':
      return Number.isFinite(Number(value)) ? String(value) : JSON.stringify(String(value));
    case 'bytes':
      return value instanceof Uint8Array ? JSON.stringify(Buffer.from(value).toString('base64')) : 'null';
    case 'array':
      return Array.isArray(value) ? `[${value.map((item: Value) => jsonOf(item, type.element)).join(',')}]` : 'null';
    case 'row': {
      if (!Array.isArray(value)) return 'null';
      const fields = type.fields.map(
        (field, at) => `${JSON.stringify(field.name)}:${jsonOf(value[at] ?? null, field.type)}`,
      );
      return `{${fields.join(',')}}`;
    }
    case 'map': {
      if (!(value instanceof Map)) return 'null';
      const entries = [...value].map(
        ([key, item]) => `${JSON.stringify(castToText(key, type.key))}:${jsonOf(item, type.value)}`,
      );
      return `{${entries.join(',')}}`;
    }
    default:
      return JSON.stringify(castToText(value, type));
  }
}
