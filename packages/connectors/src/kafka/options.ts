import type { DataType } from '@millrace/model';
import {
  CHANGE_FORMATS,
  changeOptions,
  checkChangeOptions,
  patternProblem,
} from '../formats/change-json/change-format.ts';
import { VALUE_METADATA_KEYS } from '../formats/change-json/value-metadata.ts';
import { checkCsvOptions, columnsOption, csvOptions } from '../formats/csv-dialect.ts';
import { DEAD_LETTER_OPTIONS } from '../option/dead-letter-options.ts';
import type { ConnectorDescription, OptionIssue, Role } from '../option/description.ts';
import { parseJaas } from './jaas.ts';
import { METADATA_KEYS, metadataIssues } from './metadata.ts';

/** Formats of a record that is one row. */
export const ROW_FORMATS = ['json', 'csv', 'raw'];
const VALUE_FORMATS = [...ROW_FORMATS, ...CHANGE_FORMATS];

export const TOPIC_PATTERN = 'topic-pattern';

/** Options of the `kafka` connector: Flink's names. Only client properties listed here are accepted (an allow-list, never a block-list). */
export const KAFKA: ConnectorDescription = {
  name: 'kafka',
  title: 'Apache Kafka',
  help: 'Reads and writes the topics of a Kafka cluster. Exactly-once by transactions.',
  roles: ['source', 'sink'],
  check: checkTogether,
  options: [
    option(
      'topic',
      'both',
      "Name of the topic, or several, separated by semicolons; to write to several, a column METADATA FROM 'topic' says which. Or, to read, 'topic-pattern'.",
    ),
    option(
      TOPIC_PATTERN,
      'source',
      "Regular expression (Java's) of the names of the topics to read: all that match, and those that come later ('scan.topic-partition-discovery.interval').",
    ),
    option('properties.bootstrap.servers', 'both', 'Brokers to start from: host:port, comma separated.', {
      required: true,
    }),
    option('properties.group.id', 'source', 'Consumer group under which positions are published for monitoring.'),
    option('properties.client.id', 'both', 'Prefix of the client id the broker sees.'),
    {
      ...option('scan.startup.mode', 'source', 'Where a new job starts reading.', { default: 'group-offsets' }),
      kind: 'enum',
      values: ['earliest-offset', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    },
    {
      ...option(
        'scan.startup.timestamp-millis',
        'source',
        "Epoch ms to start from, with scan.startup.mode 'timestamp'.",
      ),
      kind: 'int',
      min: 0,
    },
    option(
      'scan.startup.specific-offsets',
      'source',
      "Offsets by partition, such as 'partition:0,offset:42;partition:1,offset:300'.",
    ),
    {
      ...option('scan.bounded.mode', 'source', 'Whether reading ends at what is there at the start.', {
        default: 'unbounded',
      }),
      kind: 'enum',
      values: ['unbounded', 'latest-offset'],
    },
    {
      ...option(
        'scan.topic-partition-discovery.interval',
        'source',
        'How often new partitions are looked for; 0 never.',
        {
          default: '5 min',
        },
      ),
      kind: 'duration',
    },
    formatOption('format', 'Format of the record value; the short form of value.format.', VALUE_FORMATS),
    formatOption('value.format', 'Format of the record value.', VALUE_FORMATS),
    formatOption('key.format', 'Format of the record key.', ROW_FORMATS),
    option('key.fields', 'both', 'Columns that make the record key, separated by semicolons.'),
    option('key.fields-prefix', 'both', 'Prefix of the key columns that the key itself does not have.'),
    {
      ...option('value.fields-include', 'both', 'Whether the key columns are part of the value too.', {
        default: 'ALL',
      }),
      kind: 'enum',
      values: ['ALL', 'EXCEPT_KEY'],
    },
    flag('json.fail-on-missing-field', 'source', 'A field that is absent rejects the record instead of being NULL.'),
    flag('value.json.fail-on-missing-field', 'source', "The same, with 'value.format'."),
    ...csvOptions('csv.'),
    ...csvOptions('value.csv.'),
    ...csvOptions('key.csv.'),
    columnsOption,
    ...changeOptions(''),
    ...changeOptions('value.'),
    ...DEAD_LETTER_OPTIONS,
    {
      ...option(
        'metadata.<column>',
        'both',
        'Column filled from the record itself; a sink writes headers and timestamp, and of several topics the topic. Written by METADATA columns.',
      ),
      kind: 'enum',
      values: [...METADATA_KEYS, ...VALUE_METADATA_KEYS],
    },
    {
      ...option('sink.partitioner', 'sink', 'How rows choose their partition.', { default: 'default' }),
      kind: 'enum',
      values: ['default', 'fixed', 'round-robin'],
    },
    {
      ...option('sink.partitions', 'sink', 'Partitions of the topic when it has to be created.', { default: '4' }),
      kind: 'int',
      min: 1,
      max: 1_000,
    },
    option('sink.transactional-id-prefix', 'sink', "Start of the transactional ids; 'millrace' when absent."),
    {
      ...option('properties.transaction.timeout.ms', 'sink', 'How long the broker keeps an open transaction.', {
        default: '900000',
      }),
      kind: 'int',
      min: 10_000,
      max: 900_000,
    },
    {
      ...option('properties.security.protocol', 'both', 'How to talk to the brokers.', { default: 'PLAINTEXT' }),
      kind: 'enum',
      values: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    },
    {
      ...option('properties.sasl.mechanism', 'both', 'How to sign in.', { default: 'PLAIN' }),
      kind: 'enum',
      values: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    },
    option(
      'properties.sasl.jaas.config',
      'both',
      'User and password as Kafka\'s clients take them: org.apache.kafka.common.security.scram.ScramLoginModule required username="..." password="...";',
      { secret: true },
    ),
    option('properties.sasl.username', 'both', 'User to sign in as, instead of properties.sasl.jaas.config.'),
    option('properties.sasl.password', 'both', 'Password of that user.', { secret: true }),
    pemOption('properties.ssl.truststore.type'),
    option(
      'properties.ssl.truststore.certificates',
      'both',
      'Certificates to trust, as PEM text; those of public authorities when absent.',
    ),
    pemOption('properties.ssl.keystore.type'),
    option('properties.ssl.keystore.certificate.chain', 'both', 'Certificate of this client, as PEM text.'),
    option('properties.ssl.keystore.key', 'both', 'Private key of this client, as PEM text.', { secret: true }),
  ],
};

function option(
  name: string,
  role: Role | 'both',
  help: string,
  more: { required?: boolean; default?: string; secret?: boolean } = {},
): ConnectorDescription['options'][number] {
  return { name, kind: 'string', role, help, required: false, ...more };
}

function formatOption(name: string, help: string, values: readonly string[]): ConnectorDescription['options'][number] {
  return { ...option(name, 'both', help), kind: 'enum', values };
}

/** PEM is the only kind; the option is there so that what Flink needs is not refused. */
function pemOption(name: string): ConnectorDescription['options'][number] {
  return {
    ...option(name, 'both', 'Kind of the certificates given.', { default: 'PEM' }),
    kind: 'enum',
    values: ['PEM'],
  };
}

function flag(name: string, role: Role | 'both', help: string): ConnectorDescription['options'][number] {
  return { ...option(name, role, help, { default: 'false' }), kind: 'boolean' };
}

/** Rules over several options. */
function checkTogether(
  options: Readonly<Record<string, string>>,
  role: Role,
  columns?: ReadonlyMap<string, DataType>,
): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const missing = (name: string, message: string) => issues.push({ option: name, reason: 'missing', message });
  const invalid = (name: string, message: string) => issues.push({ option: name, reason: 'invalid', message });
  if (options.format === undefined && options['value.format'] === undefined) {
    missing('format', `option 'format' is required: ${VALUE_FORMATS.map((name) => `'${name}'`).join(', ')}`);
  } else if (options.format !== undefined && options['value.format'] !== undefined) {
    invalid('format', "give either 'format' or 'value.format', not both");
  }
  if ((options['key.fields'] === undefined) !== (options['key.format'] === undefined)) {
    const [given, absent] = options['key.fields'] === undefined ? ['format', 'fields'] : ['fields', 'format'];
    missing(`key.${absent}`, `option 'key.${absent}' is required when 'key.${given}' is given`);
  }
  for (const prefix of ['csv.', 'value.csv.', 'key.csv.']) issues.push(...checkCsvOptions(options, prefix));
  for (const server of (options['properties.bootstrap.servers'] ?? '').split(',')) {
    if (!/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/.test(server.trim())) {
      invalid('properties.bootstrap.servers', `'${server}' in 'properties.bootstrap.servers' is not host:port`);
    }
  }
  issues.push(...topicIssues(options, role));
  issues.push(...metadataIssues(options, role, columns), ...checkChangeOptions(options, role));
  if (options['scan.startup.mode'] === 'timestamp' && options['scan.startup.timestamp-millis'] === undefined) {
    missing('scan.startup.timestamp-millis', "scan.startup.mode 'timestamp' needs 'scan.startup.timestamp-millis'");
  }
  if (options['scan.startup.mode'] === 'specific-offsets') {
    if (parseSpecificOffsets(options['scan.startup.specific-offsets'] ?? '') === undefined) {
      missing(
        'scan.startup.specific-offsets',
        "scan.startup.mode 'specific-offsets' needs 'scan.startup.specific-offsets' such as 'partition:0,offset:42'",
      );
    }
  }
  issues.push(...signInIssues(options));
  return issues;
}

/** Which topics: by name, or of a source by pattern. */
function topicIssues(options: Readonly<Record<string, string>>, role: Role): OptionIssue[] {
  const { topic, [TOPIC_PATTERN]: pattern } = options;
  const issue = (option: string, reason: OptionIssue['reason'], message: string) => [{ option, reason, message }];
  if (pattern !== undefined) {
    if (role === 'sink') {
      const remedy =
        "a sink writes to topics that 'topic' names, one or, with a METADATA column that says which, several";
      return issue(TOPIC_PATTERN, 'invalid', `option '${TOPIC_PATTERN}' is for reading: ${remedy}`);
    }
    if (topic !== undefined)
      return issue(TOPIC_PATTERN, 'invalid', `give either 'topic' or '${TOPIC_PATTERN}', not both`);
    const problem = patternProblem(TOPIC_PATTERN, pattern);
    return problem === undefined ? [] : issue(TOPIC_PATTERN, 'invalid', problem);
  }
  if (topic === undefined) {
    const or = role === 'source' ? `, or '${TOPIC_PATTERN}'` : '';
    return issue(
      'topic',
      'missing',
      `option 'topic' is required: the name of the topic, or several with ; between them${or}`,
    );
  }
  const wrong = topic.split(';').filter((name) => !/^[A-Za-z0-9._-]{1,249}$/.test(name));
  return wrong.flatMap((name) =>
    issue('topic', 'invalid', `'${name}' is no topic name: letters, digits, '.', '_' and '-' are allowed`),
  );
}

const JAAS = 'properties.sasl.jaas.config';
const USERNAME = 'properties.sasl.username';
const PASSWORD = 'properties.sasl.password';

/** Messages name options, never what they hold. */
function signInIssues(options: Readonly<Record<string, string>>): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const protocol = options['properties.security.protocol'] ?? 'PLAINTEXT';
  const issue = (reason: OptionIssue['reason'], option: string, message: string) =>
    issues.push({ option, reason, message: `option '${option}' ${message}` });
  for (const name of Object.keys(options)) {
    const kind = /^properties\.(sasl|ssl)\./.exec(name)?.[1]?.toUpperCase();
    if (kind !== undefined && !protocol.includes(kind)) {
      const fitting = kind === 'SASL' ? 'SASL_SSL or SASL_PLAINTEXT' : 'SSL or SASL_SSL';
      issue('invalid', name, `needs 'properties.security.protocol' = ${fitting}; here it is ${protocol}`);
    }
  }
  if (!protocol.startsWith('SASL')) return issues;
  const jaas = options[JAAS];
  if (jaas === undefined) {
    if (options[USERNAME] === undefined && options[PASSWORD] === undefined) {
      issue('missing', JAAS, `is required to sign in, or '${USERNAME}' and '${PASSWORD}'`);
    } else {
      for (const name of [USERNAME, PASSWORD]) {
        if (options[name] === undefined) issue('missing', name, 'is required to sign in');
      }
    }
    return issues;
  }
  for (const name of [USERNAME, PASSWORD]) {
    if (options[name] !== undefined) issue('invalid', name, `cannot be given together with '${JAAS}'`);
  }
  const login = parseJaas(jaas);
  const mechanism = options['properties.sasl.mechanism'] ?? 'PLAIN';
  if (login === undefined) {
    const form = 'required username="..." password="...";';
    const modules = 'org.apache.kafka.common.security.plain.PlainLoginModule or ...scram.ScramLoginModule';
    issue('invalid', JAAS, `must be ${modules}, then ${form}`);
  } else if (!login.mechanisms.includes(mechanism)) {
    issue('invalid', JAAS, `is for ${login.mechanisms.join(' and ')}, but 'properties.sasl.mechanism' is ${mechanism}`);
  }
  return issues;
}

/** `partition:0,offset:42;partition:1,offset:300` as a map; undefined when it is not of that form. */
export function parseSpecificOffsets(text: string): ReadonlyMap<number, number> | undefined {
  const offsets = new Map<number, number>();
  for (const part of text.split(';')) {
    const match = /^\s*partition:(\d+)\s*,\s*offset:(\d+)\s*$/.exec(part);
    if (match === null) return undefined;
    offsets.set(Number(match[1]), Number(match[2]));
  }
  return offsets;
}
