import { BatchBuilder, type RecordBatch, valueAt } from '@millrace/batch';
import type { LookedUpRows, LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Pool, PoolClient } from 'pg';
import { REQUESTS_MAX, tableLookup } from '../jdbc/lookup.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import type { OptionValues } from '../option/option-values.ts';
import { openPool, withClient } from './database.ts';
import { postgresReadError } from './errors.ts';
import { PostgresPagedTable } from './paged-table.ts';
import { inspectTable } from './stored-table.ts';
import { asText, type KeyComparison, keyComparison, valueOfText } from './stored-value.ts';
import { type PostgresPlace, placeOf, qualified, quoted } from './table.ts';

/** A table of PostgreSQL that is asked for rows by key, the keys as arrays. */
export function postgresLookup(
  values: OptionValues,
  schema: Schema,
  keys: readonly number[],
  network: NetworkPolicy,
): LookupSource {
  const place = placeOf(values, schema, network);
  const table = new PostgresPagedTable(values, schema, network);
  return tableLookup(values, table, (context) => new PostgresLookupReader(place, schema, keys, context));
}

interface Statement {
  readonly text: string;
  readonly comparisons: readonly KeyComparison[];
}

class PostgresLookupReader implements LookupReader {
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #pool: Pool;
  readonly #context: ReaderContext;
  /** Made with the first request, when the table has been looked at. */
  #statement: Statement | undefined;

  constructor(place: PostgresPlace, schema: Schema, keys: readonly number[], context: ReaderContext) {
    this.#place = place;
    this.#schema = schema;
    this.#keys = keys;
    this.#context = context;
    this.#pool = openPool(place.connection, `${context.owner} ${context.subtask}`, REQUESTS_MAX);
  }

  async lookup(keys: RecordBatch, signal: AbortSignal): Promise<LookedUpRows> {
    try {
      return await withClient(this.#pool, signal, (client) => this.#ask(keys, client));
    } catch (error) {
      if (signal.aborted) throw error;
      throw postgresReadError(error, `looking up rows of table '${this.#place.schemaName}.${this.#place.tableName}'`);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #ask(keys: RecordBatch, client: PoolClient): Promise<LookedUpRows> {
    this.#statement ??= await this.#prepare(client);
    const { text, comparisons } = this.#statement;
    const builder = new BatchBuilder(this.#schema);
    const keyOf: number[] = [];
    const values = arraysOf(keys, comparisons);
    if (values[0]?.length !== 0) {
      const query = { name: 'lookup', text, values, rowMode: 'array' as const };
      const { rows } = await client.query<(string | null)[]>(query);
      let bytes = 0;
      for (const [number, ...texts] of rows) {
        keyOf.push(Number(number));
        builder.append(this.#schema.fields.map((field, at) => valueOfText(texts[at] ?? null, field)));
        for (const part of texts) bytes += part?.length ?? 0;
      }
      this.#context.metrics.count('bytes_in_total', bytes);
    }
    return { rows: builder.finish(), keyOf: Int32Array.from(keyOf) };
  }

  async #prepare(client: PoolClient): Promise<Statement> {
    const { columns } = await inspectTable(client, this.#place, this.#schema);
    const fields = this.#keys.flatMap((index) => this.#schema.fields[index] ?? []);
    const comparisons = fields.flatMap(({ name, type }) => {
      const stored = columns.get(name);
      return stored === undefined ? [] : [keyComparison(stored, type)];
    });
    const columnOf = (name: string) => `t.${quoted(name)}`;
    const wanted = this.#schema.fields.map(({ name, type }) => asText(columnOf(name), type));
    const arrays = comparisons.map(({ arrayType }, at) => `$${at + 2}::${arrayType}[]`);
    const equalities = comparisons.map(({ column }, at) => `${column(columnOf(fields[at]?.name ?? ''))} = k.k${at}`);
    const text = `SELECT k.number, ${wanted.join(', ')}
      FROM unnest(${['$1::int[]', ...arrays].join(', ')}) AS k(${['number', ...comparisons.map((_, at) => `k${at}`)].join(', ')})
      JOIN ${qualified(this.#place)} t ON ${equalities.join(' AND ')} ORDER BY k.number`;
    return { text, comparisons };
  }
}

/** The numbers of the keys that may exist, then an array per key column. */
function arraysOf(keys: RecordBatch, comparisons: readonly KeyComparison[]): readonly (readonly (string | number)[])[] {
  const numbers: number[] = [];
  const arrays: string[][] = comparisons.map(() => []);
  for (let row = 0; row < keys.rows; row++) {
    const elements = comparisons.map(({ elementOf }, at) => {
      const column = keys.columns[at];
      const type = keys.schema.fields[at]?.type;
      return column === undefined || type === undefined ? undefined : elementOf(valueAt(column, type, row));
    });
    const known = elements.filter((element) => element !== undefined);
    if (known.length < elements.length) continue;
    numbers.push(row);
    for (const [at, element] of known.entries()) arrays[at]?.push(element);
  }
  return [numbers, ...arrays];
}
