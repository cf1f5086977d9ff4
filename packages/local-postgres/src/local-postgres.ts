import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { type Unprivileged, unprivileged } from './unprivileged.ts';

export interface LocalPostgresOptions {
  /** Holds `data/`, `password` (0600) and `postgres.log`; created when missing. */
  readonly folder: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Created when missing. */
  readonly databases: readonly string[];
  /** Less durable and faster: for tests whose folder is thrown away. */
  readonly throwaway?: boolean;
  readonly readyTimeoutMs?: number;
}

export interface LocalPostgres {
  readonly port: number;
  readonly pid: number;
  /** Superuser URL of one database. Contains the password: never print it. */
  url(database: string): string;
  /** Fast shutdown (SIGINT): open connections are cut, nothing committed is lost. */
  stop(): Promise<void>;
  /** Resolves with the exit code when the server ends, asked or not. */
  readonly ended: Promise<number | null>;
}

const USER = 'millrace';

/** Starts PostgreSQL on loopback in `folder`, making the cluster on first use. */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const binaries = await findBinaries();
  const dataDir = path.join(options.folder, 'data');
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(options.folder, 'password');
  const password = passwordIn(passwordFile);
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) await initialise(binaries, dataDir, passwordFile);
  const as = unprivileged([dataDir, passwordFile]);

  const port = options.port || (await freePort());
  const server = launch(binaries, dataDir, port, options, as);
  const url = (database: string) => `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
  const ended = new Promise<number | null>((resolve) => server.once('exit', (code) => resolve(code)));
  await ready(url('postgres'), ended, path.join(options.folder, 'postgres.log'), options.readyTimeoutMs ?? 30_000);
  await createMissing(url('postgres'), options.databases);
  return {
    port,
    pid: server.pid ?? 0,
    url,
    ended,
    async stop() {
      server.kill('SIGINT');
      await ended;
    },
  };
}

function passwordIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Makes the cluster beside its place and moves it there whole: one that was killed half-made is never taken for it. */
async function initialise(binaries: PostgresBinaries, dataDir: string, passwordFile: string): Promise<void> {
  const making = `${dataDir}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  const as = unprivileged([making, passwordFile]);
  const args = [
    `--pgdata=${making}`,
    `--username=${USER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    `--pwfile=${passwordFile}`,
  ];
  const child = start(binaries.initdb, args, as, ['ignore', 'pipe', 'pipe']);
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  child.stderr?.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  if (code !== 0) throw new Error(`initdb ended with code ${code}: ${output.trim().slice(-2_000)}`);
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(making, dataDir);
}

function launch(
  binaries: PostgresBinaries,
  dataDir: string,
  port: number,
  options: LocalPostgresOptions,
  as: Unprivileged,
): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    ...(options.throwaway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(path.join(options.folder, 'postgres.log'), 'a', 0o600);
  return start(binaries.postgres, ['-D', dataDir, '-p', String(port), ...flags], as, ['ignore', log, log]);
}

/** In its own process group: Ctrl-C in a terminal reaches the supervisor only, which stops things in order. */
function start(
  program: string,
  args: readonly string[],
  as: Unprivileged,
  stdio: ('ignore' | 'pipe' | number)[],
): ChildProcess {
  const [command = program, ...rest] = [...as.prefix, program, ...args];
  return spawn(command, rest, {
    ...as.ids,
    stdio,
    detached: true,
    // NODE_ENV means nothing to PostgreSQL; Next's types, where they are loaded, want it in every environment.
    env: { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
}

async function ready(url: string, ended: Promise<unknown>, log: string, timeoutMs: number): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (over) throw new Error(`PostgreSQL ended while starting. The end of ${log}:\n${tail(log)}`);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`PostgreSQL did not answer within ${timeoutMs} ms; see ${log}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 40));
    } finally {
      await client.end().catch(() => {});
    }
  }
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-8).join('\n') : '(no log)';
}

async function createMissing(url: string, databases: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const name of databases) {
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
      if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
