import { BatchBuilder } from '@millrace/batch';
import type { SourceBatch, SourceReader, Split, SplitProgress } from '@millrace/contracts';
import { type Schema, type SplitId, StreamError } from '@millrace/model';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { parsePosition, type TablePosition } from '../postgres/partition.ts';
import { pause } from '../retrying.ts';
import { openPool, rowsOf, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { inspectTable, type StoredColumn, type StoredTable } from './stored-table.ts';
import { asRead, valueOfBytes } from './stored-value.ts';
import { type MysqlPlace, qualified, quoted } from './table.ts';

interface OpenSplit {
  readonly id: SplitId;
  position: TablePosition;
}

const NOTHING: SourceBatch = { batch: undefined, rejected: [], finishedSplits: [], bytes: 0 };
const NUMBERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'year']);

/** Reads a page of a split per poll along the table's key, as `PostgresReader` does: a row that stays comes exactly once. */
export class MysqlReader implements SourceReader {
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #pool: Pool;
  #splits: OpenSplit[] = [];
  #stored: StoredTable | undefined;
  #turn = 0;

  constructor(place: MysqlPlace, schema: Schema) {
    this.#place = place;
    this.#schema = schema;
    this.#pool = openPool(place.connection);
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
      return await withConnection(this.#pool, signal, (connection) => this.#read(split, maxRows, connection));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw mysqlError(error, `reading table '${this.#place.databaseName}.${this.#place.tableName}'`);
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

  async #read(split: OpenSplit, maxRows: number, connection: PoolConnection): Promise<SourceBatch> {
    this.#stored ??= await inspectTable(connection, this.#place, this.#schema, 'read');
    const key = keyOf(this.#stored, split.position);
    const rows = await rowsOf(connection, this.#statement(split.position, key, maxRows));
    const builder = new BatchBuilder(this.#schema);
    let bytes = 0;
    for (const row of rows) {
      builder.append(this.#schema.fields.map((field, at) => valueOfBytes(row[at] ?? null, field)));
      for (const part of row) bytes += part?.length ?? 0;
    }
    split.position = positionAfter(split.position, key, rows, this.#schema.fields.length);
    const isLast = rows.length < maxRows;
    if (isLast) this.#splits = this.#splits.filter((other) => other !== split);
    const runs = [{ split: split.id, from: 0, to: rows.length }];
    const batch = rows.length === 0 ? undefined : { ...builder.finish(), runs };
    return { batch, rejected: [], finishedSplits: isLast ? [split.id] : [], bytes };
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

function positionAfter(
  position: TablePosition,
  key: readonly StoredColumn[],
  rows: readonly (readonly (Buffer | null)[])[],
  width: number,
): TablePosition {
  const last = rows.at(-1);
  if (last === undefined) return position;
  const where = position.range === undefined ? {} : { range: position.range };
  if (key.length === 0) return { ...where, skip: position.skip + rows.length };
  const values = last.slice(width).map((value) => value?.toString('latin1') ?? '');
  return { ...where, after: { columns: key.map(({ name }) => name), values }, skip: 0 };
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
