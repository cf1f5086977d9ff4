import { BatchBuilder, CHANGE, type Change, isRetraction, type RecordBatch, type Value } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { HarnessOutput } from '@millrace/testing/operator-harness';
import type { SeededRandom } from '@millrace/testing/seeded-random';

export type Row = readonly Value[];

/** One row of a changelog. */
export interface Changed {
  readonly change: Change;
  readonly row: Row;
}

export function textOf(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Map ? [...value] : Number.isNaN(value) ? 'NaN' : value;
  });
}

export function sorted(rows: readonly Row[]): string[] {
  return rows.map(textOf).sort();
}

export function batchOf(schema: Schema, changes: readonly Changed[]): RecordBatch {
  const builder = new BatchBuilder(schema);
  for (const { change, row } of changes) builder.append(row, change);
  return builder.finish();
}

export function inserts(rows: readonly Row[]): Changed[] {
  return rows.map((row) => ({ change: CHANGE.insert, row }));
}

/** What a changelog adds up to. Taking back a row that is not there is an error, as a sink would find. */
export class Accumulated {
  readonly #rows: string[] = [];
  #read = 0;

  /** The output since the last call. */
  add(output: readonly HarnessOutput[]): this {
    this.addAll(output.slice(this.#read));
    this.#read = output.length;
    return this;
  }

  addAll(output: readonly HarnessOutput[]): this {
    for (const item of output) {
      if (item.kind !== 'row') continue;
      const text = textOf(item.row);
      if (!isRetraction(item.change)) {
        this.#rows.push(text);
        continue;
      }
      const at = this.#rows.indexOf(text);
      if (at < 0) throw new Error(`a row was taken back that was not there: ${text}`);
      this.#rows.splice(at, 1);
    }
    return this;
  }

  get sorted(): string[] {
    return [...this.#rows].sort();
  }
}

/** Random changes that a well-behaved input would make: only rows that are there are taken back, updates in pairs. */
export class RandomChanges {
  /** Rows that are there now, in order of arrival. */
  readonly live: Row[] = [];
  readonly #random: SeededRandom;
  readonly #make: () => Row;
  readonly #insertShare: number;

  /** `insertShare` 1 makes INSERTs only. */
  constructor(random: SeededRandom, make: () => Row, insertShare = 0.6) {
    this.#random = random;
    this.#make = make;
    this.#insertShare = insertShare;
  }

  next(count: number): Changed[] {
    return Array.from({ length: count }, () => this.#step()).flat();
  }

  #step(): Changed[] {
    if (this.live.length === 0 || this.#random.next() < this.#insertShare) return [this.#insert(CHANGE.insert)];
    const isUpdate = this.#random.next() < 0.5;
    const row = this.#remove();
    if (!isUpdate) return [{ change: CHANGE.delete, row }];
    return [{ change: CHANGE.updateBefore, row }, this.#insert(CHANGE.updateAfter)];
  }

  #insert(change: Change): Changed {
    const row = this.#make();
    this.live.push(row);
    return { change, row };
  }

  /** Of equal rows the first. */
  #remove(): Row {
    const text = textOf(this.#random.pick(this.live));
    const at = this.live.findIndex((row) => textOf(row) === text);
    return this.live.splice(at, 1)[0] ?? [];
  }
}

/** Seeds of the runs of a test: SEED picks one, otherwise they differ from day to day and are printed. */
export function seedsOf(name: string, count: number): readonly number[] {
  if (process.env.SEED !== undefined) return [Number(process.env.SEED)];
  const first = Math.floor(Date.now() / 1000) % 2 ** 24;
  console.log(`${name}: seeds ${first} to ${first + count - 1}`);
  return Array.from({ length: count }, (_, at) => first + at);
}

/** Rows by the text of some columns, in order. */
export function grouped(rows: readonly Row[], columns: readonly number[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = textOf(columns.map((column) => row[column] ?? null));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}
