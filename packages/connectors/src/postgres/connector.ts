import type { Committer, Connector, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { checkTarget } from './check-target.ts';
import { PostgresCommitter } from './committer.ts';
import { openPool } from './database.ts';
import { postgresError } from './errors.ts';
import { PostgresLookup } from './lookup.ts';
import { JDBC } from './options.ts';
import { PostgresSource } from './source.ts';
import { Statements } from './statements.ts';
import { type PostgresTable, parseTable } from './table.ts';
import { PostgresWriter } from './writer.ts';

/** Tables of a PostgreSQL database. */
export function jdbc(network: NetworkPolicy): Connector {
  return {
    name: JDBC.name,
    title: JDBC.title,
    createSource: (options, schema, filter) => PostgresSource.of(options, schema, network, filter),
    createLookup: (options, schema, keys) => new PostgresLookup(options, schema, keys, network),
    createSink: (options, schema, guarantee) =>
      new PostgresSink(parseTable(options, schema, network), schema, guarantee),
  };
}

class PostgresSink implements Sink {
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
