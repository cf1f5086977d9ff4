import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { startLocalPostgres } from './local-postgres.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-postgres-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rows(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('data survives a stop and a start in the same folder, as root too', async () => {
  // What a start that was killed half-way leaves behind.
  mkdirSync(path.join(folder, 'data.new'), { recursive: true });
  writeFileSync(path.join(folder, 'data.new', 'PG_VERSION'), '17\n');
  const first = await startLocalPostgres({ folder, databases: ['kept'] });
  await rows(first.url('kept'), 'create table t as select 42 as answer');
  await first.stop();

  const second = await startLocalPostgres({ folder, databases: ['kept'] });
  try {
    expect(await rows(second.url('kept'), 'select answer from t')).toEqual([{ answer: 42 }]);
  } finally {
    await second.stop();
  }
});
