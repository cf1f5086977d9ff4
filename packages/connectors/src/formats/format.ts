import type { Column, RecordBatch } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { RowSlots } from '@millrace/operators';

/** Why bytes did not become a row. `code` is `json.malformed`, `json.type`, `json.missing`, ...; the message names field and byte offset. */
export interface DecodeFailure {
  readonly code: string;
  readonly message: string;
  /** The author of the table does not mind. */
  readonly mayBeIgnored?: true;
}

/** Records `from` to `to`, each `bytes[starts[i], ends[i])`, ascending and apart; a start below 0 is a null. */
export interface RecordSlices {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly from: number;
  readonly to: number;
}

/**
 * Bytes to columns. A reader calls `decode` and then `accept` for each record, so that a record whose key
 * or metadata turn out bad is dropped by simply not accepting it: the next `decode` overwrites its slot.
 * Columns may point into the bytes given: those must not change afterwards.
 */
export interface Decoder {
  /** The fields it fills, in the order of `finish`. */
  readonly fields: readonly Field[];
  /** Accepted rows since the last `finish`. */
  readonly rows: number;
  /** The columns being filled, by field: after `decode`, slot number `rows` holds the record. */
  readonly slots: RowSlots;
  /** Decodes `bytes[start, end)` into the slot after the last accepted row; start -1 is a null. */
  decode(bytes: Uint8Array, start: number, end: number): DecodeFailure | undefined;
  /**
   * Records in `bytes[start, end)` will come by `decodeRun`, until the next `prepare`. They must not change until then.
   */
  prepare?(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Decodes and accepts records in order, as `decode` and `accept` would, but those of which `leavesOut`, asked with the record in its slot, says that
   * nobody wants them. Returns the first record it did not decode, or `to`: there `decode` says what is wrong, or decodes it after all.
   */
  decodeRun?(bytes: Uint8Array, records: RecordSlices, leavesOut: (() => boolean) | undefined): number;
  /** Makes the slot after the last accepted row all NULL, whatever the types say: the row of a deletion, of which only the key is looked at. */
  decodeNothing(bytes: Uint8Array): void;
  accept(): void;
  /** The accepted rows as columns; the decoder starts empty again. */
  finish(): readonly Column[];
}

/** Rows of one batch as bytes: record i is `bytes[starts[i], ends[i])`, a start of -1 is a null. Valid until the next `encode`. */
export interface EncodedRows {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Selected rows only, in order. */
  readonly count: number;
}

/** Columns to bytes. */
export interface Encoder {
  encode(batch: RecordBatch): EncodedRows;
}
