import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalPostgres } from '@millrace/local-postgres';

export interface TestPostgres {
  /** A fresh, empty database; superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A real PostgreSQL in a folder of its own, gone after `stop`. About a second to start: one per test file. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-test-postgres-'));
  const server = await startLocalPostgres({ folder, databases: ['test'], throwaway: true });
  return {
    url: server.url('test'),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
