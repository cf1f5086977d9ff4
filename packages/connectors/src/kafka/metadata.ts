import type { DataType, Field } from '@millrace/model';
import { changeFormatOf } from '../formats/change-json/change-format.ts';
import { isValueKey, valueKeyProblem } from '../formats/change-json/value-metadata.ts';
import type { OptionIssue, Role } from '../option/description.ts';

/** What a record says beside key and value: Flink's keys of METADATA columns, read and written. */
export const METADATA_KEYS = [
  'topic',
  'partition',
  'headers',
  'leader-epoch',
  'offset',
  'timestamp',
  'timestamp-type',
] as const;

export type MetadataKey = (typeof METADATA_KEYS)[number];

/** What a sink may say of a record; everything else is the broker's to say, so its columns are VIRTUAL. The topic only where there are several. */
const WRITTEN: readonly MetadataKey[] = ['headers', 'timestamp'];
const WRITTEN_TO_SEVERAL: readonly MetadataKey[] = ['headers', 'timestamp', 'topic'];

/** The option that says which key a column is filled from: `metadata.<column>`. */
const OPTION_PREFIX = 'metadata.';

export function isMetadataKey(key: string): key is MetadataKey {
  return METADATA_KEYS.some((known) => known === key);
}

/** What is wrong with the METADATA columns of a table in a role; `columns` undefined: their types are not known. */
export function metadataIssues(
  options: Readonly<Record<string, string>>,
  role: Role,
  columns: ReadonlyMap<string, DataType> | undefined,
): readonly OptionIssue[] {
  const written = (options.topic ?? '').includes(';') ? WRITTEN_TO_SEVERAL : WRITTEN;
  const missing = role === 'sink' ? topicIssues(options) : [];
  const wrong = Object.entries(options).flatMap(([option, key]): readonly OptionIssue[] => {
    if (!option.startsWith(OPTION_PREFIX)) return [];
    const name = option.slice(OPTION_PREFIX.length);
    const type = columns?.get(name);
    if (isValueKey(key)) return told(option, valueKeyIssue(name, type, key, options, role));
    if (!isMetadataKey(key)) return [];
    const message =
      role === 'sink' && !written.includes(key)
        ? `the ${key} of a record is Kafka's: declare the column ${name} VIRTUAL; only headers and timestamp are written, and the topic where there are several`
        : type === undefined
          ? undefined
          : typeProblem({ name, type }, key, role);
    return told(option, message);
  });
  return [...missing, ...wrong];
}

function told(option: string, message: string | undefined): readonly OptionIssue[] {
  return message === undefined ? [] : [{ option, reason: 'invalid', message }];
}

function valueKeyIssue(
  name: string,
  type: DataType | undefined,
  key: string,
  options: Readonly<Record<string, string>>,
  role: Role,
): string | undefined {
  if (role !== 'sink') return valueKeyProblem(name, type, key, changeFormatOf(options));
  return `what stands beside the row in a record is not written: declare the column ${name} VIRTUAL`;
}

/** Of several topics each row names one. */
function topicIssues(options: Readonly<Record<string, string>>): readonly OptionIssue[] {
  const isNamed = Object.entries(options).some(([name, key]) => name.startsWith(OPTION_PREFIX) && key === 'topic');
  if (isNamed || !(options.topic ?? '').includes(';')) return [];
  const message =
    "to write to several topics a column says which: declare one as STRING METADATA FROM 'topic', not VIRTUAL, or name one topic";
  return [{ option: 'topic', reason: 'invalid', message }];
}

/** Undefined when a column of this type can hold, or say, what the key stands for. */
export function typeProblem({ name, type }: Field, key: MetadataKey, role: Role): string | undefined {
  const allowed = role === 'sink' && key === 'timestamp' ? ['TIMESTAMP_LTZ', 'TIMESTAMP'] : TYPES[key];
  if (allowed.includes(kindOf(type))) return undefined;
  return `metadata column '${name}' from '${key}' must be ${allowed.join(' or ')}${role === 'sink' ? ' to be written' : ''}`;
}

const TYPES: Readonly<Record<MetadataKey, readonly string[]>> = {
  topic: ['STRING'],
  partition: ['INT', 'BIGINT'],
  headers: ['MAP<STRING, BYTES>', 'MAP<STRING, STRING>'],
  'leader-epoch': ['INT', 'BIGINT'],
  offset: ['BIGINT'],
  timestamp: ['TIMESTAMP_LTZ', 'TIMESTAMP', 'BIGINT'],
  'timestamp-type': ['STRING'],
};

function kindOf(type: DataType): string {
  if (type.kind === 'map') return `MAP<${kindOf(type.key)}, ${kindOf(type.value)}>`;
  return type.kind === 'integer' ? 'INT' : type.kind.toUpperCase();
}
