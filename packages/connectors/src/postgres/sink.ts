import type { Committer, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import { checkTarget } from './check-target.ts';
import { PostgresCommitter } from './committer.ts';
import { openPool } from './database.ts';
import { postgresError } from './errors.ts';
import { Statements } from './statements.ts';
import type { PostgresTable } from './table.ts';
import { PostgresWriter } from './writer.ts';

/** A table of PostgreSQL: exactly-once through a staging table, or at-least-once straight into it. */
export class PostgresSink implements Sink {
  readonly guarantee: Guarantee = 'exactly-once';
  readonly #table: PostgresTable;
  readonly #schema: Schema;
  readonly #wanted: Guarantee;

  constructor(table: PostgresTable, schema: Schema, wanted: Guarantee) {
    this.#table = table;
    this.#schema = schema;
    this.#wanted = wanted;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const pool = openPool(this.#table.connection, 'prepare');
    const statements = new Statements(this.#table, this.#schema);
    try {
      await checkTarget(pool, this.#table, this.#schema, statements);
      if (this.#wanted === 'exactly-once')
        for (const statement of statements.createHelpers()) await pool.query(statement);
    } catch (error) {
      throw postgresError(error, `preparing table '${this.#table.schemaName}.${this.#table.tableName}'`);
    } finally {
      await pool.end();
    }
  }

  async createWriter(context: WriterContext): Promise<SinkWriter> {
    return new PostgresWriter(this.#table, this.#schema, context);
  }

  async createCommitter(context: Omit<WriterContext, 'subtask'>): Promise<Committer> {
    return new PostgresCommitter(this.#table, this.#schema, context);
  }
}
