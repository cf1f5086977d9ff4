import { BatchBuilder } from '@millrace/batch';
import { type Schema, StreamError } from '@millrace/model';
import type { Pool, PoolConnection } from 'mysql2/promise';
import type { TablePage, TablePages } from '../jdbc/paged-table.ts';
import { positionBehind, type TablePosition } from '../jdbc/partition.ts';
import { openPool, rowsOf, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { inspectTable, type StoredColumn, type StoredTable } from './stored-table.ts';
import { asRead, valueOfBytes } from './stored-value.ts';
import { type MysqlPlace, qualified, quoted } from './table.ts';

const NUMBERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'year']);

/** Pages along a key of a table whose order a statement can repeat. */
export class MysqlPages implements TablePages {
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #pool: Pool;
  #stored: StoredTable | undefined;

  constructor(place: MysqlPlace, schema: Schema) {
    this.#place = place;
    this.#schema = schema;
    this.#pool = openPool(place.connection);
  }

  async next(position: TablePosition, rowsMax: number, signal: AbortSignal): Promise<TablePage> {
    try {
      return await withConnection(this.#pool, signal, (connection) => this.#read(position, rowsMax, connection));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw mysqlError(error, `reading table '${this.#place.databaseName}.${this.#place.tableName}'`);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #read(position: TablePosition, rowsMax: number, connection: PoolConnection): Promise<TablePage> {
    this.#stored ??= await inspectTable(connection, this.#place, this.#schema, 'read');
    const key = keyOf(this.#stored, position);
    const rows = await rowsOf(connection, this.#statement(position, key, rowsMax));
    const builder = new BatchBuilder(this.#schema);
    let bytes = 0;
    for (const row of rows) {
      builder.append(this.#schema.fields.map((field, at) => valueOfBytes(row[at] ?? null, field)));
      for (const part of row) bytes += part?.length ?? 0;
    }
    const last = rows.at(-1)?.slice(this.#schema.fields.length);
    const values = last?.map((value) => value?.toString('latin1') ?? '');
    const names = key.map(({ name }) => name);
    return { rows: builder.finish(), bytes, position: positionBehind(position, names, values, rows.length) };
  }

  /** The columns wanted, then those of the key in hexadecimal. */
  #statement({ range, after, skip }: TablePosition, key: readonly StoredColumn[], maxRows: number): string {
    const wanted = this.#schema.fields.map(({ name, type }) => asRead(quoted(name), type));
    const names = key.map(({ name }) => quoted(name));
    const conditions: string[] = [];
    if (range !== undefined) {
      const [from, to] = [wholeNumber(range.from), wholeNumber(range.to)];
      conditions.push(`${quoted(range.column)} BETWEEN ${from} AND ${to}`);
    }
    if (after !== undefined) conditions.push(behind(key, after.values));
    const order = names.length > 0 ? names : wanted.map((_, at) => String(at + 1));
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return `SELECT ${[...wanted, ...key.map(asKey)].join(', ')} FROM ${qualified(this.#place)} ${where}
      ORDER BY ${order.join(', ')} LIMIT ${maxRows}${skip > 0 ? ` OFFSET ${skip}` : ''}`;
  }
}

/** A split goes on as it began, though the table may have got another key meanwhile. */
function keyOf({ columns, keys }: StoredTable, position: TablePosition): readonly StoredColumn[] {
  const readable = keys.find((names) => names.every((name) => isOrdered(columns.get(name))));
  const names = position.after?.columns ?? (position.skip > 0 ? [] : (readable ?? []));
  return names.flatMap((name) => columns.get(name) ?? []);
}

/** Numbers and texts are ordered the same whether they come from the table or from a literal. */
function isOrdered(column: StoredColumn | undefined): boolean {
  return column !== undefined && (NUMBERS.has(column.type) || /^(var)?(char|binary)$/.test(column.type));
}

/** A value of the key as a position keeps it: digits, or the bytes of a text in the order the column has. */
function asKey({ name, type, collation }: StoredColumn): string {
  if (NUMBERS.has(type)) return quoted(name);
  return `HEX(${collation === undefined ? quoted(name) : `CONVERT(${quoted(name)} USING utf8mb4)`})`;
}

/** `(a, b) > (1, 2)`, written out: a > 1 OR (a = 1 AND b > 2), which an index serves. */
function behind(key: readonly StoredColumn[], values: readonly string[]): string {
  const literals = key.map(({ type, collation }, at) => {
    const value = values[at] ?? '';
    if (NUMBERS.has(type)) return wholeNumber(value);
    if (!/^[0-9A-F]*$/.test(value)) throw badPosition();
    return `${collation === undefined ? '' : '_utf8mb4 '}X'${value}'`;
  });
  const parts = key.map(({ name }, at) => {
    const before = key.slice(0, at).map((column, place) => `${quoted(column.name)} = ${literals[place]}`);
    return `(${[...before, `${quoted(name)} > ${literals[at]}`].join(' AND ')})`;
  });
  return `(${parts.join(' OR ')})`;
}

/** A position comes from a checkpoint: nothing but digits of it gets into a statement. */
function wholeNumber(text: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw badPosition();
  return text;
}

function badPosition(): StreamError {
  const message = 'the checkpoint holds a position that is none of this table; start the job without it';
  return new StreamError('jdbc.bad-split', message, { domain: 'internal', retry: 'never' });
}
