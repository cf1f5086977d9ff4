import { BatchBuilder } from '@millrace/batch';
import type { ReaderContext, SourceBatch, SourceReader, Split, SplitProgress } from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { Pool, PoolClient } from 'pg';
import { pause } from '../retrying.ts';
import { openPool, withClient } from './database.ts';
import { postgresReadError } from './errors.ts';
import { parsePosition, type TablePosition } from './partition.ts';
import { inspectTable, type StoredColumn, type StoredTable } from './stored-table.ts';
import { asText, valueOfText } from './stored-value.ts';
import { type PostgresPlace, qualified } from './table.ts';
import { quotedColumn, type Where, wheresOf } from './where.ts';

interface OpenSplit {
  readonly id: SplitId;
  position: TablePosition;
}

const NOTHING: SourceBatch = { batch: undefined, rejected: [], finishedSplits: [], bytes: 0 };

/**
 * Reads a page of a split per poll, each a statement of its own, so that no transaction stays open while the job is held up. Pages follow the
 * table's key: a row that is there all the time comes exactly once, also after a restore. Without a key the order is that of all
 * columns and a page skips what was read: exact as long as nobody changes the table, and slower with every page.
 */
export class PostgresReader implements SourceReader {
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;
  readonly #pool: Pool;
  #splits: OpenSplit[] = [];
  #stored: StoredTable | undefined;
  #turn = 0;

  constructor(place: PostgresPlace, schema: Schema, filter: SourceFilter | undefined, context: ReaderContext) {
    this.#place = place;
    this.#schema = schema;
    this.#filter = filter;
    this.#pool = openPool(place.connection, `${context.owner} ${context.subtask}`);
  }

  addSplits(splits: readonly Split[]): void {
    for (const split of splits) this.#splits.push({ id: split.id, position: parsePosition(split) });
  }

  async poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    const split = this.#splits[this.#turn++ % Math.max(1, this.#splits.length)];
    if (split === undefined) {
      await pause(waitMs, signal);
      signal.throwIfAborted();
      return NOTHING;
    }
    try {
      return await withClient(this.#pool, signal, (client) => this.#read(split, maxRows, client));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw postgresReadError(error, `reading table '${this.#place.schemaName}.${this.#place.tableName}'`);
    }
  }

  snapshot(): readonly Split<TablePosition>[] {
    return this.#splits.map(({ id, position }) => ({ id, start: position }));
  }

  /** How many rows are left is not known: counting them would read them. */
  progress(): readonly SplitProgress[] {
    return this.#splits.map(({ id }) => ({ split: id, lagRecords: undefined, lagMs: undefined, caughtUp: false }));
  }

  async onCheckpointComplete(): Promise<void> {}

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #read(split: OpenSplit, maxRows: number, client: PoolClient): Promise<SourceBatch> {
    this.#stored ??= await inspectTable(client, this.#place, this.#schema);
    const page = new Page(this.#place, this.#schema, this.#stored, split.position);
    const { text, values } = page.statement(maxRows, wheresOf(this.#filter, this.#schema, this.#stored));
    const { rows } = await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' });
    const isLast = rows.length < maxRows;
    const builder = new BatchBuilder(this.#schema);
    let bytes = 0;
    for (const row of rows) {
      builder.append(this.#schema.fields.map((field, at) => valueOfText(row[at] ?? null, field)));
      for (const part of row) bytes += part?.length ?? 0;
    }
    split.position = page.positionAfter(rows);
    if (isLast) this.#splits = this.#splits.filter((other) => other !== split);
    const runs = [{ split: split.id, from: 0, to: rows.length }];
    const batch = rows.length === 0 ? undefined : { ...builder.finish(), runs };
    return { batch, rejected: [], finishedSplits: isLast ? [split.id] : [], bytes };
  }
}

/** The next rows of a split as a statement: the columns wanted as text, then those of the key. */
class Page {
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #position: TablePosition;
  readonly #key: readonly StoredColumn[];

  constructor(place: PostgresPlace, schema: Schema, { columns, key }: StoredTable, position: TablePosition) {
    this.#place = place;
    this.#schema = schema;
    this.#position = position;
    // A split goes on as it began, though the table may have got another key meanwhile.
    const names = position.after?.columns ?? (position.skip > 0 ? [] : (key ?? []).map(({ name }) => name));
    this.#key = names.flatMap((name) => columns.get(name) ?? []);
  }

  /** `wheres`: which rows are wanted; a page follows the key, so that they need not be those of the page before. */
  statement(rowsMax: number, wheres: readonly Where[]): { readonly text: string; readonly values: readonly string[] } {
    const { range, after, skip } = this.#position;
    const values: string[] = [];
    const parameter = (value: string, type: string) => `$${values.push(value)}::${type}`;
    const key = this.#key.map(({ name }) => quotedColumn(name));
    const wanted = this.#schema.fields.map(({ name, type }) => asText(quotedColumn(name), type));
    const conditions: string[] = [];
    if (range !== undefined) {
      const column = quotedColumn(range.column);
      conditions.push(`${column} BETWEEN ${parameter(range.from, 'numeric')} AND ${parameter(range.to, 'numeric')}`);
    }
    if (after !== undefined) {
      const last = this.#key.map(({ type }, at) => parameter(after.values[at] ?? '', type));
      conditions.push(`(${key.join(', ')}) > (${last.join(', ')})`);
    }
    // A split that began without a key skips rows by their number.
    if (key.length > 0) conditions.push(...wheres.map((where) => where(parameter)));
    const order = key.length > 0 ? key : wanted.map((_, at) => String(at + 1));
    const text = `SELECT ${[...wanted, ...key.map((column) => `${column}::text`)].join(', ')} FROM ${qualified(this.#place)} t
      ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
      ORDER BY ${order.join(', ')} LIMIT ${rowsMax}${skip > 0 ? ` OFFSET ${skip}` : ''}`;
    return { text, values };
  }

  positionAfter(rows: readonly (readonly (string | null)[])[]): TablePosition {
    const last = rows.at(-1);
    if (last === undefined) return this.#position;
    const { range, skip } = this.#position;
    const where = range === undefined ? {} : { range };
    if (this.#key.length === 0) return { ...where, skip: skip + rows.length };
    const values = last.slice(this.#schema.fields.length).map((value) => value ?? '');
    return { ...where, after: { columns: this.#key.map(({ name }) => name), values }, skip: 0 };
  }
}
