import type { DataType } from '@millrace/model';
import type { ChangeFormatName } from './change-format.ts';

/** What stands in front of a format's keys where a connector has keys of its own: Flink's `value.source.table`. */
export const VALUE_KEY_PREFIX = 'value.';

const TEXT = ['STRING'];
const TIME = ['TIMESTAMP_LTZ', 'TIMESTAMP', 'BIGINT'];
const NAMES = ['ARRAY<STRING>'];

/** What records say beside their rows: Flink's keys, and the types of columns that can hold it. */
const KEYS: Readonly<Record<ChangeFormatName, Readonly<Record<string, readonly string[]>>>> = {
  'debezium-json': {
    schema: TEXT,
    'ingestion-timestamp': TIME,
    'source.timestamp': TIME,
    'source.database': TEXT,
    'source.schema': TEXT,
    'source.table': TEXT,
    'source.properties': ['MAP<STRING, STRING>'],
  },
  'canal-json': {
    database: TEXT,
    table: TEXT,
    'sql-type': ['MAP<STRING, INT>'],
    'pk-names': NAMES,
    'ingestion-timestamp': TIME,
    'event-timestamp': TIME,
  },
  'maxwell-json': { database: TEXT, table: TEXT, 'primary-key-columns': NAMES, 'ingestion-timestamp': TIME },
  'ogg-json': { table: TEXT, 'primary-keys': NAMES, 'ingestion-timestamp': TIME, 'event-timestamp': TIME },
};

/** All keys of all formats, with the prefix. */
export const VALUE_METADATA_KEYS: readonly string[] = [
  ...new Set(Object.values(KEYS).flatMap((keys) => Object.keys(keys).map((key) => `${VALUE_KEY_PREFIX}${key}`))),
];

export function isValueKey(key: string): boolean {
  return key.startsWith(VALUE_KEY_PREFIX);
}

/** Why a column cannot be filled from the key (with its prefix) under this format; undefined when it can. `type` undefined: not known. */
export function valueKeyProblem(
  name: string,
  type: DataType | undefined,
  key: string,
  format: ChangeFormatName | undefined,
): string | undefined {
  const keys = format === undefined ? {} : KEYS[format];
  const allowed = keys[key.slice(VALUE_KEY_PREFIX.length)];
  if (allowed === undefined) {
    const known = Object.keys(keys).map((each) => `'${VALUE_KEY_PREFIX}${each}'`);
    const says = known.length === 0 ? 'says nothing beside its columns' : `says ${known.join(', ')}`;
    return `metadata column '${name}' from '${key}': format ${format === undefined ? 'of the values' : `'${format}'`} ${says}`;
  }
  if (type === undefined || allowed.includes(written(type))) return undefined;
  return `metadata column '${name}' from '${key}' must be ${allowed.join(' or ')}`;
}

function written(type: DataType): string {
  switch (type.kind) {
    case 'map':
      return `MAP<${written(type.key)}, ${written(type.value)}>`;
    case 'array':
      return `ARRAY<${written(type.element)}>`;
    case 'integer':
      return 'INT';
    default:
      return type.kind.toUpperCase();
  }
}
