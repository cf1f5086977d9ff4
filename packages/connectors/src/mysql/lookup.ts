import { BatchBuilder, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { LookedUpRows, LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import type { Field, Schema } from '@millrace/model';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { REQUESTS_MAX, tableLookup } from '../jdbc/lookup.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import type { OptionValues } from '../option/option-values.ts';
import { openPool, rowsOf, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { literalOf } from './literal.ts';
import { MysqlPagedTable } from './paged-table.ts';
import { inspectTable } from './stored-table.ts';
import { asRead, valueOfBytes } from './stored-value.ts';
import { type MysqlPlace, placeOf, qualified, quoted } from './table.ts';

/** A table of MySQL that is asked for rows by key. */
export function mysqlLookup(
  values: OptionValues,
  schema: Schema,
  keys: readonly number[],
  network: NetworkPolicy,
): LookupSource {
  const place = placeOf(values, schema, network);
  const table = new MysqlPagedTable(values, schema, network);
  return tableLookup(values, table, (context) => new MysqlLookupReader(place, schema, keys, context));
}

class MysqlLookupReader implements LookupReader {
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #pool: Pool;
  readonly #context: ReaderContext;
  #isInspected = false;

  constructor(place: MysqlPlace, schema: Schema, keys: readonly number[], context: ReaderContext) {
    this.#place = place;
    this.#schema = schema;
    this.#keys = keys;
    this.#context = context;
    this.#pool = openPool(place.connection, REQUESTS_MAX);
  }

  async lookup(keys: RecordBatch, signal: AbortSignal): Promise<LookedUpRows> {
    try {
      return await withConnection(this.#pool, signal, (connection) => this.#ask(keys, connection));
    } catch (error) {
      if (signal.aborted) throw error;
      throw mysqlError(error, `looking up rows of table '${this.#place.databaseName}.${this.#place.tableName}'`);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #ask(keys: RecordBatch, connection: PoolConnection): Promise<LookedUpRows> {
    if (!this.#isInspected) await inspectTable(connection, this.#place, this.#schema, 'read');
    this.#isInspected = true;
    const numbers = numbersOf(keys);
    const found: { readonly number: number; readonly row: readonly Value[] }[] = [];
    let bytes = 0;
    for (const parts of numbers.size === 0 ? [] : await rowsOf(connection, this.#statement([...numbers.keys()]))) {
      const row = this.#schema.fields.map((field, at) => valueOfBytes(parts[at] ?? null, field));
      for (const part of parts) bytes += part?.length ?? 0;
      // What the database takes for equal, by case or by blanks at the end, need not be.
      const number = numbers.get(this.#textOf(row));
      if (number !== undefined) found.push({ number, row });
    }
    found.sort((a, b) => a.number - b.number);
    this.#context.metrics.count('bytes_in_total', bytes);
    const builder = new BatchBuilder(this.#schema);
    for (const { row } of found) builder.append(row);
    return { rows: builder.finish(), keyOf: Int32Array.from(found, ({ number }) => number) };
  }

  #statement(keys: readonly string[]): string {
    const fields = this.#keys.flatMap((index) => this.#schema.fields[index] ?? []);
    const columns = fields.map(({ name }) => quoted(name)).join(', ');
    const wanted = this.#schema.fields.map(({ name, type }) => asRead(quoted(name), type)).join(', ');
    const one = fields.length === 1;
    const list = keys.map((key) => (one ? key : `(${key})`)).join(', ');
    return `SELECT ${wanted} FROM ${qualified(this.#place)} WHERE ${one ? columns : `(${columns})`} IN (${list})`;
  }

  #textOf(row: readonly Value[]): string {
    return keyText(this.#keys.map((index) => [row[index] ?? null, this.#schema.fields[index]] as const)) ?? '';
  }
}

/** The number of each key that may exist, by its literals. */
function numbersOf(keys: RecordBatch): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (let row = 0; row < keys.rows; row++) {
    const text = keyText(
      keys.schema.fields.map((field, at) => {
        const column = keys.columns[at];
        return [column === undefined ? null : valueAt(column, field.type, row), field] as const;
      }),
    );
    if (text !== undefined) numbers.set(text, row);
  }
  return numbers;
}

/** Values of equal types have equal literals when they are equal, `0` and `-0` included. */
function keyText(parts: readonly (readonly [Value, Field | undefined])[]): string | undefined {
  const literals = parts.map(([value, field]) => field && literalOf(value === 0 ? 0 : value, field.type));
  return literals.includes(undefined) ? undefined : literals.join(', ');
}
