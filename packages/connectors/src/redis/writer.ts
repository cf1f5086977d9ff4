import { CHANGE, forEachRow, type RecordBatch } from '@millrace/batch';
import type { SinkWriter, WriterContext } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import { withoutReplaced } from '../changes.ts';
import { JsonEncoder } from '../formats/json-encoder.ts';
import { RedisConnection } from './connection.ts';
import { redisError } from './errors.ts';
import { redisKeyOf } from './key-template.ts';
import { fieldText, rowAt } from './row-text.ts';
import type { RedisTable } from './table.ts';

/** What happens to one Redis key. `value` undefined: it is deleted. */
interface Change {
  readonly key: string;
  readonly value: Buffer | readonly string[] | undefined;
}

/** Each batch in one round trip, in order; hashes as a transaction, so that no reader sees half a row. */
export class RedisWriter implements SinkWriter {
  readonly #table: RedisTable;
  readonly #ttlMs: number | undefined;
  readonly #schema: Schema;
  readonly #connection: RedisConnection;
  readonly #encoder: JsonEncoder;

  constructor(table: RedisTable, schema: Schema, ttlMs: number | undefined, { job, operator, subtask }: WriterContext) {
    this.#table = table;
    this.#ttlMs = ttlMs;
    this.#schema = schema;
    this.#connection = new RedisConnection(table.place, `millrace ${job} ${operator} ${subtask}`);
    this.#encoder = new JsonEncoder(schema.fields, [...schema.fields.keys()]);
  }

  async write(batch: RecordBatch): Promise<void> {
    const changes = this.#changesOf(withoutReplaced(batch));
    if (changes.length === 0) return;
    try {
      const client = await this.#connection.client();
      const commands = this.#table.mode === 'hash' ? client.multi() : client.pipeline();
      for (const { key, value } of changes) {
        if (value === undefined) commands.del(key);
        else if (!Array.isArray(value)) {
          if (this.#ttlMs === undefined) commands.set(key, value as Buffer);
          else commands.set(key, value as Buffer, 'PX', this.#ttlMs);
        } else {
          commands.del(key);
          commands.hset(key, ...value);
          if (this.#ttlMs !== undefined) commands.pexpire(key, this.#ttlMs);
        }
      }
      for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error;
    } catch (error) {
      throw redisError(error, 'writing to Redis');
    }
  }

  /** Every `write` waited for the answers. */
  async flush(): Promise<void> {}

  async prepareCommit(): Promise<readonly unknown[]> {
    return [];
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #changesOf(batch: RecordBatch): readonly Change[] {
    const changes: Change[] = [];
    const encoded = this.#table.mode === 'string' ? this.#encoder.encode(batch) : undefined;
    let at = 0;
    forEachRow(batch, (number) => {
      const place = at++;
      const key = this.#keyOf(batch, number);
      if (batch.changes?.[number] === CHANGE.delete) changes.push({ key, value: undefined });
      else if (encoded === undefined) changes.push({ key, value: this.#fieldsOf(batch, number) });
      else
        changes.push({ key, value: Buffer.from(encoded.bytes.subarray(encoded.starts[place], encoded.ends[place])) });
    });
    return changes;
  }

  #keyOf(batch: RecordBatch, number: number): string {
    const row = rowAt(batch, number);
    const texts = this.#table.keyColumns.map((column) => {
      const { [column]: field } = this.#schema.fields;
      const value = row[column] ?? null;
      if (field === undefined || value === null) throw withoutKey(field?.name ?? '');
      return fieldText(value, field.type);
    });
    return redisKeyOf(this.#table.key, texts);
  }

  /** Name, text, name, text; a column that is NULL has no field. */
  #fieldsOf(batch: RecordBatch, number: number): readonly string[] {
    return rowAt(batch, number).flatMap((value, column) => {
      const { [column]: field } = this.#schema.fields;
      return value === null || field === undefined ? [] : [field.name, fieldText(value, field.type)];
    });
  }
}

function withoutKey(column: string): StreamError {
  const message = `column '${column}' is NULL in a row, and the Redis key is made of it: leave such rows out with WHERE, or declare the column NOT NULL`;
  return new StreamError('redis.null-key', message, { domain: 'user', retry: 'never' });
}
