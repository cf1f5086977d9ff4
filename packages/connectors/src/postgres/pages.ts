import { BatchBuilder } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { Pool, PoolClient } from 'pg';
import type { TablePage, TablePages } from '../jdbc/paged-table.ts';
import { positionBehind, type TablePosition } from '../jdbc/partition.ts';
import { openPool, withClient } from './database.ts';
import { postgresReadError } from './errors.ts';
import { inspectTable, type StoredColumn, type StoredTable } from './stored-table.ts';
import { asText, valueOfText } from './stored-value.ts';
import { type PostgresPlace, qualified } from './table.ts';
import { quotedColumn, type Where, wheresOf } from './where.ts';

/** Pages along the primary key of a table. */
export class PostgresPages implements TablePages {
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;
  readonly #pool: Pool;
  #stored: StoredTable | undefined;

  /** `owner`: what the server lists the connection as. */
  constructor(place: PostgresPlace, schema: Schema, filter: SourceFilter | undefined, owner: string) {
    this.#place = place;
    this.#schema = schema;
    this.#filter = filter;
    this.#pool = openPool(place.connection, owner);
  }

  async next(position: TablePosition, rowsMax: number, signal: AbortSignal): Promise<TablePage> {
    try {
      return await withClient(this.#pool, signal, (client) => this.#read(position, rowsMax, client));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw postgresReadError(error, `reading table '${this.#place.schemaName}.${this.#place.tableName}'`);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #read(position: TablePosition, rowsMax: number, client: PoolClient): Promise<TablePage> {
    this.#stored ??= await inspectTable(client, this.#place, this.#schema);
    const page = new Page(this.#place, this.#schema, this.#stored, position);
    const { text, values } = page.statement(rowsMax, wheresOf(this.#filter, this.#schema, this.#stored));
    const { rows } = await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' });
    const builder = new BatchBuilder(this.#schema);
    let bytes = 0;
    for (const row of rows) {
      builder.append(this.#schema.fields.map((field, at) => valueOfText(row[at] ?? null, field)));
      for (const part of row) bytes += part?.length ?? 0;
    }
    return { rows: builder.finish(), bytes, position: page.positionAfter(rows) };
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
    const keys = this.#key.map(({ name }) => name);
    const last = rows.at(-1)?.slice(this.#schema.fields.length);
    return positionBehind(
      this.#position,
      keys,
      last?.map((value) => value ?? ''),
      rows.length,
    );
  }
}
