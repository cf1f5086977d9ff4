import { CHANGE, type Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure } from '../format.ts';
import type { ChangeReading } from './change-reading.ts';
import { missingRow, notAnObject, unknownOperation } from './json-failure.ts';
import { memberValue, writtenTimeValue } from './member-value.ts';
import { Members } from './members.ts';
import type { ToldRows } from './told-rows.ts';

const OPERATIONS = ['I', 'U', 'D'];
const [BEFORE, AFTER, TYPE, TABLE, KEYS, CURRENT, OPERATED] = [0, 1, 2, 3, 4, 5, 6];
const FULL_BEFORE = '; GoldenGate writes it when all columns are logged';

/** Oracle GoldenGate's `{ op_type, before, after, table, op_ts, current_ts, primary_keys }`. */
export class OggReading implements ChangeReading {
  readonly #record = new Members(['before', 'after', 'op_type', 'table', 'primary_keys', 'current_ts', 'op_ts']);
  #bytes: Uint8Array = new Uint8Array(0);

  read(bytes: Uint8Array, start: number, end: number, rows: ToldRows): DecodeFailure | undefined {
    this.#bytes = bytes;
    const record = this.#record;
    const result = record.read(bytes, start, end);
    if (result < 0) return notAnObject(bytes, start, end, result);
    const operation = record.text(bytes, TYPE);
    if (operation === undefined || !OPERATIONS.includes(operation)) {
      return unknownOperation('op_type', operation, OPERATIONS);
    }
    if (operation !== 'I' && !record.has(bytes, BEFORE)) return missingRow('before', operation, FULL_BEFORE);
    if (operation !== 'D' && !record.has(bytes, AFTER)) return missingRow('after', operation);
    if (operation === 'I') this.#add(rows, CHANGE.insert, AFTER);
    if (operation === 'U') this.#add(rows, CHANGE.updateBefore, BEFORE);
    if (operation === 'U') this.#add(rows, CHANGE.updateAfter, AFTER);
    if (operation === 'D') this.#add(rows, CHANGE.delete, BEFORE);
    return undefined;
  }

  metadata(key: string, field: Field): () => Value | undefined {
    switch (key) {
      case 'ingestion-timestamp':
        return () => writtenTimeValue(this.#record, CURRENT, this.#bytes, field);
      case 'event-timestamp':
        return () => writtenTimeValue(this.#record, OPERATED, this.#bytes, field);
      default: {
        const member = key === 'primary-keys' ? KEYS : TABLE;
        return () => memberValue(this.#record, member, this.#bytes, field);
      }
    }
  }

  #add(rows: ToldRows, change: Parameters<ToldRows['add']>[0], member: number): void {
    const { names, starts, ends } = this.#record;
    rows.add(change, names[member] ?? '', this.#bytes, starts[member] ?? 0, ends[member] ?? 0);
  }
}
