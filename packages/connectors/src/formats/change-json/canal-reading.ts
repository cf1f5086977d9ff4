import { CHANGE, type Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { DecodeFailure } from '../format.ts';
import { skipSpace, skipValue } from '../json-scan.ts';
import type { ChangeFormat } from './change-format.ts';
import type { ChangeReading } from './change-reading.ts';
import { missingRow, notAnObject, unknownOperation } from './json-failure.ts';
import { epochValue, memberValue } from './member-value.ts';
import { Members } from './members.ts';
import { MergedRows } from './merged-row.ts';
import type { ToldRows } from './told-rows.ts';

const OPERATIONS = ['INSERT', 'UPDATE', 'DELETE'];
/** What changes a table itself tells of no row. */
const DEFINITION = 'CREATE';
const [DATA, OLD, TYPE, DATABASE, TABLE, SQL_TYPE, PK_NAMES, TS, ES] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const NAMES = ['data', 'old', 'type', 'database', 'table', 'sqlType', 'pkNames', 'ts', 'es'];

/** Canal's `{ type, data: [...], old: [...], database, table, es, ts }`: `data` are the rows, `old` has of each what was different before an update. */
export class CanalReading implements ChangeReading {
  readonly #record = new Members(NAMES);
  readonly #before = new MergedRows();
  readonly #wanted: Pick<Extract<ChangeFormat, { kind: 'canal-json' }>, 'database' | 'table'>;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(wanted: Pick<Extract<ChangeFormat, { kind: 'canal-json' }>, 'database' | 'table'>) {
    this.#wanted = wanted;
  }

  read(bytes: Uint8Array, start: number, end: number, rows: ToldRows): DecodeFailure | undefined {
    this.#bytes = bytes;
    const record = this.#record;
    const result = record.read(bytes, start, end);
    if (result < 0) return notAnObject(bytes, start, end, result);
    const { database, table } = this.#wanted;
    for (const [member, pattern] of [[DATABASE, database] as const, [TABLE, table] as const]) {
      if (pattern === undefined) continue;
      const name = record.text(bytes, member);
      if (name === undefined)
        return { code: 'change.place', message: `field ${NAMES[member]}: missing or null, and only some are read` };
      if (!pattern.test(name)) return undefined;
    }
    const type = record.text(bytes, TYPE);
    if (type === DEFINITION) return undefined;
    if (type === undefined || !OPERATIONS.includes(type)) return unknownOperation('type', type, OPERATIONS);
    return this.#addAll(type, rows);
  }

  metadata(key: string, field: Field): () => Value | undefined {
    switch (key) {
      case 'ingestion-timestamp':
        return () => epochValue(this.#record, TS, this.#bytes, field, 1);
      case 'event-timestamp':
        return () => epochValue(this.#record, ES, this.#bytes, field, 1);
      default: {
        const member =
          { database: DATABASE, table: TABLE, 'sql-type': SQL_TYPE, 'pk-names': PK_NAMES }[key] ?? DATABASE;
        return () => memberValue(this.#record, member, this.#bytes, field);
      }
    }
  }

  #addAll(type: string, rows: ToldRows): DecodeFailure | undefined {
    const bytes = this.#bytes;
    const data = this.#elementsOf(DATA);
    if (data === undefined) return missingRow('data', type);
    const old = type === 'UPDATE' ? this.#elementsOf(OLD) : [];
    if (old === undefined || (type === 'UPDATE' && old.length < data.length)) return missingRow('old', type);
    this.#before.clear();
    for (const [at, [from, to]] of data.entries()) {
      const place = `data[${at}]`;
      const [oldFrom, oldTo] = old[at] ?? [];
      if (oldFrom !== undefined && oldTo !== undefined) {
        const before = this.#before;
        before.merge(bytes, from, to, oldFrom, oldTo);
        rows.add(CHANGE.updateBefore, `${place} with old`, before.bytes, before.start, before.end);
      }
      const change = type === 'INSERT' ? CHANGE.insert : type === 'DELETE' ? CHANGE.delete : CHANGE.updateAfter;
      rows.add(change, place, bytes, from, to);
    }
    return undefined;
  }

  /** Where the objects of an array are; undefined when it is none, or one of something else. */
  #elementsOf(member: number): readonly (readonly [start: number, end: number])[] | undefined {
    const bytes = this.#bytes;
    const start = this.#record.starts[member] ?? -1;
    const end = this.#record.ends[member] ?? start;
    if (bytes[start] !== 91) return undefined;
    const elements: (readonly [number, number])[] = [];
    let at = skipSpace(bytes, start + 1, end);
    while (bytes[at] !== 93) {
      if (bytes[at] !== 123) return undefined;
      const elementEnd = skipValue(bytes, at, end);
      elements.push([at, elementEnd]);
      at = skipSpace(bytes, elementEnd, end);
      if (bytes[at] === 44) at = skipSpace(bytes, at + 1, end);
    }
    return elements;
  }
}
