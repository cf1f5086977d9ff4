import type { RejectionBudget } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { isChangeFormat, readChangeFormat } from '../formats/change-json/change-format.ts';
import { COLUMNS_OPTION, csvDialectOf, readColumns } from '../formats/csv-dialect.ts';
import type { ValueFormat } from '../formats/record-format.ts';
import { rejectionBudgetOf } from '../option/dead-letter-options.ts';
import type { Role } from '../option/description.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { FILESYSTEM, METADATA_KEYS, PARTITIONS_OPTION, SUCCESS_FILE } from './options.ts';
import { DEFAULT_PARTITION } from './partition-path.ts';
import { partitionTypeProblem } from './partition-value.ts';

export type MetadataKey = (typeof METADATA_KEYS)[number];

/** The options of one table, parsed once; the rest of the connector sees only this. */
export interface FilesTable {
  /** As written; the root says what it means. */
  readonly path: string;
  readonly format: ValueFormat;
  /** Columns of a record, by index into the schema. */
  readonly columns: readonly number[];
  readonly metadata: readonly { readonly column: number; readonly key: MetadataKey }[];
  readonly partitions: Partitions;
}

/** PARTITIONED BY: values that stand in the names of folders, not in the records. */
export interface Partitions {
  /** All columns, from the outermost folder; none: the table has no partitions. */
  readonly names: readonly string[];
  /** Those in the schema (all in a sink), by index, in the order of `names`. */
  readonly columns: readonly number[];
  /** The folder's name for NULL. */
  readonly defaultName: string;
}

export interface FilesSourceTable extends FilesTable {
  /** Undefined: bounded. */
  readonly monitorIntervalMs: number | undefined;
  readonly rejectionBudget: RejectionBudget;
}

export interface FilesSinkTable extends FilesTable {
  readonly fileBytesMax: number;
  readonly rolloverIntervalMs: number;
  /** The empty file that tells that a partition has got rows; undefined: none is made. */
  readonly successFile: string | undefined;
}

type Options = Readonly<Record<string, string>>;

export function parseSourceTable(options: Options, schema: Schema): FilesSourceTable {
  return sourceTableOf(new OptionValues(FILESYSTEM, options, 'source'), schema);
}

/** Of a table that is read, once or for lookups. */
export function sourceTableOf(values: OptionValues, schema: Schema): FilesSourceTable {
  return {
    ...tableOf(values, schema, 'source'),
    monitorIntervalMs: values.durationMs('source.monitor-interval'),
    rejectionBudget: rejectionBudgetOf(values),
  };
}

export function parseSinkTable(options: Options, schema: Schema): FilesSinkTable {
  const values = new OptionValues(FILESYSTEM, options, 'sink');
  const table = tableOf(values, schema, 'sink');
  if (table.columns.length === 0) {
    throw invalidOption(
      PARTITIONS_OPTION,
      'every column is in PARTITIONED BY, so nothing is left to stand in the files',
    );
  }
  const tellsSuccess = values.text('sink.partition-commit.policy.kind') === 'success-file';
  return {
    ...table,
    fileBytesMax: values.sizeBytes('sink.rolling-policy.file-size') ?? 128 * 1024 ** 2,
    rolloverIntervalMs: values.durationMs('sink.rolling-policy.rollover-interval') ?? 1_800_000,
    successFile: tellsSuccess ? (values.text('sink.partition-commit.success-file.name') ?? SUCCESS_FILE) : undefined,
  };
}

function tableOf(values: OptionValues, schema: Schema, role: Role): FilesTable {
  const metadata = role === 'source' ? metadataOf(values, schema) : [];
  const partitions = partitionsOf(values, schema);
  const columns = schema.fields.flatMap((_, column) =>
    metadata.some((each) => each.column === column) || partitions.columns.includes(column) ? [] : [column],
  );
  const names = columns.flatMap((column) => schema.fields[column]?.name ?? []);
  const format = formatOf(values, names);
  return { path: values.required('path'), format, columns, metadata, partitions };
}

function formatOf(values: OptionValues, columns: readonly string[]): ValueFormat {
  const name = values.text('format');
  const read = (option: string) => values.text(option);
  if (isChangeFormat(name)) return readChangeFormat(name, read, '');
  if (name !== 'csv') return { kind: 'json', failOnMissingField: values.flag('json.fail-on-missing-field') };
  const dialect = csvDialectOf(read, 'csv.');
  return { kind: 'csv', dialect, columns: readColumns(values.text(COLUMNS_OPTION)) ?? columns };
}

function partitionsOf(values: OptionValues, schema: Schema): Partitions {
  const names = readColumns(values.text(PARTITIONS_OPTION)) ?? [];
  const columns = names.flatMap((name) => {
    const column = schema.fields.findIndex((field) => field.name === name);
    return column < 0 ? [] : [column];
  });
  for (const column of columns) {
    const field = schema.fields[column];
    const problem = field && partitionTypeProblem(field.name, field.type);
    if (problem !== undefined) throw invalidOption(PARTITIONS_OPTION, problem);
  }
  return { names, columns, defaultName: values.text('partition.default-name') ?? DEFAULT_PARTITION };
}

const METADATA_TYPES: Readonly<Record<MetadataKey, readonly string[]>> = {
  'file.path': ['string'],
  'file.name': ['string'],
  'file.size': ['bigint'],
  'file.modification-time': ['timestamp_ltz', 'timestamp'],
};

function metadataOf(values: OptionValues, schema: Schema): FilesTable['metadata'] {
  return [...values.byPlaceholder('metadata.<column>')].flatMap(([name, value]) => {
    const column = schema.fields.findIndex((field) => field.name === name);
    const key = METADATA_KEYS.find((each) => each === value);
    const field = schema.fields[column];
    if (key === undefined || field === undefined) return [];
    if (METADATA_TYPES[key].includes(field.type.kind)) return [{ column, key }];
    const types = METADATA_TYPES[key].join(' or ').toUpperCase();
    throw invalidOption(`metadata.${name}`, `metadata column '${name}' from '${key}' must be ${types}`);
  });
}
