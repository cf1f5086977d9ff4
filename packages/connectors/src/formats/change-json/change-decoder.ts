import type { Change, Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure, Decoder } from '../format.ts';
import { JsonDecoder } from '../json-decoder.ts';
import { CanalReading } from './canal-reading.ts';
import type { ChangeFormat } from './change-format.ts';
import type { ChangeReading } from './change-reading.ts';
import { DebeziumReading } from './debezium-reading.ts';
import { MaxwellReading } from './maxwell-reading.ts';
import { OggReading } from './ogg-reading.ts';
import { ToldRows } from './told-rows.ts';
import { VALUE_KEY_PREFIX } from './value-metadata.ts';

/** A column filled from what a record says beside its rows. `key` with `value.`. */
export interface ValueMetadataField {
  readonly key: string;
  readonly field: Field;
}

/**
 * Records of change data capture to rows with their changes: a record is none of them, one, an UPDATE_BEFORE with its UPDATE_AFTER, or several. The rows are
 * JSON objects inside of it, read by the decoder of JSON from where they stand.
 */
export class ChangeDecoder {
  /** Holds the row at hand in its slot, and accepts it. */
  readonly rows: Decoder;
  /** Values of the METADATA columns asked for, of the record whose rows are given. */
  readonly metadata: Value[] = [];
  readonly #ignoresErrors: boolean;
  readonly #reading: ChangeReading;
  readonly #told = new ToldRows();
  readonly #metadataFields: readonly (ValueMetadataField & { readonly read: () => Value | undefined })[];

  constructor(format: ChangeFormat, fields: readonly Field[], metadata: readonly ValueMetadataField[] = []) {
    this.#ignoresErrors = format.ignoresErrors;
    this.rows = new JsonDecoder(fields, { failOnMissingField: false });
    const reading = readingOf(format);
    this.#reading = reading;
    this.#metadataFields = metadata.map(({ key, field }) => {
      return { key, field, read: reading.metadata(key.slice(VALUE_KEY_PREFIX.length), field) };
    });
  }

  /**
   * Decodes one record: `take` is called for each of its rows in order, with the row in the slot after the last accepted one, and accepts it or leaves it out.
   * Of a record that cannot be read no row is given. An empty record has none: it marks a deletion that was told before.
   */
  decodeRecord(
    bytes: Uint8Array,
    start: number,
    end: number,
    take: (change: Change) => void,
  ): DecodeFailure | undefined {
    if (start < 0 || start === end) return undefined;
    const failure = this.#decode(bytes, start, end, take);
    return failure !== undefined && this.#ignoresErrors ? { ...failure, mayBeIgnored: true } : failure;
  }

  #decode(bytes: Uint8Array, start: number, end: number, take: (change: Change) => void): DecodeFailure | undefined {
    const told = this.#told;
    told.clear();
    const failure = this.#reading.read(bytes, start, end, told) ?? (told.count > 0 ? this.#readMetadata() : undefined);
    if (failure !== undefined) return failure;
    // The first is decoded last, so that it is in the slot: before anything is given, everything was read once.
    for (let row = told.count - 1; row >= 0; row--) {
      const wrong = this.#decodeRow(row);
      if (wrong !== undefined) return wrong;
    }
    for (let row = 0; row < told.count; row++) {
      if (row > 0) this.#decodeRow(row);
      take(told.changes[row] ?? 0);
    }
    return undefined;
  }

  #decodeRow(row: number): DecodeFailure | undefined {
    const { bytes, starts, ends, members } = this.#told;
    const failure = this.rows.decode(bytes[row] ?? new Uint8Array(0), starts[row] ?? 0, ends[row] ?? 0);
    return failure && { ...failure, message: `${members[row]}: ${failure.message}` };
  }

  #readMetadata(): DecodeFailure | undefined {
    for (const [at, { key, field, read }] of this.#metadataFields.entries()) {
      const value = read();
      if (value === undefined || (value === null && !field.type.nullable)) {
        const found = value === null ? 'NULL in a NOT NULL column' : 'not of its type';
        return { code: 'change.metadata', message: `metadata column ${field.name} from '${key}': ${found}` };
      }
      this.metadata[at] = value;
    }
    return undefined;
  }
}

function readingOf(format: ChangeFormat): ChangeReading {
  switch (format.kind) {
    case 'debezium-json':
      return new DebeziumReading(format.schemaInclude);
    case 'canal-json':
      return new CanalReading(format);
    case 'maxwell-json':
      return new MaxwellReading();
    case 'ogg-json':
      return new OggReading();
  }
}
