import { type DataType, type Field, multisetType, type Schema } from '@millrace/model';
import type { JsonReader } from './json-reader.ts';

const KINDS = [
  'boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'float', 'double', 'decimal', 'string', 'bytes', 'date', 'time',
  'timestamp', 'timestamp_ltz', 'interval', 'array', 'map', 'row',
] as const satisfies readonly DataType['kind'][]; // biome-ignore format: a table

/** Types inside types. */
const NESTING_MAX = 64;

export function readSchema(reader: JsonReader, value: unknown, path: string): Schema | undefined {
  const object = reader.object(value, path);
  if (object === undefined) return undefined;
  const fields = readFields(reader, object.fields, `${path}.fields`);
  if (fields === undefined) return undefined;
  const last = fields.length - 1;
  const { eventTime, primaryKey } = object;
  const time = eventTime === undefined ? undefined : reader.whole(eventTime, `${path}.eventTime`, 0, last);
  const key =
    primaryKey === undefined
      ? undefined
      : reader.list(primaryKey, `${path}.primaryKey`, (item, at) => reader.whole(item, at, 0, last));
  if ((eventTime !== undefined && time === undefined) || (primaryKey !== undefined && key === undefined))
    return undefined;
  const type = time === undefined ? undefined : fields[time]?.type;
  if (type !== undefined && ((type.kind !== 'timestamp' && type.kind !== 'timestamp_ltz') || type.precision > 3)) {
    return reader.refuse(`${path}.eventTime`, 'must be a TIMESTAMP or TIMESTAMP_LTZ column of precision 0 to 3');
  }
  return {
    fields,
    ...(time === undefined ? {} : { eventTime: time }),
    ...(key === undefined ? {} : { primaryKey: key }),
  };
}

/** Columns that are no schema of their own: nothing is said of keys and times. */
export function readFields(reader: JsonReader, value: unknown, path: string): readonly Field[] | undefined {
  return reader.list(value, path, (item, at) => readField(reader, item, at, 0));
}

export function readField(reader: JsonReader, value: unknown, path: string, depth: number): Field | undefined {
  const object = reader.object(value, path);
  if (object === undefined) return undefined;
  const name = reader.string(object.name, `${path}.name`);
  const type = readType(reader, object.type, `${path}.type`, depth);
  return name === undefined || type === undefined ? undefined : { name, type };
}

export function readType(reader: JsonReader, value: unknown, path: string, depth = 0): DataType | undefined {
  if (depth > NESTING_MAX) return reader.refuse(path, `nests more than ${NESTING_MAX} types`);
  const object = reader.object(value, path);
  const kind = object && reader.oneOf(object.kind, KINDS, `${path}.kind`);
  const nullable = object && reader.boolean(object.nullable, `${path}.nullable`);
  if (object === undefined || kind === undefined || nullable === undefined) return undefined;
  switch (kind) {
    case 'decimal': {
      const precision = reader.whole(object.precision, `${path}.precision`, 1, 38);
      const scale = reader.whole(object.scale, `${path}.scale`, 0, precision ?? 38);
      return precision === undefined || scale === undefined ? undefined : { kind, precision, scale, nullable };
    }
    case 'time':
    case 'timestamp':
    case 'timestamp_ltz': {
      const precision = reader.whole(object.precision, `${path}.precision`, 0, kind === 'time' ? 3 : 9);
      return precision === undefined ? undefined : { kind, precision, nullable };
    }
    case 'interval': {
      const unit = reader.oneOf(object.unit, ['months', 'milliseconds'], `${path}.unit`);
      return unit === undefined ? undefined : { kind, unit, nullable };
    }
    case 'array': {
      const element = readType(reader, object.element, `${path}.element`, depth + 1);
      return element === undefined ? undefined : { kind, element, nullable };
    }
    case 'map': {
      const key = readType(reader, object.key, `${path}.key`, depth + 1);
      const entry = readType(reader, object.value, `${path}.value`, depth + 1);
      if (key === undefined || entry === undefined) return undefined;
      return object.isMultiset === true ? multisetType(key, nullable) : { kind, key, value: entry, nullable };
    }
    case 'row': {
      const fields = reader.list(object.fields, `${path}.fields`, (item, at) => readField(reader, item, at, depth + 1));
      return fields === undefined ? undefined : { kind, fields, nullable };
    }
    default:
      return { kind, nullable };
  }
}

/** The same kind of value, up to NULL: what must hold between a column and whoever reads it. */
export function isSameType(a: DataType, b: DataType): boolean {
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'interval' && b.kind === 'interval') return a.unit === b.unit;
  if (a.kind === 'array' && b.kind === 'array') return isSameType(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map')
    return a.isMultiset === b.isMultiset && isSameType(a.key, b.key) && isSameType(a.value, b.value);
  if (a.kind === 'row' && b.kind === 'row') {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, at) => isSameType(field.type, b.fields[at]?.type ?? a))
    );
  }
  return a.kind === b.kind && ('precision' in a ? a.precision : 0) === ('precision' in b ? b.precision : 0);
}
