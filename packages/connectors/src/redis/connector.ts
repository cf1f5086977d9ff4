import type { Connector, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { RedisConnection } from './connection.ts';
import { redisError } from './errors.ts';
import { redisLookup } from './lookup.ts';
import { REDIS } from './options.ts';
import { type RedisTable, tableOf } from './table.ts';
import { RedisWriter } from './writer.ts';

/** Rows in a Redis server, by key. */
export function redis(network: NetworkPolicy): Connector {
  return {
    name: REDIS.name,
    title: REDIS.title,
    createLookup: (options, schema, keys) => redisLookup(options, schema, keys, network),
    createSink: (options, schema) => {
      const values = new OptionValues(REDIS, options, 'sink');
      const table = tableOf(values, schema, network);
      checkPrimaryKey(table, schema);
      return new RedisSink(table, schema, values.durationMs('ttl'));
    },
  };
}

/** Rows are replaced and deleted by the Redis key, so it must tell just the rows that the PRIMARY KEY tells. */
function checkPrimaryKey({ keyColumns }: RedisTable, { fields, primaryKey }: Schema): void {
  if (primaryKey === undefined) return;
  const isSame = primaryKey.length === keyColumns.length && primaryKey.every((column) => keyColumns.includes(column));
  if (isSame) return;
  const names = primaryKey.map((column) => `{${fields[column]?.name}}`).join(' and ');
  throw invalidOption('key', `option 'key' must name the columns of the PRIMARY KEY and no others: ${names}`);
}

/** Writing a row again changes nothing, so at-least-once ends with the right rows. */
class RedisSink implements Sink {
  readonly guarantee: Guarantee = 'at-least-once';
  readonly #table: RedisTable;
  readonly #schema: Schema;
  readonly #ttlMs: number | undefined;

  constructor(table: RedisTable, schema: Schema, ttlMs: number | undefined) {
    this.#table = table;
    this.#schema = schema;
    this.#ttlMs = ttlMs;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const connection = new RedisConnection(this.#table.place, 'millrace prepare');
    try {
      await (await connection.client()).ping();
    } catch (error) {
      throw redisError(error, 'connecting to Redis');
    } finally {
      await connection.close();
    }
  }

  async createWriter(context: WriterContext): Promise<SinkWriter> {
    return new RedisWriter(this.#table, this.#schema, this.#ttlMs, context);
  }
}
