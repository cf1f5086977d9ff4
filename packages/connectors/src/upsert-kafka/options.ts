import { KAFKA } from '../kafka/options.ts';
import type { ConnectorDescription } from '../option/description.ts';

/** What follows from the PRIMARY KEY, or has one meaning only, is not an option here. */
const DECIDED = new Set(['key.fields', 'key.fields-prefix', 'format', 'sink.partitioner']);

/** Options of the `upsert-kafka` connector: those of a Kafka sink, with formats for key and value. */
export const UPSERT_KAFKA: ConnectorDescription = {
  name: 'upsert-kafka',
  title: 'Apache Kafka, by key',
  help: 'Writes the row of each key as it is now; a deleted row is a record without a value. The PRIMARY KEY is the record key. For compacted topics.',
  roles: ['sink'],
  system: 'kafka',
  sinkChanges: 'upsert',
  options: KAFKA.options
    .filter(({ name, role }) => role !== 'source' && !DECIDED.has(name))
    .map((option) =>
      option.name === 'key.format' || option.name === 'value.format' ? { ...option, required: true } : option,
    ),
  check: (options, role) => KAFKA.check?.(asKafka(options, ['key']), role) ?? [],
};

/** The options as the `kafka` connector takes them; `key` names the columns of the PRIMARY KEY. */
export function asKafka(
  options: Readonly<Record<string, string>>,
  key: readonly string[],
): Readonly<Record<string, string>> {
  return { ...options, connector: KAFKA.name, 'key.fields': key.join(';') };
}
