import { createRequire } from 'node:module';
import type { Pool, PoolClient } from 'pg';
import { GuardedNetwork } from '../network/connect.ts';
import type { PostgresConnection } from './table.ts';

/** The driver is loaded by the first pool: most jobs have none, and every job would pay for it at its start. */
const require = createRequire(import.meta.url);

const CONNECT_MS_MAX = 10_000;
const STATEMENT_MS_MAX = 60_000;

/** A small pool for one writer, committer or check; the owner ends it. */
export function openPool(connection: PostgresConnection, owner: string, connectionsMax = 1): Pool {
  const driver = require('pg') as typeof import('pg');
  const pool = new driver.Pool({
    // One guard and one socket per connection: pg connects it itself.
    stream: () => new GuardedNetwork(connection.network, 'url').socket(),
    host: connection.host,
    port: connection.port,
    database: connection.database,
    ...(connection.user === undefined ? {} : { user: connection.user }),
    ...(connection.password === undefined ? {} : { password: connection.password }),
    ssl: connection.tls,
    max: connectionsMax,
    application_name: `millrace ${owner}`.slice(0, 63),
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
  });
  // A connection that breaks while idle is replaced by the pool; the next statement reports real trouble.
  pool.on('error', () => undefined);
  return pool;
}

/** Runs `work` with a connection of the pool; when the signal aborts, the connection is cut and the promise rejects soon. */
export async function withClient<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connectUnlessAborted(pool, signal);
  let isReleased = false;
  let broken: Error | undefined;
  const release = (error: Error | undefined): void => {
    if (!isReleased) client.release(error);
    isReleased = true;
  };
  const onError = (error: Error): void => {
    broken = error;
  };
  const onAbort = (): void => release(new Error('aborted'));
  client.on('error', onError);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(client);
  } finally {
    signal.removeEventListener('abort', onAbort);
    release(broken);
    client.removeListener('error', onError);
  }
}

/** A connection that comes too late goes back by itself. */
function connectUnlessAborted(pool: Pool, signal: AbortSignal): Promise<PoolClient> {
  signal.throwIfAborted();
  const connecting = pool.connect();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    connecting
      .then((client) => (signal.aborted ? client.release(true) : resolve(client)), reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Runs `work` in one transaction: all of it or nothing. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be gone; then there is nothing left to roll back.
    await client.query('ROLLBACK').catch((reason: Error) => {
      broken = reason;
    });
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}
