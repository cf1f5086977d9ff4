import { CHANGE, type Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure } from '../format.ts';
import type { ChangeReading } from './change-reading.ts';
import { missingRow, notAnObject, unknownOperation } from './json-failure.ts';
import { epochValue, memberValue } from './member-value.ts';
import { Members } from './members.ts';
import { MergedRows } from './merged-row.ts';
import type { ToldRows } from './told-rows.ts';

const OPERATIONS = ['insert', 'update', 'delete'];
const [DATA, OLD, TYPE, DATABASE, TABLE, KEY, TS] = [0, 1, 2, 3, 4, 5, 6];

/** Maxwell's `{ type, data, old, database, table, ts }`: `data` is the row, `old` has what was different before an update. `ts` counts seconds. */
export class MaxwellReading implements ChangeReading {
  readonly #record = new Members(['data', 'old', 'type', 'database', 'table', 'primary_key_columns', 'ts']);
  readonly #before = new MergedRows();
  #bytes: Uint8Array = new Uint8Array(0);

  read(bytes: Uint8Array, start: number, end: number, rows: ToldRows): DecodeFailure | undefined {
    this.#bytes = bytes;
    const record = this.#record;
    const result = record.read(bytes, start, end);
    if (result < 0) return notAnObject(bytes, start, end, result);
    const type = record.text(bytes, TYPE);
    if (type === undefined || !OPERATIONS.includes(type)) return unknownOperation('type', type, OPERATIONS);
    if (!this.#isObject(DATA)) return missingRow('data', type);
    const [from, to] = [record.starts[DATA] ?? 0, record.ends[DATA] ?? 0];
    if (type === 'update') {
      if (!this.#isObject(OLD)) return missingRow('old', type);
      const before = this.#before;
      before.clear();
      before.merge(bytes, from, to, record.starts[OLD] ?? 0, record.ends[OLD] ?? 0);
      rows.add(CHANGE.updateBefore, 'data with old', before.bytes, before.start, before.end);
    }
    const change = type === 'insert' ? CHANGE.insert : type === 'delete' ? CHANGE.delete : CHANGE.updateAfter;
    rows.add(change, 'data', bytes, from, to);
    return undefined;
  }

  metadata(key: string, field: Field): () => Value | undefined {
    if (key === 'ingestion-timestamp') return () => epochValue(this.#record, TS, this.#bytes, field, 1000);
    const member = { database: DATABASE, table: TABLE, 'primary-key-columns': KEY }[key] ?? DATABASE;
    return () => memberValue(this.#record, member, this.#bytes, field);
  }

  #isObject(member: number): boolean {
    return this.#bytes[this.#record.starts[member] ?? -1] === 123;
  }
}
