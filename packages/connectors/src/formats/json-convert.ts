import { isUtf8 } from 'node:buffer';
import { columnKindOf } from '@millrace/batch';
import { type DataType, type Field, formatDataType } from '@millrace/model';
import type { ColumnStore } from './column-store.ts';
import { nestedValue } from './json-nested.ts';
import { integerOfText, numberOfText, scalarText } from './json-scalar.ts';
import { skipValue, unescapeString } from './json-scan.ts';

/** What became of one value. `type`: valid JSON of the wrong kind for its column. */
export type Converted = 'value' | 'null' | 'type';

const latin = new TextDecoder('latin1');

/**
 * The careful way to fill one slot from the JSON value at `bytes[start, end)`: everything the generated
 * code leaves aside (NULL, numbers in quotes, more than 15 digits, exponents, escapes, nested values).
 */
export function convert(
  store: ColumnStore,
  field: number,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Converted {
  if (bytes[start] === 110) return 'null';
  const type = store.fields[field]?.type;
  if (type === undefined) return 'type';
  switch (type.kind) {
    case 'string':
      return convertString(store, field, row, bytes, start, end);
    case 'bytes':
      return convertBytes(store, field, row, bytes, start, end);
    case 'array':
    case 'map':
    case 'row': {
      const value = nestedValue(bytes, start, end, type);
      if (value === undefined) return 'type';
      const objects = store.objects[field];
      if (objects !== undefined) objects[row] = value;
      return 'value';
    }
    default:
      return convertScalar(store, field, row, scalarText(bytes, start, end), type);
  }
}

function convertScalar(
  store: ColumnStore,
  field: number,
  row: number,
  text: string | undefined,
  type: DataType,
): Converted {
  if (text === undefined) return 'type';
  if (columnKindOf(type) === 'int64') {
    const integer = integerOfText(text, type);
    if (integer === undefined) return 'type';
    store.setInteger(field, row, integer);
    return 'value';
  }
  const number = numberOfText(text, type);
  const values = store.values[field];
  if (number === undefined || values === undefined) return 'type';
  values[row] = number;
  return 'value';
}

/** Strings as they are; numbers, booleans, objects and arrays as their JSON text, as Flink does. */
function convertString(
  store: ColumnStore,
  field: number,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Converted {
  const content = bytes[start] === 34 ? unescapeString(bytes, start + 1, end - 1) : bytes.subarray(start, end);
  if (content === undefined || !isUtf8(content)) return 'type';
  store.setBytes(field, row, content);
  return 'value';
}

function convertBytes(
  store: ColumnStore,
  field: number,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Converted {
  const text = bytes[start] === 34 ? scalarText(bytes, start, end) : undefined;
  if (text === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return 'type';
  store.setBytes(field, row, Buffer.from(text, 'base64'));
  return 'value';
}

/** `field amount: expected DECIMAL(10, 2), found "abc" at byte 41`. */
export function typeMessage(field: Field, bytes: Uint8Array, start: number, end: number, base: number): string {
  const valueEnd = Math.abs(skipValue(bytes, start, end));
  const shown = latin.decode(bytes.subarray(start, Math.min(valueEnd, end, start + 40)));
  const found = isUtf8(bytes.subarray(start, Math.min(valueEnd, end))) ? shown : `${shown} (not UTF-8)`;
  return `field ${field.name}: expected ${formatDataType(field.type)}, found ${found} at byte ${start - base}`;
}
