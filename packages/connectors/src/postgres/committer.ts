import type { CommitOutcome, Committer, DeadWriters, WriterContext } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { Pool, PoolClient } from 'pg';
import { retrying } from '../retrying.ts';
import { inTransaction, openPool } from './database.ts';
import { postgresError } from './errors.ts';
import {
  type CommitMark,
  decideCommit,
  type PostgresCommittable,
  parsePostgresCommittable,
  sinkIdOf,
} from './staging.ts';
import { Statements } from './statements.ts';
import type { PostgresTable } from './table.ts';

/**
 * Moves staged rows into the target. One transaction inserts, deletes the staged rows and moves the mark of
 * the writer, so a repeated commit finds the mark and does nothing, and a zombie is refused by it.
 */
export class PostgresCommitter implements Committer {
  readonly #context: Omit<WriterContext, 'subtask'>;
  readonly #table: PostgresTable;
  readonly #statements: Statements;
  readonly #pool: Pool;

  constructor(table: PostgresTable, schema: Schema, context: Omit<WriterContext, 'subtask'>) {
    this.#context = context;
    this.#table = table;
    this.#statements = new Statements(table, schema);
    this.#pool = openPool(table.connection, `${context.operator} committer`, 2);
  }

  commit(value: unknown, signal: AbortSignal): Promise<CommitOutcome> {
    const committable = parsePostgresCommittable(value);
    return this.#attempt('committing to', signal, (client) => this.#apply(client, committable));
  }

  async abortLingering({ subtasks, attempt }: DeadWriters, signal: AbortSignal): Promise<void> {
    const sink = sinkIdOf(this.#context);
    const { commits, staging } = this.#statements;
    await this.#attempt('cleaning up behind', signal, async (client) => {
      await client.query(
        `INSERT INTO ${commits} (sink_id, subtask, last_attempt, last_checkpoint, attempt_epoch)
         SELECT $1, n, 0, 0, $2 FROM generate_series(0, $3::int - 1) n
         ON CONFLICT (sink_id, subtask) DO UPDATE SET attempt_epoch = greatest(${commits}.attempt_epoch, EXCLUDED.attempt_epoch)`,
        [sink, attempt, subtasks],
      );
      await client.query(`DELETE FROM ${staging} WHERE sink_id = $1 AND attempt < $2`, [sink, attempt]);
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #apply(client: PoolClient, committable: PostgresCommittable): Promise<CommitOutcome> {
    const { sink, subtask, attempt, checkpoint, rows } = committable;
    const mark = await this.#lockMark(client, sink, subtask);
    const decision = decideCommit(mark, committable);
    if (decision === 'already') return { kind: 'committed' };
    const name = `rows staged by subtask ${subtask} (attempt ${attempt}, checkpoint ${checkpoint}) for table '${this.#table.schemaName}.${this.#table.tableName}'`;
    if (decision === 'fenced')
      return { kind: 'lost', reason: `${name}: attempt ${mark.attemptEpoch} took over before they were committed` };
    const staged = [sink, subtask, attempt, checkpoint];
    const { rows: counted } = await client.query<{ rows: number }>(this.#statements.countStaged(), staged);
    const found = counted[0]?.rows ?? 0;
    if (found !== rows) return { kind: 'lost', reason: `${name}: ${rows} were staged, ${found} are left` };
    await client.query(this.#statements.insertStaged(), staged);
    await client.query(this.#statements.deleteStaged(), staged);
    await client.query(
      `UPDATE ${this.#statements.commits} SET last_attempt = $3, last_checkpoint = $4, attempt_epoch = greatest(attempt_epoch, $3)
       WHERE sink_id = $1 AND subtask = $2`,
      staged,
    );
    return { kind: 'committed' };
  }

  /** The writer's mark, made when it is the first, and held until the transaction ends. */
  async #lockMark(client: PoolClient, sink: string, subtask: number): Promise<CommitMark> {
    const { commits } = this.#statements;
    await client.query(
      `INSERT INTO ${commits} (sink_id, subtask, last_attempt, last_checkpoint, attempt_epoch) VALUES ($1, $2, 0, 0, 0)
       ON CONFLICT (sink_id, subtask) DO NOTHING`,
      [sink, subtask],
    );
    const { rows } = await client.query<{ last_attempt: string; last_checkpoint: string; attempt_epoch: string }>(
      `SELECT last_attempt, last_checkpoint, attempt_epoch FROM ${commits} WHERE sink_id = $1 AND subtask = $2 FOR UPDATE`,
      [sink, subtask],
    );
    const [row] = rows;
    return {
      lastAttempt: Number(row?.last_attempt ?? 0),
      lastCheckpoint: Number(row?.last_checkpoint ?? 0),
      attemptEpoch: Number(row?.attempt_epoch ?? 0),
    };
  }

  /** Tries again until the signal aborts: the transaction is idempotent, so an unknown outcome is no danger. */
  async #attempt<T>(doing: string, signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const what = `${doing} table '${this.#table.schemaName}.${this.#table.tableName}'`;
    return retrying(
      async () => {
        try {
          return await inTransaction(this.#pool, work);
        } catch (error) {
          throw postgresError(error, what);
        }
      },
      { signal, retriable: (error) => error instanceof StreamError && error.retry === 'backoff' },
    );
  }
}
