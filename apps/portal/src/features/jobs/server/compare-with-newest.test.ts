import type { StateComparison } from '@millrace/protocol/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPortal, type TestPortal } from '../../../testing/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal();
}, 120_000);
afterAll(() => portal?.close());

const TABLES = `CREATE TABLE orders (city STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
CREATE TABLE totals (w TIMESTAMP(3), city STRING, n BIGINT, t DECIMAL(38, 2)) WITH ('connector' = 'kafka', 'topic' = 'totals', 'format' = 'json');
`;
const perCity = (select: string, size = '1') => `${TABLES}INSERT INTO totals SELECT window_start, city, ${select}
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '${size}' MINUTE)) GROUP BY window_start, window_end, city;`;
const FIRST = perCity('COUNT(*), SUM(amount)');

async function compare(job: string, body: unknown): Promise<StateComparison | null> {
  const token = await portal.token('viewer');
  const response = await portal.call('POST', `/jobs/${job}/versions/compare-state`, { body, token });
  const answer = (await response.json()) as { comparison: StateComparison | null };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.comparison;
}

test('a program is compared with the version that made the newest checkpoint, not with the newest version', async () => {
  const token = await portal.token('developer');
  const created = await portal.call('POST', '/jobs', { body: { name: 'compared', sql: FIRST }, token });
  const { id: job } = (await created.json()) as { id: string };
  expect(await compare(job, { sql: FIRST })).toBeNull();

  const { client } = portal.database;
  const run = await client.application.create({
    data: { jobId: job, version: 1, queueName: 'root.development', phase: 'ended' },
  });
  const at = new Date();
  await client.checkpoint.create({
    data: {
      ...{ jobId: job, id: 4, applicationId: run.id, attempt: 1, kind: 'savepoint', status: 'completed' },
      ...{ triggeredAt: at, completedAt: at, metadata: {} },
    },
  });
  // Version 2 is saved and never ran.
  const other = perCity('COUNT(*), SUM(amount)', '5');
  await portal.call('POST', `/jobs/${job}/versions`, { body: { sql: other }, token });

  expect(await compare(job, { sql: FIRST })).toEqual({
    from: { checkpoint: 4, kind: 'savepoint', version: 1 },
    verdict: 'compatible',
    reasons: [],
  });
  const changed = await compare(job, { version: 2 });
  expect(changed?.verdict).toBe('incompatible');
  expect(changed?.reasons.length).toBeGreaterThan(0);
}, 60_000);
