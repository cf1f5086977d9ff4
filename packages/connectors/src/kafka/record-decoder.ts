import assert from 'node:assert/strict';
import { BatchBuilder, CHANGE, type Column, type RecordBatch, type SplitRun, type Value } from '@millrace/batch';
import type { Field, Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { DecodeFailure, Decoder, RecordSlices } from '../formats/format.ts';
import { createDecoder } from '../formats/record-format.ts';
import { RowFilter } from '../left-out/row-filter.ts';
import { metadataReader, type RecordPlace } from './record-metadata.ts';
import type { KafkaSourceTable, RecordLayout } from './table.ts';

/** Key, value and metadata of Kafka records together as the columns of one table. */
export class RecordDecoder {
  readonly #schema: Schema;
  readonly #layout: RecordLayout;
  readonly #value: Decoder;
  readonly #key: Decoder | undefined;
  readonly #metadata: BatchBuilder | undefined;
  readonly #metadataReaders: readonly ((place: RecordPlace) => Value)[];
  /** Of an upsert table: numbers of the rows that are deletions. */
  #deletions: number[] = [];
  readonly filter: RowFilter | undefined;
  readonly #leavesOut: (() => boolean) | undefined;
  readonly #decodesRuns: boolean;

  constructor(table: KafkaSourceTable, schema: Schema, filter?: SourceFilter) {
    const { layout } = table;
    this.#schema = schema;
    this.#layout = layout;
    this.#value = createDecoder(layout.valueFormat, fieldsAt(schema, layout.value));
    const keyFields = fieldsAt(schema, layout.key).map((field) => ({
      ...field,
      name: field.name.slice(layout.keyPrefix.length),
    }));
    this.#key =
      layout.keyFormat === undefined || keyFields.length === 0 ? undefined : createDecoder(layout.keyFormat, keyFields);
    this.#metadataReaders = layout.metadata.map(({ column, key }) => metadataReader(key, fieldAt(schema, column)));
    const metadata = layout.metadata.map(({ column }) => column);
    this.#metadata = metadata.length === 0 ? undefined : new BatchBuilder({ fields: fieldsAt(schema, metadata) });
    const parts = [
      { decoder: this.#value, columns: layout.value },
      ...(this.#key === undefined ? [] : [{ decoder: this.#key, columns: layout.key }]),
    ];
    const recordTime = layout.metadata.find(({ key }) => key === 'timestamp')?.column;
    const leftOut = RowFilter.of(filter, schema, parts, recordTime);
    this.filter = leftOut;
    this.#leavesOut = leftOut && (() => leftOut.leavesOut(Number.NaN));
    const isValueOnly = this.#key === undefined && this.#metadata === undefined && layout.isUpsert !== true;
    this.#decodesRuns = isValueOnly && this.#value.decodeRun !== undefined;
  }

  get rows(): number {
    return this.#value.rows;
  }

  /** Rows of the batch, with those left out of it. */
  get decoded(): number {
    return this.#value.rows + (this.filter?.leftOut ?? 0);
  }

  /** Whether `decodeRun` is of use: the value is all there is of a record. */
  get decodesRuns(): boolean {
    return this.#decodesRuns;
  }

  /** Records in `bytes[start, end)` are decoded next. */
  prepare(bytes: Uint8Array, start: number, end: number): void {
    if (this.#decodesRuns) this.#value.prepare?.(bytes, start, end);
  }

  /** The first of the records that it did not decode (`decode` may), or `to`. */
  decodeRun(bytes: Uint8Array, records: RecordSlices): number {
    return this.#value.decodeRun?.(bytes, records, this.#leavesOut) ?? records.from;
  }

  /** A null value is a deletion marker, under every format that cannot hold it: no row, and nothing wrong. */
  isSkipped(valueStart: number): boolean {
    return valueStart < 0 && this.#layout.valueFormat.kind !== 'raw' && this.#layout.isUpsert !== true;
  }

  /** Adds the record as a row, unless the filter leaves it out; or leaves no trace and says why not. */
  decode(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    place: RecordPlace,
  ): DecodeFailure | undefined {
    const keyFailure = this.#key?.decode(bytes, keyStart, keyEnd);
    if (keyFailure !== undefined) return { ...keyFailure, message: `record key: ${keyFailure.message}` };
    if (valueStart < 0 && this.#layout.isUpsert === true) {
      this.#value.decodeNothing(bytes);
      this.#deletions.push(this.rows);
    } else {
      const failure = this.#value.decode(bytes, valueStart, valueEnd);
      if (failure !== undefined) return failure;
    }
    if (this.filter?.leavesOut(place.timestamp)) return undefined;
    this.#value.accept();
    this.#key?.accept();
    this.#metadata?.append(this.#metadataReaders.map((read) => read(place)));
    return undefined;
  }

  finish(runs: readonly SplitRun[]): RecordBatch {
    const { rows } = this;
    const columns: Column[] = [];
    const place = (found: readonly Column[], at: readonly number[]) => {
      for (const [index, column] of found.entries()) columns[at[index] ?? 0] = column;
    };
    if (this.#key !== undefined) place(this.#key.finish(), this.#layout.key);
    // A column that is in key and value is read from the value.
    place(this.#value.finish(), this.#layout.value);
    if (this.#metadata !== undefined) {
      place(
        this.#metadata.finish().columns,
        this.#layout.metadata.map(({ column }) => column),
      );
    }
    const batch: RecordBatch = { schema: this.#schema, rows, columns, selection: undefined, runs };
    return this.#layout.isUpsert === true ? { ...batch, changes: this.#takeChanges(rows) } : batch;
  }

  #takeChanges(rows: number): Uint8Array {
    const changes = new Uint8Array(rows).fill(CHANGE.updateAfter);
    for (const row of this.#deletions) changes[row] = CHANGE.delete;
    this.#deletions = [];
    return changes;
  }
}

function fieldsAt(schema: Schema, columns: readonly number[]): Field[] {
  return columns.map((column) => fieldAt(schema, column));
}

function fieldAt(schema: Schema, column: number): Field {
  const field = schema.fields[column];
  assert(field !== undefined, 'the layout of a record names columns of its table');
  return field;
}
