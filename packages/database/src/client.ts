import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';

/** What every repository takes: the client itself, or a transaction of it. */
export type Queryable = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** Connections at most; the default suits one process of a small cluster. */
  readonly connectionsMax?: number;
  /** The server ends a transaction whose process fell silent for this long, so that its locks never outlive it by more. */
  readonly idleTransactionMs?: number;
  /** Told when the server drops an idle connection; the pool then makes a new one by itself. */
  readonly onConnectionError?: (error: Error) => void;
}

export interface Database {
  readonly client: PrismaClient;
  /** All or nothing, READ COMMITTED; what `work` throws rolls back and comes out. Ended by the server after 10 s. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const DEFAULT_CONNECTIONS = 10;
const TRANSACTION_LIMIT_MS = 10_000;

/**
 * Opens the platform database. Connects on first use, so a server that is down shows in the first query.
 * The pool has an error handler: without one, a restart of PostgreSQL would end the process (reconciler notes, section 1).
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connectionsMax ?? DEFAULT_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: options.idleTransactionMs ?? TRANSACTION_LIMIT_MS,
  });
  pool.on('error', (error) => options.onConnectionError?.(error));
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    client,
    transaction: (work) => client.$transaction(work, { maxWait: 5_000, timeout: TRANSACTION_LIMIT_MS }),
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}
