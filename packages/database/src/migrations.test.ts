import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, pendingMigrations } from './migrations.ts';

let postgres: TestPostgres;
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-migrations-'));
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, sql: string): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'migration.sql'), sql);
}

test('a migration that fails leaves nothing behind, and is applied once it is right', async () => {
  write('1_a', 'create table a (id int);');
  write('2_b', 'create table b (id int); create table a (id int);');
  await expect(migrate(postgres.url, folder)).rejects.toThrow(/2_b failed, nothing of it remains/);
  write('2_b', 'create table b (id int);');
  expect(await migrate(postgres.url, folder)).toEqual(['2_b']);
  expect(await migrate(postgres.url, folder)).toEqual([]);
});

test('a migration edited after it was applied, and one this version does not know, are refused', () => {
  const file = { name: '1_a', sql: '', checksum: 'x' };
  expect(pendingMigrations([file], new Map())).toEqual([file]);
  expect(() => pendingMigrations([file], new Map([['1_a', 'y']]))).toThrow(/edited after it was applied/);
  expect(() => pendingMigrations([file], new Map([['2_b', 'x']]))).toThrow(/Use a newer version/);
});
