import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findConnection, openDatabase, resolveConnection } from '@millrace/database';
import { startLocalPostgres } from '@millrace/local-postgres';
import { afterAll, expect, test } from 'vitest';
import { seedPlatform } from './seed-platform.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-seed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the warehouse is found again when PostgreSQL had to move to another port; its password stays', async () => {
  const secretKeyFile = path.join(folder, 'secret-key');
  const key = randomBytes(32);
  writeFileSync(secretKeyFile, key.toString('hex'));
  const databases = ['millrace', 'warehouse'];
  const start = () => startLocalPostgres({ folder: path.join(folder, 'postgres'), databases, throwaway: true });
  const seen: { readonly port: number; readonly url: unknown; readonly password: unknown }[] = [];
  for (let at = 0; at < 2; at++) {
    const postgres = await start();
    const databaseUrl = postgres.url('millrace');
    const database = openDatabase(databaseUrl);
    try {
      const capacity = { vcores: 8, memoryMb: 8_192 };
      const adminPassword = () => 'a-password-for-the-test';
      const warehouseUrl = postgres.url('warehouse');
      const { firstStart } = await seedPlatform({ databaseUrl, secretKeyFile, adminPassword, capacity, warehouseUrl });
      expect(firstStart).toBe(at === 0);
      const known = await findConnection(database.client, 'warehouse');
      const resolved = await resolveConnection(database.client, 'warehouse', key);
      seen.push({ port: postgres.port, url: known?.options.url, password: resolved?.options.password });
    } finally {
      await database.close();
      await postgres.stop();
    }
  }
  for (const { port, url } of seen) expect(url).toBe(`jdbc:postgresql://127.0.0.1:${port}/warehouse`);
  expect(seen[0]?.password).toBeTruthy();
  expect(seen[1]?.password).toBe(seen[0]?.password);
}, 60_000);
