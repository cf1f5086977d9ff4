import {
  BatchBuilder,
  CHANGE,
  type Change,
  type Column,
  type RecordBatch,
  type SplitRun,
  type Value,
} from '@millrace/batch';
import { type DataType, type Field, isFineTimestamp, type Schema, ticksOf } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { ChangeDecoder } from '../formats/change-json/change-decoder.ts';
import { saysChanges } from '../formats/change-json/change-format.ts';
import { RowChanges } from '../formats/change-json/row-changes.ts';
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
  /** Of records that say changes: it fills the slots of `records`. */
  readonly #changeDecoder: ChangeDecoder | undefined;
  readonly #changes = new RowChanges();
  /** Columns that no record holds: METADATA, then PARTITIONED BY. */
  readonly #knownColumns: readonly number[];
  readonly #known: BatchBuilder | undefined;
  readonly #knownOf: KnownOfFile;
  readonly filter: RowFilter | undefined;

  constructor(table: FilesTable, schema: Schema, filter?: SourceFilter, partitionsOf: KnownOfFile = () => []) {
    this.#schema = schema;
    this.#table = table;
    const fields = fieldsAt(schema, table.columns);
    if (saysChanges(table.format)) {
      this.#changeDecoder = new ChangeDecoder(table.format, fields);
      this.#records = this.#changeDecoder.rows;
    } else this.#records = createDecoder(table.format, fields);
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

  /** Adds the record as a row, or the rows it tells of, unless the filter leaves them out; or leaves no trace and says why not. */
  decode(bytes: Uint8Array, start: number, end: number, split: FileSplit): DecodeFailure | undefined {
    if (this.#changeDecoder !== undefined) {
      return this.#changeDecoder.decodeRecord(bytes, start, end, (change) => this.#add(change, split));
    }
    const failure = this.#records.decode(bytes, start, end);
    if (failure === undefined) this.#add(CHANGE.insert, split);
    return failure;
  }

  /** The row in the slots, with what it does. */
  #add(change: Change, split: FileSplit): void {
    if (this.filter?.leavesOut(split.start.modifiedAt)) {
      this.#changes.leaveOut(change);
      return;
    }
    this.#records.accept();
    this.#known?.append(this.#knownOf(split));
    if (this.#changeDecoder !== undefined) this.#changes.add(change);
  }

  finish(runs: readonly SplitRun[]): RecordBatch {
    const { rows } = this;
    const columns: Column[] = [];
    for (const [index, column] of this.#records.finish().entries()) columns[this.#table.columns[index] ?? 0] = column;
    for (const [index, column] of (this.#known?.finish().columns ?? []).entries()) {
      columns[this.#knownColumns[index] ?? 0] = column;
    }
    return { schema: this.#schema, rows, columns, selection: undefined, runs, ...this.#changes.take() };
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
