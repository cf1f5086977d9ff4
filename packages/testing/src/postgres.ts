import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalPostgres } from '@millrace/local-postgres';

export interface TestPostgres {
  /** A fresh, empty database; superuser. */
  readonly url: string;
  /** The server ends, as for an upgrade: connections are cut, nobody listens, what was committed stays. */
  goAway(): Promise<void>;
  /** It is there again, under the same url. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** A real PostgreSQL in a folder of its own, gone after `stop`. About a second to start: one per test file. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-test-postgres-'));
  const start = (port: number) => startLocalPostgres({ folder, port, databases: ['test'], throwaway: true });
  let server = await start(0);
  return {
    url: server.url('test'),
    goAway: () => server.stop(),
    async comeBack() {
      server = await start(server.port);
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
