import type { RejectionBudget } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { COLUMNS_OPTION, csvDialectOf, readColumns } from '../formats/csv-dialect.ts';
import type { RecordFormat } from '../formats/record-format.ts';
import { rejectionBudgetOf } from '../option/dead-letter-options.ts';
import type { Role } from '../option/description.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { FILESYSTEM, METADATA_KEYS } from './options.ts';

export type MetadataKey = (typeof METADATA_KEYS)[number];

/** The options of one table, parsed once; the rest of the connector sees only this. */
export interface FilesTable {
  /** As written; the root says what it means. */
  readonly path: string;
  readonly format: RecordFormat;
  /** Columns of a record, by index into the schema. */
  readonly columns: readonly number[];
  readonly metadata: readonly { readonly column: number; readonly key: MetadataKey }[];
}

export interface FilesSourceTable extends FilesTable {
  /** Undefined: bounded. */
  readonly monitorIntervalMs: number | undefined;
  readonly rejectionBudget: RejectionBudget;
}

export interface FilesSinkTable extends FilesTable {
  readonly fileBytesMax: number;
  readonly rolloverIntervalMs: number;
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
  return {
    ...tableOf(values, schema, 'sink'),
    fileBytesMax: values.sizeBytes('sink.rolling-policy.file-size') ?? 128 * 1024 ** 2,
    rolloverIntervalMs: values.durationMs('sink.rolling-policy.rollover-interval') ?? 1_800_000,
  };
}

function tableOf(values: OptionValues, schema: Schema, role: Role): FilesTable {
  const metadata = role === 'source' ? metadataOf(values, schema) : [];
  const columns = schema.fields.flatMap((_, column) =>
    metadata.some((each) => each.column === column) ? [] : [column],
  );
  const names = columns.flatMap((column) => schema.fields[column]?.name ?? []);
  const format: RecordFormat =
    values.text('format') === 'csv'
      ? {
          kind: 'csv',
          dialect: csvDialectOf((name) => values.text(name), 'csv.'),
          columns: readColumns(values.text(COLUMNS_OPTION)) ?? names,
        }
      : { kind: 'json', failOnMissingField: values.flag('json.fail-on-missing-field') };
  return { path: values.required('path'), format, columns, metadata };
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
