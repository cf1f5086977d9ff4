import type { Value } from '@millrace/batch';
import { columnKindOf, formatDecimal } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { integerOfText, numberOfText, scalarText } from './json-scalar.ts';
import { skipSpace, skipValue, unescapeString } from './json-scan.ts';

const text = new TextDecoder();

/** The checked JSON at `bytes[start, end)` as a value of `type`, digits exact; undefined when it is of another kind. */
export function nestedValue(bytes: Uint8Array, start: number, end: number, type: DataType): Value | undefined {
  if (bytes[start] === 110) return type.nullable ? null : undefined;
  switch (type.kind) {
    case 'array':
      return bytes[start] === 91 ? arrayValue(bytes, start, end, type.element) : undefined;
    case 'map':
      return bytes[start] === 123 ? mapValue(bytes, start, end, type.key, type.value) : undefined;
    case 'row':
      return bytes[start] === 123 ? rowValue(bytes, start, end, type) : undefined;
    case 'string':
      return bytes[start] === 34
        ? decoded(unescapeString(bytes, start + 1, end - 1))
        : text.decode(bytes.subarray(start, end));
    case 'bytes':
      return bytes[start] === 34 ? Buffer.from(scalarText(bytes, start, end) ?? '', 'base64') : undefined;
    default: {
      const scalar = scalarText(bytes, start, end);
      return scalar === undefined ? undefined : scalarValue(scalar, type);
    }
  }
}

function decoded(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : text.decode(bytes);
}

function scalarValue(scalar: string, type: DataType): Value | undefined {
  if (type.kind === 'boolean') {
    const flag = numberOfText(scalar, type);
    return flag === undefined ? undefined : flag === 1;
  }
  if (columnKindOf(type) !== 'int64') return numberOfText(scalar, type);
  const integer = integerOfText(scalar, type);
  return integer === undefined || type.kind !== 'decimal' ? integer : formatDecimal(integer, type.scale);
}

function arrayValue(bytes: Uint8Array, start: number, end: number, element: DataType): Value | undefined {
  const values: Value[] = [];
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] !== 93) {
    const valueEnd = skipValue(bytes, at, end);
    const value = nestedValue(bytes, at, valueEnd, element);
    if (value === undefined) return undefined;
    values.push(value);
    at = afterComma(bytes, valueEnd, end);
  }
  return values;
}

function mapValue(bytes: Uint8Array, start: number, end: number, key: DataType, value: DataType): Value | undefined {
  const entries = new Map<Value, Value>();
  const fits = eachEntry(bytes, start, end, (name, from, to) => {
    const entryKey = key.kind === 'string' ? name : scalarValue(name, key);
    const entryValue = nestedValue(bytes, from, to, value);
    if (entryKey === undefined || entryValue === undefined) return false;
    entries.set(entryKey, entryValue);
    return true;
  });
  return fits ? entries : undefined;
}

function rowValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: Extract<DataType, { kind: 'row' }>,
): Value | undefined {
  const values: Value[] = type.fields.map(() => null);
  const fits = eachEntry(bytes, start, end, (name, from, to) => {
    const index = type.fields.findIndex((field) => field.name === name);
    const field = type.fields[index];
    if (field === undefined) return true;
    const value = nestedValue(bytes, from, to, field.type);
    if (value !== undefined) values[index] = value;
    return value !== undefined;
  });
  const complete = type.fields.every((field, index) => field.type.nullable || values[index] !== null);
  return fits && complete ? values : undefined;
}

/** Visits the entries of a checked object until `visit` says false; returns whether it never did. */
function eachEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (name: string, valueStart: number, valueEnd: number) => boolean,
): boolean {
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] !== 125) {
    const nameEnd = skipValue(bytes, at, end);
    const name = decoded(unescapeString(bytes, at + 1, nameEnd - 1));
    const valueStart = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    const valueEnd = skipValue(bytes, valueStart, end);
    if (name === undefined || !visit(name, valueStart, valueEnd)) return false;
    at = afterComma(bytes, valueEnd, end);
  }
  return true;
}

function afterComma(bytes: Uint8Array, start: number, end: number): number {
  const at = skipSpace(bytes, start, end);
  return bytes[at] === 44 ? skipSpace(bytes, at + 1, end) : at;
}
