import type { DataType } from '@millrace/model';
import { changeOptions } from '../formats/change-json/change-format.ts';
import { columnsOption } from '../formats/csv-dialect.ts';
import { KAFKA, ROW_FORMATS, TOPIC_PATTERN } from '../kafka/options.ts';
import type { ConnectorDescription, OptionIssue, Role } from '../option/description.ts';

/** What follows from the PRIMARY KEY, or has one meaning only, is not an option here: a table is read from its first record. */
const DECIDED = new Set([
  TOPIC_PATTERN,
  'key.fields',
  'format',
  'json.fail-on-missing-field',
  'sink.partitioner',
  'scan.startup.mode',
  'scan.startup.timestamp-millis',
  'scan.startup.specific-offsets',
]);
/** Records that say changes have no place in a table of rows by key. */
const CHANGE_OPTIONS = new Set([...changeOptions(''), ...changeOptions('value.')].map(({ name }) => name));
const TOPIC_HELP =
  "Name of the topic; to write to several, separated by semicolons, a column METADATA FROM 'topic' says which.";
const REQUIRED = new Set(['key.format', 'value.format']);

/** Options of the `upsert-kafka` connector: those of a Kafka table, with formats for key and value. */
export const UPSERT_KAFKA: ConnectorDescription = {
  name: 'upsert-kafka',
  title: 'Apache Kafka, by key',
  help: 'The row of each key as it is now; a record without a value deletes it. The PRIMARY KEY is the record key. For compacted topics.',
  roles: ['source', 'sink'],
  system: 'kafka',
  sourceChanges: 'upsert',
  sinkChanges: 'upsert',
  options: KAFKA.options
    .filter(({ name }) => !DECIDED.has(name) && !CHANGE_OPTIONS.has(name))
    .filter(({ name }) => !name.startsWith('csv.') || name === columnsOption.name)
    .map((option) => (option.name === 'topic' ? { ...option, required: true, help: TOPIC_HELP } : option))
    .map((option) => (REQUIRED.has(option.name) ? { ...option, required: true, values: ROW_FORMATS } : option)),
  check,
};

function check(
  options: Readonly<Record<string, string>>,
  role: Role,
  columns?: ReadonlyMap<string, DataType>,
): readonly OptionIssue[] {
  const issues = KAFKA.check?.(asKafka(options, ['key']), role, columns) ?? [];
  if ((options.topic ?? '').includes(';') && role === 'source') {
    const message = 'rows are told by key within one topic: name one';
    return [...issues, { option: 'topic', reason: 'invalid', message }];
  }
  return issues;
}

/** The options as the `kafka` connector takes them; `key` names the columns of the PRIMARY KEY. */
export function asKafka(
  options: Readonly<Record<string, string>>,
  key: readonly string[],
): Readonly<Record<string, string>> {
  return { ...options, connector: KAFKA.name, 'key.fields': key.join(';') };
}
