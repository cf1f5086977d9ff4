import type { RejectionBudget } from '@millrace/contracts';
import type { Field, Schema } from '@millrace/model';
import {
  type ChangeFormatName,
  isChangeFormat,
  readChangeFormat,
  wholeName,
} from '../formats/change-json/change-format.ts';
import { isValueKey, valueKeyProblem } from '../formats/change-json/value-metadata.ts';
import { COLUMNS_OPTION, csvDialectOf, readColumns } from '../formats/csv-dialect.ts';
import type { FormatName, RecordFormat, ValueFormat } from '../formats/record-format.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { rejectionBudgetOf } from '../option/dead-letter-options.ts';
import type { Role } from '../option/description.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { parseJaas } from './jaas.ts';
import { isMetadataKey, type MetadataKey, typeProblem } from './metadata.ts';
import { KAFKA, parseSpecificOffsets, TOPIC_PATTERN } from './options.ts';

/** Where the cluster is and how to sign in. Holds secrets: never log it. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string | undefined;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined;
  /** Which hosts may be reached; brokers name further ones. */
  readonly network: NetworkPolicy;
}

/** Which part of a record each column of the table comes from, by column index. */
export interface RecordLayout {
  readonly valueFormat: ValueFormat;
  readonly value: readonly number[];
  readonly keyFormat: RecordFormat | undefined;
  readonly key: readonly number[];
  /** Key columns are called this much longer in the table than in the key. */
  readonly keyPrefix: string;
  readonly metadata: readonly { readonly column: number; readonly key: MetadataKey }[];
  /** Columns filled from what a value says beside its rows; keys with `value.`. */
  readonly valueMetadata: readonly { readonly column: number; readonly key: string }[];
  /** A record is what the row of its key is now, and one without a value says that it is gone. */
  readonly isUpsert?: boolean;
}

type Startup =
  | { readonly kind: 'earliest' | 'latest' | 'group' }
  | { readonly kind: 'timestamp'; readonly epochMs: number }
  | { readonly kind: 'specific'; readonly offsets: ReadonlyMap<number, number> };

/** The options of one table, parsed once; the rest of the connector sees only this. */
export interface KafkaSourceTable {
  readonly connection: KafkaConnection;
  /** By name; none where a pattern says which. */
  readonly topics: readonly string[];
  /** Topics whose whole name matches are read, whenever they come. */
  readonly topicPattern: RegExp | undefined;
  readonly groupId: string | undefined;
  readonly startup: Startup;
  readonly bounded: boolean;
  readonly discoveryIntervalMs: number | undefined;
  readonly rejectionBudget: RejectionBudget;
  readonly layout: RecordLayout;
}

export interface KafkaSinkTable {
  readonly connection: KafkaConnection;
  /** More than one: each row says which. */
  readonly topics: readonly string[];
  readonly partitioner: 'default' | 'fixed' | 'round-robin';
  readonly partitions: number;
  readonly transactionalIdPrefix: string;
  readonly transactionTimeoutMs: number;
  readonly layout: RecordLayout;
}

type Options = Readonly<Record<string, string>>;

export function parseSourceTable(options: Options, schema: Schema, network: NetworkPolicy): KafkaSourceTable {
  const values = new OptionValues(KAFKA, options, 'source');
  const discovery = values.durationMs('scan.topic-partition-discovery.interval') ?? 0;
  const pattern = values.text(TOPIC_PATTERN);
  const bounded = values.text('scan.bounded.mode') === 'latest-offset';
  return {
    connection: connectionOf(values, network),
    topics: pattern === undefined ? [...new Set(values.required('topic').split(';'))] : [],
    topicPattern: pattern === undefined ? undefined : wholeName(pattern),
    groupId: values.text('properties.group.id'),
    startup: startupOf(values),
    bounded,
    rejectionBudget: rejectionBudgetOf(values),
    discoveryIntervalMs: bounded || discovery === 0 ? undefined : discovery,
    layout: layoutOf(values, schema, 'source'),
  };
}

export function parseSinkTable(options: Options, schema: Schema, network: NetworkPolicy): KafkaSinkTable {
  const values = new OptionValues(KAFKA, options, 'sink');
  const partitioner = values.text('sink.partitioner');
  return {
    connection: connectionOf(values, network),
    topics: [...new Set(values.required('topic').split(';'))],
    partitioner: partitioner === 'fixed' || partitioner === 'round-robin' ? partitioner : 'default',
    partitions: values.integer('sink.partitions') ?? 4,
    transactionalIdPrefix: values.text('sink.transactional-id-prefix') ?? 'millrace',
    transactionTimeoutMs: values.integer('properties.transaction.timeout.ms') ?? 900_000,
    layout: layoutOf(values, schema, 'sink'),
  };
}

/** The connection part alone, for browsing: any table's options that name a cluster. */
export function connectionOf(values: OptionValues, network: NetworkPolicy): KafkaConnection {
  const protocol = values.text('properties.security.protocol') ?? 'PLAINTEXT';
  const ca = values.text('properties.ssl.truststore.certificates');
  const cert = values.text('properties.ssl.keystore.certificate.chain');
  const key = values.text('properties.ssl.keystore.key');
  return {
    network,
    brokers: values
      .required('properties.bootstrap.servers')
      .split(',')
      .map((server) => server.trim()),
    clientId: values.text('properties.client.id'),
    tls: protocol.endsWith('SSL')
      ? {
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        }
      : undefined,
    sasl: protocol.startsWith('SASL')
      ? { mechanism: (values.text('properties.sasl.mechanism') ?? 'PLAIN').toLowerCase(), ...loginOf(values) }
      : undefined,
  };
}

function loginOf(values: OptionValues): { readonly username: string; readonly password: string } {
  const jaas = parseJaas(values.text('properties.sasl.jaas.config') ?? '');
  if (jaas !== undefined) return { username: jaas.username, password: jaas.password };
  return {
    username: values.required('properties.sasl.username'),
    password: values.required('properties.sasl.password'),
  };
}

function startupOf(values: OptionValues): Startup {
  switch (values.text('scan.startup.mode')) {
    case 'earliest-offset':
      return { kind: 'earliest' };
    case 'latest-offset':
      return { kind: 'latest' };
    case 'timestamp':
      return { kind: 'timestamp', epochMs: values.integer('scan.startup.timestamp-millis') ?? 0 };
    case 'specific-offsets': {
      const offsets = parseSpecificOffsets(values.required('scan.startup.specific-offsets'));
      return { kind: 'specific', offsets: offsets ?? new Map() };
    }
    default:
      return { kind: 'group' };
  }
}

/**
 * Columns of a source are only those the query needs (projection push-down), so a key column that is not
 * there is simply not read; in a sink it is an error.
 */
function layoutOf(values: OptionValues, schema: Schema, role: Role): RecordLayout {
  const metadata = metadataOf(values, schema);
  for (const { column, key } of metadata) checkMetadata(schema.fields[column], key, role);
  const format = values.text('value.format') ?? values.text('format');
  const changeFormat = isChangeFormat(format) ? format : undefined;
  const valueMetadata = valueMetadataOf(values, schema, changeFormat);
  const isMetadata = (column: number) => [...metadata, ...valueMetadata].some((each) => each.column === column);
  const keyPrefix = values.text('key.fields-prefix') ?? '';
  const keyNames = values.text('key.fields')?.split(';') ?? [];
  const key = keyNames.flatMap((name) => keyColumn(name, keyPrefix, schema, role));
  const exceptKey = values.text('value.fields-include') === 'EXCEPT_KEY';
  if (keyPrefix !== '' && !exceptKey) {
    throw invalidOption('key.fields-prefix', "option 'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'");
  }
  const isValue = (column: number) => !isMetadata(column) && !(exceptKey && key.includes(column));
  const value = schema.fields.map((_, column) => column).filter(isValue);
  const stored = readColumns(values.text(COLUMNS_OPTION)) ?? schema.fields.map((field) => field.name);
  const isOfKey = (name: string) => exceptKey && keyNames.includes(name);
  const prefix = values.text('value.format') === undefined ? '' : 'value.';
  const isStored = (name: string) =>
    !isOfKey(name) && !isMetadata(schema.fields.findIndex((field) => field.name === name));
  const valueFormat: ValueFormat =
    changeFormat === undefined
      ? recordFormatOf(values, prefix, stored.filter(isStored))
      : readChangeFormat(changeFormat, (name) => values.text(name), prefix);
  checkRawColumns('format', valueFormat.kind, value, schema.fields, role);
  const keyColumns = keyNames.map((name) => name.slice(keyPrefix.length));
  const keyFormat = keyNames.length === 0 ? undefined : recordFormatOf(values, 'key.', keyColumns);
  if (keyFormat !== undefined) checkRawColumns('key.format', keyFormat.kind, key, schema.fields, role);
  return { valueFormat, value, keyFormat, key, keyPrefix, metadata, valueMetadata };
}

/** The format named by `<prefix>format`, with its options under the same prefix. */
function recordFormatOf(
  values: OptionValues,
  prefix: '' | 'value.' | 'key.',
  columns: readonly string[],
): RecordFormat {
  switch (values.text(`${prefix}format`)) {
    case 'raw':
      return { kind: 'raw' };
    case 'csv':
      return { kind: 'csv', dialect: csvDialectOf((name) => values.text(name), `${prefix}csv.`), columns };
    default:
      return {
        kind: 'json',
        failOnMissingField:
          prefix !== 'key.' &&
          (values.flag('json.fail-on-missing-field') || values.flag('value.json.fail-on-missing-field')),
      };
  }
}

function metadataOf(values: OptionValues, schema: Schema): RecordLayout['metadata'] {
  const found: { column: number; key: MetadataKey }[] = [];
  for (const [name, key] of values.byPlaceholder('metadata.<column>')) {
    const column = schema.fields.findIndex((field) => field.name === name);
    if (column >= 0 && isMetadataKey(key)) found.push({ column, key });
  }
  return found;
}

function valueMetadataOf(
  values: OptionValues,
  schema: Schema,
  format: ChangeFormatName | undefined,
): RecordLayout['valueMetadata'] {
  return [...values.byPlaceholder('metadata.<column>')].flatMap(([name, key]) => {
    const column = schema.fields.findIndex((field) => field.name === name);
    if (column < 0 || !isValueKey(key)) return [];
    const problem = valueKeyProblem(name, schema.fields[column]?.type, key, format);
    if (problem !== undefined) throw invalidOption(`metadata.${name}`, problem);
    return [{ column, key }];
  });
}

function checkMetadata(field: Field | undefined, key: MetadataKey, role: Role): void {
  const problem = field === undefined ? undefined : typeProblem(field, key, role);
  if (field !== undefined && problem !== undefined) throw invalidOption(`metadata.${field.name}`, problem);
}

function keyColumn(name: string, prefix: string, schema: Schema, role: Role): number[] {
  if (!name.startsWith(prefix)) {
    throw invalidOption('key.fields', `key column '${name}' does not start with key.fields-prefix '${prefix}'`);
  }
  const column = schema.fields.findIndex((field) => field.name === name);
  if (column >= 0) return [column];
  if (role === 'source') return [];
  throw invalidOption('key.fields', `option 'key.fields' names '${name}', which is no column of the table`);
}

function checkRawColumns(
  option: string,
  format: FormatName,
  columns: readonly number[],
  fields: readonly Field[],
  role: Role,
) {
  const most = role === 'sink' ? columns.length === 1 : columns.length <= 1;
  if (format !== 'raw' || most) return;
  const names = columns.map((column) => fields[column]?.name).join(', ');
  throw invalidOption(option, `format 'raw' holds exactly one column, here it would hold ${names || 'none'}`);
}
