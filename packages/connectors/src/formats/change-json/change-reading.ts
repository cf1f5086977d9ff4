import type { Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure } from '../format.ts';
import type { ToldRows } from './told-rows.ts';

/** What a format makes of one record, before its rows are decoded. One per decoder; it knows the record it read last. */
export interface ChangeReading {
  /** Adds the rows that the record `bytes[start, end)` tells of; none of a record that is for others. The bytes of rows stay until the next call. */
  read(bytes: Uint8Array, start: number, end: number, rows: ToldRows): DecodeFailure | undefined;
  /** How a METADATA column is filled from the record read last. `key` without `value.`; `undefined`: it is there and is none of its type. */
  metadata(key: string, field: Field): () => Value | undefined;
}
