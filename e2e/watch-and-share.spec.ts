import { expect, test } from '@playwright/test';
import { Api, type JobView, until } from './support/api.ts';
import { expectStatus, fresh, signIn } from './support/console.ts';
import { product } from './support/product.ts';

test('the overview shows live totals of the demo, and the job list the same jobs', async ({ page }) => {
  const api = await Api.signIn();
  await until(
    'the demo reports',
    () => api.call<{ recordsInPerSecond: number | null; jobsRunning: number }>('GET', '/overview'),
    (overview) => (overview.recordsInPerSecond ?? 0) > 0 && overview.jobsRunning >= 2,
    45_000,
  );
  await signIn(page);
  await expect(page.getByText('Records in', { exact: true })).toBeVisible();
  await expect(page.getByText(/^[1-9][\d,.]*( k)?\/s$/).first()).toBeVisible();
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Jobs' })).toBeVisible();
  for (const name of ['city-gmv', 'demo-feed'])
    await expect(page.getByRole('row').filter({ hasText: name }).first()).toBeVisible();
});

test('malformed records are counted on the job page and lie in the dead-letter topic with reason and position', async ({
  page,
}) => {
  const api = await Api.signIn();
  const { items } = await api.call<{ items: JobView[] }>('GET', '/jobs?q=city-gmv');
  const job = items[0]?.id ?? '';
  await until(
    'a malformed record',
    () => api.call<JobView>('GET', `/jobs/${job}`),
    (view) => (view.metrics.records_rejected_total ?? 0) > 0,
    45_000,
  );
  await signIn(page);
  await page.goto(`${product().portalUrl}/jobs/${job}`);
  await expect(page.getByText(/[1-9]\d* dead letters/)).toBeVisible({ timeout: 30_000 });
  const { items: letters } = await until(
    'a dead letter',
    () => api.call<{ items: { value: string | null }[] }>('GET', '/topics/city-gmv.dead-letters/messages'),
    (answer) => answer.items.length > 0,
    30_000,
  );
  const letter = JSON.parse(letters[0]?.value ?? '{}') as Record<string, string>;
  expect(letter.error).toBeTruthy();
  expect(letter.position).toMatch(/offset \d+/);
});

test('a job that does not fit waits and says why; an admin raises the pool’s maximum and it starts', async ({
  page,
}) => {
  test.setTimeout(90_000);
  const api = await Api.signIn();
  const pool = `root.${fresh('patience')}`;
  await api.call('POST', '/queues', {
    name: pool,
    guaranteed: { vcores: 0, memoryMb: 0 },
    maximum: { vcores: 0.5, memoryMb: 1024 },
    policy: 'fifo',
    maxApplications: 10,
  });
  const sql = `CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM ticks;`;
  const { id } = await api.call<{ id: string }>('POST', '/jobs', {
    name: fresh('patient'),
    sql,
    settings: { queue: pool, guarantee: 'at-least-once' },
  });
  await api.call('POST', `/jobs/${id}/start`, {});
  await signIn(page);
  await page.goto(`${product().portalUrl}/jobs/${id}`);
  await expect(
    page.getByText(new RegExp(`maximum of pool ${pool}|pool ${pool} is at its maximum`.replaceAll('.', '\\.'))),
  ).toBeVisible({ timeout: 30_000 });

  await page.goto(`${product().portalUrl}/pools`);
  await page.getByRole('button', { name: `Change ${pool}` }).click();
  await page.getByRole('textbox', { name: 'Maximum vcores' }).fill('3');
  await page.getByRole('textbox', { name: 'Maximum memory' }).fill('3072');
  await page.getByRole('button', { name: /apply|save/i }).click();
  await page.goto(`${product().portalUrl}/jobs/${id}`);
  await expectStatus(page, 'running', 45_000);
  await api.call('POST', `/jobs/${id}/cancel`, {});
});
