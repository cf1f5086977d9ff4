import { expect, test } from '@playwright/test';
import { expectStatus, fresh, signIn, writeSql } from './support/console.ts';

const SQL = `CREATE TABLE orders (
  order_id BIGINT, city STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE city_orders (window_start TIMESTAMP(3), city STRING, orders BIGINT, turnover DECIMAL(38, 2))
WITH ('connector' = 'kafka', 'topic' = 'city_orders', 'format' = 'json');
INSERT INTO city_orders
SELECT window_start, city, COUNT(*), SUM(amount)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
WHERE city IS NOT NULL GROUP BY window_start, window_end, city;`;

test('a mistake is underlined where it stands and explained while typing', async ({ page }) => {
  await signIn(page);
  await page.goto(`${new URL(page.url()).origin}/jobs/new`);
  await writeSql(page, SQL.replace('COUNT(*)', 'COUNT(*), citty'));
  await expect(page.locator('.cm-lintRange-error')).toContainText('citty');
  await expect(page.getByRole('status').filter({ hasText: 'citty' })).toBeVisible();
});

test('a query is previewed on the live topic, launched with parallelism 2, watched, stopped with a savepoint, resumed and canceled', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const name = fresh('city-orders');
  await signIn(page);
  const origin = new URL(page.url()).origin;

  // Preview: rows of a filter over the live topic.
  await page.goto(`${origin}/jobs/new`);
  await writeSql(
    page,
    SQL.replace(/INSERT INTO[\s\S]*/, 'SELECT order_id, city, amount FROM orders WHERE amount > 1;'),
  );
  await expect(page.getByText('The program is valid.')).toBeVisible();
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('table', { name: 'Preview rows' }).locator('tbody tr').first()).toBeVisible({
    timeout: 30_000,
  });

  // Launch.
  await writeSql(page, SQL);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Dead-letter topic' }).fill(`${name}.rejected`);
  await page.getByRole('textbox', { name: 'Parallelism' }).fill('2');
  await expect(page.getByText('The program is valid.')).toBeVisible();
  await page.getByRole('button', { name: 'Launch' }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  await expectStatus(page, 'running');

  // Live: records flow, a checkpoint completes, containers and logs are there.
  await expect(page.getByText(/[1-9][\d,.]*( k)?\/s/).first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole('tab', { name: 'checkpoints' }).click();
  await expect(page.getByRole('cell', { name: 'completed' }).first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole('tab', { name: 'containers' }).click();
  await expect(page.getByRole('cell', { name: 'worker' })).toHaveCount(2);
  await page.getByRole('tab', { name: 'logs' }).click();
  await expect(page.locator('pre')).toContainText('INFO', { timeout: 30_000 });

  // Stop with savepoint, start again from it, cancel.
  await page.getByRole('button', { name: 'Stop with savepoint' }).click();
  await expectStatus(page, 'suspended');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expectStatus(page, 'running');
  await page.getByRole('tab', { name: 'checkpoints' }).click();
  await expect(page.getByText(/This run started from #\d+/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel(/to confirm/).fill(name);
  await page.getByRole('button', { name: 'Cancel the job' }).click();
  await expectStatus(page, 'canceled');
});
