import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { dateText, timestampValueText, timeText } from './time-text.ts';

/** One value as JSON text, digits exact: for nested values, and for rows that are staged as text. */
export function jsonText(value: Value, type: DataType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'interval':
    case 'bigint':
    case 'decimal':
      return String(value);
    case 'float':
    case 'double':
      return Number.isFinite(value) ? String(value) : `"${String(value)}"`;
    case 'string':
      return JSON.stringify(String(value));
    case 'bytes':
      return value instanceof Uint8Array ? `"${Buffer.from(value).toString('base64')}"` : 'null';
    case 'date':
      return `"${dateText(Number(value))}"`;
    case 'time':
      return `"${timeText(Number(value))}"`;
    case 'timestamp':
      return `"${timestampValueText(value, type)}"`;
    case 'timestamp_ltz':
      return `"${timestampValueText(value, type)}Z"`;
    case 'array':
      return Array.isArray(value) ? `[${value.map((each: Value) => jsonText(each, type.element)).join(',')}]` : 'null';
    case 'map':
      return value instanceof Map ? mapText(value, type.key, type.value) : 'null';
    case 'row': {
      if (!Array.isArray(value)) return 'null';
      const values: readonly Value[] = value;
      const fields = type.fields.map(
        (field, index) => `${JSON.stringify(field.name)}:${jsonText(values[index] ?? null, field.type)}`,
      );
      return `{${fields.join(',')}}`;
    }
  }
}

function mapText(entries: ReadonlyMap<Value, Value>, key: DataType, value: DataType): string {
  const parts = [...entries].map(([name, entry]) => {
    const text = key.kind === 'string' ? JSON.stringify(String(name)) : JSON.stringify(bare(jsonText(name, key)));
    return `${text}:${jsonText(entry, value)}`;
  });
  return `{${parts.join(',')}}`;
}

function bare(text: string): string {
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}
