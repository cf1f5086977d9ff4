import assert from 'node:assert/strict';
import {
  BatchBuilder,
  CHANGE,
  type Change,
  type Column,
  type RecordBatch,
  type SplitRun,
  type Value,
} from '@millrace/batch';
import type { Field, Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { ChangeDecoder } from '../formats/change-json/change-decoder.ts';
import { saysChanges } from '../formats/change-json/change-format.ts';
import { RowChanges } from '../formats/change-json/row-changes.ts';
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
  readonly #metadataColumns: readonly number[];
  readonly #metadataReaders: readonly ((place: RecordPlace) => Value)[];
  /** Of values that say changes: it fills the slots of `value`. */
  readonly #changeDecoder: ChangeDecoder | undefined;
  /** Of an upsert table, and of values that say changes. */
  readonly #changes = new RowChanges();
  readonly filter: RowFilter | undefined;
  readonly #leavesOut: (() => boolean) | undefined;
  readonly #decodesRuns: boolean;

  constructor(table: KafkaSourceTable, schema: Schema, filter?: SourceFilter) {
    const { layout } = table;
    this.#schema = schema;
    this.#layout = layout;
    const { valueFormat, valueMetadata } = layout;
    const valueFields = fieldsAt(schema, layout.value);
    if (saysChanges(valueFormat)) {
      const beside = valueMetadata.map(({ column, key }) => ({ key, field: fieldAt(schema, column) }));
      this.#changeDecoder = new ChangeDecoder(valueFormat, valueFields, beside);
      this.#value = this.#changeDecoder.rows;
    } else this.#value = createDecoder(valueFormat, valueFields);
    const keyFields = fieldsAt(schema, layout.key).map((field) => ({
      ...field,
      name: field.name.slice(layout.keyPrefix.length),
    }));
    this.#key =
      layout.keyFormat === undefined || keyFields.length === 0 ? undefined : createDecoder(layout.keyFormat, keyFields);
    this.#metadataReaders = [
      ...layout.metadata.map(({ column, key }) => metadataReader(key, fieldAt(schema, column))),
      ...valueMetadata.map((_, at) => () => this.#changeDecoder?.metadata[at] ?? null),
    ];
    this.#metadataColumns = [...layout.metadata, ...valueMetadata].map(({ column }) => column);
    const metadataFields = fieldsAt(schema, this.#metadataColumns);
    this.#metadata = metadataFields.length === 0 ? undefined : new BatchBuilder({ fields: metadataFields });
    const parts = [
      { decoder: this.#value, columns: layout.value },
      ...(this.#key === undefined ? [] : [{ decoder: this.#key, columns: layout.key }]),
    ];
    const recordTime = layout.metadata.find(({ key }) => key === 'timestamp')?.column;
    const leftOut = RowFilter.of(filter, schema, parts, recordTime);
    this.filter = leftOut;
    this.#leavesOut = leftOut && (() => leftOut.leavesOut(Number.NaN));
    const isValueOnly = this.#key === undefined && this.#metadata === undefined && !this.#givesChanges;
    this.#decodesRuns = isValueOnly && this.#value.decodeRun !== undefined;
  }

  get #givesChanges(): boolean {
    return this.#layout.isUpsert === true || this.#changeDecoder !== undefined;
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

  /** Adds the record as a row, or the rows it tells of, unless the filter leaves them out; or leaves no trace and says why not. */
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
    if (this.#changeDecoder !== undefined) {
      let isKeyThere = true;
      return this.#changeDecoder.decodeRecord(bytes, valueStart, valueEnd, (change) => {
        if (!isKeyThere) this.#key?.decode(bytes, keyStart, keyEnd);
        isKeyThere = !this.#add(change, place);
      });
    }
    const isDeletion = valueStart < 0 && this.#layout.isUpsert === true;
    if (isDeletion) this.#value.decodeNothing(bytes);
    else {
      const failure = this.#value.decode(bytes, valueStart, valueEnd);
      if (failure !== undefined) return failure;
    }
    this.#add(isDeletion ? CHANGE.delete : CHANGE.updateAfter, place);
    return undefined;
  }

  /** The row in the slots, with what it does; whether it was taken. */
  #add(change: Change, place: RecordPlace): boolean {
    if (this.filter?.leavesOut(place.timestamp)) {
      this.#changes.leaveOut(change);
      return false;
    }
    this.#value.accept();
    this.#key?.accept();
    this.#metadata?.append(this.#metadataReaders.map((read) => read(place)));
    if (this.#givesChanges) this.#changes.add(change);
    return true;
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
      place(this.#metadata.finish().columns, this.#metadataColumns);
    }
    return { schema: this.#schema, rows, columns, selection: undefined, runs, ...this.#changes.take() };
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
