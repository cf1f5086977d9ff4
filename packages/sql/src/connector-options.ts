import type { ChangelogMode, ConnectorOptions } from '@millrace/plan';
import type { BoundTable } from './bind/table.ts';

export const IDLE_TIMEOUT_OPTION = 'scan.watermark.idle-timeout';
export const MAX_AHEAD_OPTION = 'scan.watermark.max-ahead';

/** Options of a table that the plan itself understands; connectors never see them. */
export const WATERMARK_OPTIONS: ReadonlySet<string> = new Set([IDLE_TIMEOUT_OPTION, MAX_AHEAD_OPTION]);

/** Connectors whose records say what the row of their key is now, or that it is gone: `sourceChanges` of their descriptions. */
const UPSERT_SOURCES: ReadonlySet<string> = new Set(['upsert-kafka']);

/** Whether the records of a connector's tables replace those before them with the same PRIMARY KEY. */
export function tellsRowsByKey(connector: string | undefined): boolean {
  return connector !== undefined && UPSERT_SOURCES.has(connector);
}

/** Formats whose records say changes, a replaced row taken back first. */
const CHANGE_FORMATS: ReadonlySet<string> = new Set(['debezium-json', 'canal-json', 'maxwell-json', 'ogg-json']);

/** What the records of a table say: INSERTs, what the row of a key is now, or full changes. */
export function recordChangesOf(options: Readonly<Record<string, string>>): ChangelogMode {
  if (tellsRowsByKey(options.connector)) return 'upsert';
  const format = options['value.format'] ?? options.format;
  return format !== undefined && CHANGE_FORMATS.has(format) ? 'retract' : 'append';
}

/** The same of a declared table. */
export function changesRead({ options }: BoundTable): ChangelogMode {
  return recordChangesOf(Object.fromEntries(options.map(({ key, value }) => [key, value])));
}

/** Connectors that keep the PARTITIONED BY columns of a row in the names of folders, not in its record. */
const FOLDER_CONNECTORS: ReadonlySet<string> = new Set(['filesystem']);
/** Tells such a connector which columns these are, from the outermost folder. */
export const PARTITIONS_OPTION = 'partition.columns';

export function keepsPartitions(connector: string | undefined): boolean {
  return connector !== undefined && FOLDER_CONNECTORS.has(connector);
}

/** Connectors take options as text; this one tells which metadata a column holds. */
export const METADATA_OPTION_PREFIX = 'metadata.';

/** A format whose records have no names; its readers are told which columns a record has, in order. */
const POSITIONAL_FORMAT = 'csv';
const COLUMNS_OPTION = 'csv.columns';

/**
 * The options of a table as its connector gets them: WITH, without what the plan itself understands, and the metadata
 * columns wanted. `columns` are those to be read; a table that is written has none.
 */
export function connectorOptions(table: BoundTable, columns: Iterable<number>): ConnectorOptions {
  const options = new Map(table.options.map(({ key, value }) => [key, value]));
  for (const option of WATERMARK_OPTIONS) options.delete(option);
  const isPositional = [...options].some(([key, value]) => /^(.+\.)?format$/.test(key) && value === POSITIONAL_FORMAT);
  const wanted = [...columns];
  const isPartitioned = table.partitionedBy.length > 0 && keepsPartitions(options.get('connector'));
  if (isPartitioned) {
    const names = table.partitionedBy.map((at) => table.columns[at]?.name);
    options.set(PARTITIONS_OPTION, JSON.stringify(names));
  }
  if (isPositional && wanted.length > 0) {
    const apart = isPartitioned ? table.partitionedBy : [];
    const physical = table.columns.filter(({ kind }, at) => kind === 'physical' && !apart.includes(at));
    options.set(COLUMNS_OPTION, JSON.stringify(physical.map(({ name }) => name)));
  }
  for (const index of wanted) {
    const column = table.columns[index];
    if (column?.kind === 'metadata') options.set(`${METADATA_OPTION_PREFIX}${column.name}`, column.key);
  }
  return Object.fromEntries(options);
}

/** The options of a table that is written: with the metadata columns that are. */
export function sinkOptions(table: BoundTable): ConnectorOptions {
  const metadata = table.columns.flatMap((column) =>
    column.kind === 'metadata' && !column.virtual
      ? [[`${METADATA_OPTION_PREFIX}${column.name}`, column.key] as const]
      : [],
  );
  return { ...connectorOptions(table, []), ...Object.fromEntries(metadata) };
}
