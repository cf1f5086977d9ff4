import { BatchBuilder, type RecordBatch } from '@millrace/batch';
import type { LookedUpRows, LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import type { Field, Schema } from '@millrace/model';
import { JsonRows } from '../lookup/json-rows.ts';
import { lookupSourceOf } from '../lookup/options.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { RedisConnection } from './connection.ts';
import { redisError } from './errors.ts';
import { redisKeyOf } from './key-template.ts';
import { REDIS } from './options.ts';
import { fieldText, objectOf, rowAt } from './row-text.ts';
import { type RedisTable, tableOf } from './table.ts';

/** Requests of one task under way on its connection. */
const REQUESTS_MAX = 2;
const KEYS_MAX = 500;

/** Rows in Redis, asked for by the columns of their key: many keys in one round trip. */
export function redisLookup(
  options: Readonly<Record<string, string>>,
  schema: Schema,
  keys: readonly number[],
  network: NetworkPolicy,
): LookupSource {
  const values = new OptionValues(REDIS, options, 'lookup');
  const table = tableOf(values, schema, network);
  const missing = table.keyColumns.find((column) => !keys.includes(column));
  if (missing !== undefined) {
    const name = schema.fields[missing]?.name ?? '';
    throw invalidOption(
      'key',
      `option 'key' names {${name}}: compare it in ON, or name only columns that are compared`,
    );
  }
  const createReader = (context: ReaderContext) => new RedisLookupReader(table, schema, keys, context);
  return lookupSourceOf(values, { ask: { requestsMax: REQUESTS_MAX, keysMax: KEYS_MAX, createReader } });
}

class RedisLookupReader implements LookupReader {
  readonly #table: RedisTable;
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #connection: RedisConnection;
  readonly #rows: JsonRows;
  readonly #context: ReaderContext;

  constructor(table: RedisTable, schema: Schema, keys: readonly number[], context: ReaderContext) {
    this.#table = table;
    this.#schema = schema;
    this.#keys = keys;
    this.#context = context;
    this.#connection = new RedisConnection(table.place, `${context.owner} ${context.subtask}`);
    this.#rows = new JsonRows(schema, keys, { isArray: false, errorCode: 'redis.value' });
  }

  async lookup(keys: RecordBatch, signal: AbortSignal): Promise<LookedUpRows> {
    signal.throwIfAborted();
    const asked = Array.from({ length: keys.rows }, (_, number) => rowAt(keys, number));
    const places = this.#table.keyColumns.map((column) => this.#keys.indexOf(column));
    const names = asked.map((key) => {
      const texts = places.map((at) => fieldText(key[at] ?? null, keys.schema.fields[at]?.type ?? TEXT));
      return redisKeyOf(this.#table.key, texts);
    });
    const found = await unlessAborted(this.#read(names), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw redisError(error, 'looking up rows in Redis');
    });
    const builder = new BatchBuilder(this.#schema);
    const keyOf: number[] = [];
    let bytes = 0;
    for (const [number, value] of found.entries()) {
      if (value === null) continue;
      bytes += value.length;
      for (const row of this.#rows.read(value, asked[number] ?? [], 'Redis')) {
        builder.append(row);
        keyOf.push(number);
      }
    }
    this.#context.metrics.count('bytes_in_total', bytes);
    return { rows: builder.finish(), keyOf: Int32Array.from(keyOf) };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** The row of each key as the JSON object it is or would be; null where there is none. */
  async #read(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    const client = await this.#connection.client();
    const { fields } = this.#schema;
    const pipeline = client.pipeline();
    if (this.#table.mode === 'string') {
      // Not MGET: that says nothing of a key which holds another kind of value.
      for (const name of names) pipeline.getBuffer(name);
      return ((await pipeline.exec()) ?? []).map(([error, value]) => {
        if (error !== null) throw error;
        return value instanceof Uint8Array ? value : null;
      });
    }
    for (const name of names) {
      pipeline.exists(name);
      pipeline.hmgetBuffer(name, ...fields.map((field: Field) => field.name));
    }
    const replies = (await pipeline.exec()) ?? [];
    return names.map((_, at) => {
      const [existsError, exists] = replies[at * 2] ?? [];
      const [error, texts] = replies[at * 2 + 1] ?? [];
      if (existsError || error) throw existsError ?? error;
      return exists === 1 && Array.isArray(texts) ? objectOf(fields, texts) : null;
    });
  }
}

const TEXT = { kind: 'string', nullable: true } as const;

/** Rejects when the signal aborts; what comes later is not looked at. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
