import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ensureKeyFiles } from './key-files.ts';
import { nodeCapacity } from './node-capacity.ts';
import type { Options } from './options.ts';
import { seedPlatform } from './seed-platform.ts';

/** Prepares a database and key files for programs that others start (docker compose): migrates, makes the first admin and the pools. Safe to repeat. */
export async function setupPlatform(options: Options): Promise<void> {
  const { adminPassword, databaseUrl, dataDir } = options;
  if (databaseUrl === undefined) throw new Error('setup needs DATABASE_URL: the PostgreSQL to prepare.');
  if (adminPassword === undefined)
    throw new Error('setup needs MILLRACE_ADMIN_PASSWORD: the password of the first admin, at least 12 characters.');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  mkdirSync(path.join(dataDir, 'files'), { recursive: true });
  const keys = ensureKeyFiles(dataDir);
  const { firstStart } = await seedPlatform({
    databaseUrl,
    secretKeyFile: keys.secretKey,
    adminPassword: () => adminPassword,
    capacity: nodeCapacity(options.node),
    warehouseUrl: undefined,
  });
  console.log(
    firstStart ? 'The database is prepared; sign in as admin.' : 'The database was prepared already; it is up to date.',
  );
}
