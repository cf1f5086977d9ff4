import type { RecordBatch } from '@millrace/batch';
import type { SinkWriter, WriterContext } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { Pool } from 'pg';
import { openPool } from './database.ts';
import { postgresError } from './errors.ts';
import { RowBuffer, type RowChunk } from './row-buffer.ts';
import { type PostgresCommittable, sinkIdOf } from './staging.ts';
import { Statements } from './statements.ts';
import type { PostgresTable } from './table.ts';

/** Statements of one writer that wait or run; `write` waits beyond. */
const CHUNKS_MAX = 4;

/**
 * Rows to statements, one after the other, so that upserts keep their order. At-least-once writes the
 * target itself; exactly-once writes the staging table, and what a checkpoint staged is one committable.
 */
export class PostgresWriter implements SinkWriter {
  readonly #context: WriterContext;
  readonly #table: PostgresTable;
  readonly #statements: Statements;
  readonly #pool: Pool;
  readonly #buffer: RowBuffer;
  readonly #stages: boolean;
  readonly #chunks: RowChunk[] = [];
  #running: Promise<void> | undefined;
  #failure: StreamError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checkpoint = 1;
  #staged = 0;

  constructor(table: PostgresTable, schema: Schema, context: WriterContext) {
    this.#context = context;
    this.#table = table;
    this.#statements = new Statements(table, schema);
    this.#pool = openPool(table.connection, `${context.operator} ${context.subtask}`);
    this.#buffer = new RowBuffer(schema, table.rowsMax);
    this.#stages = context.guarantee === 'exactly-once';
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#enqueue(this.#buffer.add(batch));
    if (this.#buffer.rows > 0)
      this.#timer ??= setTimeout(() => this.#enqueue(this.#buffer.take()), this.#table.intervalMs);
    return this.#chunks.length <= CHUNKS_MAX ? undefined : this.#drain(CHUNKS_MAX);
  }

  async flush(): Promise<void> {
    this.#enqueue(this.#buffer.take());
    await this.#drain(0);
  }

  async prepareCommit(): Promise<readonly unknown[]> {
    if (!this.#stages) return [];
    await this.flush();
    if (this.#staged === 0) return [];
    const { subtask, attempt } = this.#context;
    const committable: PostgresCommittable = {
      sink: sinkIdOf(this.#context),
      subtask,
      attempt,
      checkpoint: this.#checkpoint,
      rows: this.#staged,
    };
    this.#checkpoint++;
    this.#staged = 0;
    return [committable];
  }

  /** Staged rows that no checkpoint sealed stay behind for the next attempt to delete. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#chunks.length = 0;
    await this.#running;
    await this.#pool.end();
  }

  #enqueue(chunks: readonly RowChunk[]): void {
    if (this.#buffer.rows === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#chunks.push(...chunks);
    if (this.#chunks.length > 0) this.#start();
  }

  #start(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #drain(left: number): Promise<void> {
    while (this.#failure === undefined && (this.#chunks.length > left || (left === 0 && this.#running !== undefined))) {
      await this.#start();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    try {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
        await (this.#stages ? this.#stage(chunk) : this.#pool.query(this.#statements.insertRows(), [chunk.json]));
        this.#context.metrics.count('bytes_out_total', chunk.json.length);
      }
    } catch (error) {
      this.#failure = postgresError(error, `writing to table '${this.#table.schemaName}.${this.#table.tableName}'`);
    }
  }

  async #stage(chunk: RowChunk): Promise<void> {
    const { subtask, attempt } = this.#context;
    const values = [sinkIdOf(this.#context), subtask, attempt, this.#checkpoint, this.#staged, chunk.json];
    const { rowCount } = await this.#pool.query(this.#statements.stage(), values);
    if (rowCount !== chunk.rows) {
      const message = 'a newer attempt of this job writes to the table; this one stops';
      throw new StreamError('jdbc.fenced', message, { domain: 'internal', retry: 'backoff' });
    }
    this.#staged += chunk.rows;
  }
}
