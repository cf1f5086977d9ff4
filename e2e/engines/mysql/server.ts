import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';

const START_MS_MAX = 60_000;

/** The server of this machine: MySQL's, else MariaDB's. */
const PROGRAM = ['mysqld', 'mariadbd', '/usr/sbin/mysqld', '/usr/sbin/mariadbd'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const IS_MARIADB = PROGRAM !== undefined && /mariadb/i.test(spawnSync(PROGRAM, ['--version']).stdout.toString());

/** Why no server can be started here, in words that say what to install; undefined when one can. */
export const MISSING =
  PROGRAM === undefined
    ? 'neither mysqld nor mariadbd is installed (Debian: apt-get install mariadb-server)'
    : undefined;

/** A real server on loopback in a scratch folder, with the database `shop`, user `ada` and her password; stopped by its process. */
export class MysqlServer {
  static readonly user = 'ada';
  static readonly password = "pass'word";
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(more: readonly string[] = []): Promise<MysqlServer> {
    if (PROGRAM === undefined) throw new Error(MISSING);
    const folder = mkdtempSync(path.join(tmpdir(), 'millrace-mysql-'));
    const data = path.join(folder, 'data');
    const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
    const [installer, args] = IS_MARIADB
      ? [
          'mariadb-install-db',
          [
            '--no-defaults',
            `--datadir=${data}`,
            '--auth-root-authentication-method=normal',
            '--skip-test-db',
            ...asRoot,
          ],
        ]
      : [PROGRAM, ['--no-defaults', '--initialize-insecure', `--datadir=${data}`, ...asRoot]];
    const installed = spawnSync(installer, args);
    if (installed.status !== 0) throw new Error(`${installer} failed: ${installed.stderr}`);
    const port = await freePort();
    const place = [
      `--datadir=${data}`,
      `--socket=${path.join(folder, 'socket')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
    ];
    const child = spawn(PROGRAM, ['--no-defaults', ...place, ...asRoot, ...more], { stdio: 'ignore' });
    const server = new MysqlServer(port, child, folder);
    try {
      await server.#prepare();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `jdbc:mysql://127.0.0.1:${this.port}/shop`;
  }

  connect(user = MysqlServer.user, password = MysqlServer.password, database: string | undefined = 'shop') {
    const place = { host: '127.0.0.1', port: this.port, user, password, charset: 'utf8mb4', timezone: 'Z' };
    return createConnection({ ...place, multipleStatements: true, ...(database === undefined ? {} : { database }) });
  }

  /** Waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      try {
        const root = await this.connect('root', '', 'mysql');
        await root.query(
          `CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE USER 'ada'@'%' IDENTIFIED BY '${MysqlServer.password.replaceAll("'", "''")}';
           GRANT ALL ON shop.* TO 'ada'@'%'; CREATE USER 'ada'@'localhost' IDENTIFIED BY '${MysqlServer.password.replaceAll("'", "''")}';
           GRANT ALL ON shop.* TO 'ada'@'localhost'`,
        );
        await root.end();
        return;
      } catch (error) {
        if (Date.now() > deadline || Reflect.get(Object(error), 'code') !== 'ECONNREFUSED') throw error;
        await new Promise((wake) => setTimeout(wake, 50));
      }
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
