import { CHANGE, type Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure } from '../format.ts';
import type { ChangeReading } from './change-reading.ts';
import { missingRow, notAnObject, unknownOperation } from './json-failure.ts';
import { epochValue, memberValue } from './member-value.ts';
import { Members } from './members.ts';
import type { ToldRows } from './told-rows.ts';

const OPERATIONS = ['c', 'r', 'u', 'd'];
const REPLICA_IDENTITY = '; in PostgreSQL, ALTER TABLE ... REPLICA IDENTITY FULL makes it there';
const NEEDS_SCHEMA_INCLUDE = "; it has a payload: give the option 'debezium-json.schema-include' = 'true'";

/**
 * Debezium's envelope: `{ before, after, op, source, ts_ms }`, alone or as the payload of `{ schema, payload }`. `op` is `c` (created) or `r` (read
 * by a snapshot), `u` (updated) or `d` (deleted).
 */
export class DebeziumReading implements ChangeReading {
  readonly #schemaInclude: boolean;
  readonly #root = new Members(['schema', 'payload']);
  readonly #payload = new Members(['before', 'after', 'op', 'ts_ms', 'source']);
  readonly #source = new Members(['ts_ms', 'db', 'schema', 'table']);
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #needs: Set<'root' | 'source'>;

  constructor(schemaInclude: boolean) {
    this.#schemaInclude = schemaInclude;
    this.#needs = new Set(schemaInclude ? ['root'] : []);
  }

  read(bytes: Uint8Array, start: number, end: number, rows: ToldRows): DecodeFailure | undefined {
    this.#bytes = bytes;
    const failure = this.#open(bytes, start, end);
    if (failure !== undefined) return failure;
    const payload = this.#payload;
    const operation = payload.text(bytes, 2);
    switch (operation) {
      case 'c':
      case 'r':
        if (!payload.has(bytes, 1)) return missingRow('after', operation);
        this.#add(rows, CHANGE.insert, 1);
        return undefined;
      case 'u':
        if (!payload.has(bytes, 0)) return missingRow('before', operation, REPLICA_IDENTITY);
        if (!payload.has(bytes, 1)) return missingRow('after', operation);
        this.#add(rows, CHANGE.updateBefore, 0);
        this.#add(rows, CHANGE.updateAfter, 1);
        return undefined;
      case 'd':
        if (!payload.has(bytes, 0)) return missingRow('before', operation, REPLICA_IDENTITY);
        this.#add(rows, CHANGE.delete, 0);
        return undefined;
      default: {
        const unknown = unknownOperation('op', operation, OPERATIONS);
        const hint = operation === undefined && this.#hasPayload(start, end) ? NEEDS_SCHEMA_INCLUDE : '';
        return { ...unknown, message: unknown.message + hint };
      }
    }
  }

  metadata(key: string, field: Field): () => Value | undefined {
    switch (key) {
      case 'schema':
        this.#needs.add('root');
        return () => memberValue(this.#root, 0, this.#bytes, field);
      case 'ingestion-timestamp':
        return () => epochValue(this.#payload, 3, this.#bytes, field, 1);
      case 'source.properties':
        return () => memberValue(this.#payload, 4, this.#bytes, field);
      case 'source.timestamp':
        this.#needs.add('source');
        return () => epochValue(this.#source, 0, this.#bytes, field, 1);
      default: {
        this.#needs.add('source');
        const member = { 'source.database': 1, 'source.schema': 2, 'source.table': 3 }[key] ?? 1;
        return () => memberValue(this.#source, member, this.#bytes, field);
      }
    }
  }

  #open(bytes: Uint8Array, start: number, end: number): DecodeFailure | undefined {
    let [from, to] = [start, end];
    if (this.#needs.has('root')) {
      const result = this.#root.read(bytes, start, end);
      if (result < 0) return notAnObject(bytes, start, end, result);
    }
    if (this.#schemaInclude) {
      if (!this.#root.has(bytes, 1)) {
        const remedy = "; records without a schema part are read with 'debezium-json.schema-include' = 'false'";
        return { code: 'change.row', message: `field payload: missing or null${remedy}` };
      }
      from = this.#root.starts[1] ?? start;
      to = this.#root.ends[1] ?? end;
    }
    const result = this.#payload.read(bytes, from, to);
    if (result < 0) return notAnObject(bytes, start, end, result);
    this.#source.starts.fill(-1);
    if (this.#needs.has('source') && this.#payload.has(bytes, 4)) {
      const inside = this.#source.read(bytes, this.#payload.starts[4] ?? 0, this.#payload.ends[4] ?? 0);
      if (inside < 0) return { code: 'json.type', message: 'field source: an object is wanted' };
    }
    return undefined;
  }

  #add(rows: ToldRows, change: Parameters<ToldRows['add']>[0], member: 0 | 1): void {
    const { names, starts, ends } = this.#payload;
    rows.add(change, names[member] ?? '', this.#bytes, starts[member] ?? 0, ends[member] ?? 0);
  }

  #hasPayload(start: number, end: number): boolean {
    return this.#root.read(this.#bytes, start, end) === 0 && this.#root.has(this.#bytes, 1);
  }
}
