import { BatchBuilder, type Column, type RecordBatch, type SplitRun, type Value } from '@millrace/batch';
import { type DataType, type Field, isFineTimestamp, type Schema, ticksOf } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { DecodeFailure, Decoder } from '../formats/format.ts';
import { createDecoder } from '../formats/record-format.ts';
import { RowFilter } from '../left-out/row-filter.ts';
import type { FileSplit } from './split.ts';
import type { FilesTable, MetadataKey } from './table.ts';

/** What is the same for every row of a file, in the order of the columns it fills. */
type KnownOfFile = (split: FileSplit) => readonly Value[];

/** Records and what is known of their file together as the columns of one table. */
export class FileDecoder {
  readonly #schema: Schema;
  readonly #table: FilesTable;
  readonly #records: Decoder;
  /** Columns that no record holds: METADATA, then PARTITIONED BY. */
  readonly #knownColumns: readonly number[];
  readonly #known: BatchBuilder | undefined;
  readonly #knownOf: KnownOfFile;
  readonly filter: RowFilter | undefined;

  constructor(table: FilesTable, schema: Schema, filter?: SourceFilter, partitionsOf: KnownOfFile = () => []) {
    this.#schema = schema;
    this.#table = table;
    this.#records = createDecoder(table.format, fieldsAt(schema, table.columns));
    this.#knownColumns = [...table.metadata.map(({ column }) => column), ...table.partitions.columns];
    this.#known =
      this.#knownColumns.length === 0 ? undefined : new BatchBuilder({ fields: fieldsAt(schema, this.#knownColumns) });
    this.#knownOf = ofLastFile((split) => [
      ...table.metadata.map(({ column, key }) => metadataValue(split, key, schema.fields[column]?.type)),
      ...partitionsOf(split),
    ]);
    const recordTime = table.metadata.find(({ key }) => key === 'file.modification-time')?.column;
    this.filter = RowFilter.of(filter, schema, [{ decoder: this.#records, columns: table.columns }], recordTime);
  }

  get rows(): number {
    return this.#records.rows;
  }

  /** Rows of the batch, with those left out of it. */
  get decoded(): number {
    return this.#records.rows + (this.filter?.leftOut ?? 0);
  }

  /** Adds the record as a row, unless the filter leaves it out; or leaves no trace and says why not. */
  decode(bytes: Uint8Array, start: number, end: number, split: FileSplit): DecodeFailure | undefined {
    const failure = this.#records.decode(bytes, start, end);
    if (failure !== undefined) return failure;
    if (this.filter?.leavesOut(split.start.modifiedAt)) return undefined;
    this.#records.accept();
    this.#known?.append(this.#knownOf(split));
    return undefined;
  }

  finish(runs: readonly SplitRun[]): RecordBatch {
    const { rows } = this;
    const columns: Column[] = [];
    for (const [index, column] of this.#records.finish().entries()) columns[this.#table.columns[index] ?? 0] = column;
    for (const [index, column] of (this.#known?.finish().columns ?? []).entries()) {
      columns[this.#knownColumns[index] ?? 0] = column;
    }
    return { schema: this.#schema, rows, columns, selection: undefined, runs };
  }
}

/** Worked out once per file, not per row. */
function ofLastFile(knownOf: KnownOfFile): KnownOfFile {
  let last: FileSplit | undefined;
  let values: readonly Value[] = [];
  return (split) => {
    if (split !== last) values = knownOf(split);
    last = split;
    return values;
  };
}

function metadataValue({ start, stop }: FileSplit, key: MetadataKey, type: DataType | undefined): Value {
  switch (key) {
    case 'file.path':
      return start.file;
    case 'file.name':
      return start.file.slice(start.file.lastIndexOf('/') + 1);
    case 'file.size':
      return BigInt(stop.offset);
    case 'file.modification-time':
      return type !== undefined && isFineTimestamp(type)
        ? ticksOf(Math.floor(start.modifiedAt), 0, type)
        : start.modifiedAt;
  }
}

function fieldsAt(schema: Schema, columns: readonly number[]): Field[] {
  return columns.flatMap((column) => schema.fields[column] ?? []);
}
