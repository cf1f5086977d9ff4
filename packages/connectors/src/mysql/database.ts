import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { GuardedNetwork } from '../network/connect.ts';
import type { MysqlConnection } from './table.ts';

/** The driver is loaded by the first pool: most jobs have none, and every job would pay for it at its start. */
const require = createRequire(import.meta.url);

const CONNECT_MS_MAX = 10_000;
const STATEMENT_MS_MAX = 60_000;

/** Times are UTC, values that do not fit are errors, and a backslash is an escape: whatever the server's settings are. */
const SESSION = "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";

/** Who decided about the connections of a pool: client libraries wrap errors beyond recognition. */
const guards = new WeakMap<Pool, GuardedNetwork>();

/** A small pool for one reader or writer; the owner ends it. */
export function openPool(connection: MysqlConnection, connectionsMax = 1): Pool {
  const { createPool } = require('mysql2/promise') as typeof import('mysql2/promise');
  const { host, port, database, user, password, trust } = connection;
  const network = new GuardedNetwork(connection.network, 'url');
  const pool = createPool({
    stream: () => {
      network.checkAddress(host, port);
      return connect({ host, port, lookup: network.lookupFor(port), noDelay: true });
    },
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(trust === 'none'
      ? {}
      : { ssl: { rejectUnauthorized: trust === 'proven', verifyIdentity: trust === 'proven', minVersion: 'TLSv1.2' } }),
    // A server may ask a client for any of its files; ours has none to give.
    flags: ['-LOCAL_FILES'],
    charset: 'utf8mb4',
    connectionLimit: connectionsMax,
    connectTimeout: CONNECT_MS_MAX,
    multipleStatements: false,
  });
  pool.on('connection', (made) => void made.query(SESSION));
  guards.set(pool, network);
  return pool;
}

/** Runs `work` with a connection of the pool; when the signal aborts, the connection is cut and the promise rejects soon. */
export async function withConnection<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (connection: PoolConnection) => Promise<T>,
): Promise<T> {
  const connection = await connectUnlessAborted(pool, signal);
  let isOver = false;
  const end = (isBroken: boolean): void => {
    if (!isOver && isBroken) connection.destroy();
    else if (!isOver) connection.release();
    isOver = true;
  };
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      end(true);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else {
      work(connection)
        .then(
          (value) => {
            end(false);
            resolve(value);
          },
          (error: unknown) => {
            end(true);
            reject(error);
          },
        )
        .finally(() => signal.removeEventListener('abort', abort));
    }
  });
}

/** A connection that comes after the signal goes back to the pool. */
function connectUnlessAborted(pool: Pool, signal: AbortSignal): Promise<PoolConnection> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    pool
      .getConnection()
      .then(
        (connection) => (signal.aborted ? connection.release() : resolve(connection)),
        (error: unknown) => reject(guards.get(pool)?.refusal ?? error),
      )
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The rows of a statement, each column as the bytes the server sent: no digit is lost on the way. */
export async function rowsOf(
  connection: PoolConnection,
  sql: string,
): Promise<readonly (readonly (Buffer | null)[])[]> {
  const [rows] = await connection.query({
    sql,
    rowsAsArray: true,
    timeout: STATEMENT_MS_MAX,
    typeCast: (field) => field.buffer(),
  });
  return rows as unknown as readonly (readonly (Buffer | null)[])[];
}

export async function run(connection: PoolConnection, sql: string): Promise<void> {
  await connection.query({ sql, timeout: STATEMENT_MS_MAX });
}
