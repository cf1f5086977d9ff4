import { readFileSync } from 'node:fs';
import {
  countUsers,
  createPools,
  createUser,
  type Database,
  findConnection,
  hashPassword,
  openDatabase,
  saveConnection,
} from '@millrace/database';
import { migrate } from '@millrace/database/migrations';
import type { Resource } from '@millrace/model';
import { ADMIN } from './first-sign-in.ts';
import { initialPools } from './pools.ts';
import { prepareWarehouse, warehouseOptions } from './warehouse.ts';

export interface SeedInput {
  readonly databaseUrl: string;
  readonly secretKeyFile: string;
  /** Asked for on the first start only. */
  readonly adminPassword: () => string;
  readonly capacity: Resource;
  /** Superuser URL of the demo's database; absent when PostgreSQL is somebody else's. */
  readonly warehouseUrl: string | undefined;
}

const ACTOR = { name: 'setup' };

/** Migrates the database and, on the first start only, makes the first admin, the pools and the warehouse connection. */
export async function seedPlatform(input: SeedInput): Promise<{ readonly firstStart: boolean }> {
  await migrate(input.databaseUrl);
  const key = Buffer.from(readFileSync(input.secretKeyFile, 'utf8').trim(), 'hex');
  const database = openDatabase(input.databaseUrl);
  try {
    const firstStart = (await countUsers(database.client)) === 0;
    if (firstStart) {
      const passwordHash = await hashPassword(input.adminPassword());
      await database.transaction(async (transaction) => {
        await createPools(transaction, initialPools(input.capacity), ACTOR);
        await createUser(
          transaction,
          { username: ADMIN, displayName: 'Administrator', role: 'admin', passwordHash },
          ACTOR,
        );
      });
    }
    if (input.warehouseUrl !== undefined) await connectWarehouse(database, input.warehouseUrl, key);
    return { firstStart };
  } finally {
    await database.close();
  }
}

/** Made once; follows PostgreSQL when that had to move to another port. Whoever pointed it elsewhere keeps that. */
async function connectWarehouse(database: Database, url: string, key: Uint8Array): Promise<void> {
  const known = await findConnection(database.client, 'warehouse');
  const options = warehouseOptions(url);
  if (known === undefined) {
    const secret = await prepareWarehouse(url);
    await database.transaction((transaction) =>
      saveConnection(transaction, { name: 'warehouse', connector: 'jdbc', options, secret }, key, ACTOR),
    );
  } else if (known.options.url !== options.url && isOurs(known.options.url, options.url)) {
    await database.transaction((transaction) =>
      saveConnection(transaction, { name: 'warehouse', connector: known.connector, options }, key, ACTOR),
    );
  }
}

/** The same but for the port. */
function isOurs(known: unknown, now: string): boolean {
  const withoutPort = (url: string) => url.replace(/:\d+\//, '/');
  return typeof known === 'string' && withoutPort(known) === withoutPort(now);
}
