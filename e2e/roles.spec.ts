import { expect, type Page, test } from '@playwright/test';
import { Api, type JobView, until } from './support/api.ts';
import { fresh, signIn } from './support/console.ts';
import { product } from './support/product.ts';

const PASSWORD = 'looks-but-does-not-touch';

/** What the API refused the page while it was looked at. */
function refusals(page: Page): string[] {
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`);
  });
  return refused;
}

/** The path of a demo job that runs and has a checkpoint. */
async function jobPath(api: Api): Promise<string> {
  const { items } = await until(
    'a running demo job with a checkpoint',
    () => api.call<{ items: JobView[] }>('GET', '/jobs?q=city-gmv'),
    (answer) => answer.items[0]?.status === 'running' && answer.items[0].lastCheckpoint !== null,
    45_000,
  );
  return `/jobs/${items[0]?.id ?? ''}`;
}

async function signInAsViewer(api: Api, page: Page): Promise<void> {
  const username = fresh('looker');
  await api.call('POST', '/users', { username, displayName: 'Looker', role: 'viewer', password: PASSWORD });
  await signIn(page, username, PASSWORD);
}

test('a viewer is offered nothing the API would refuse; the same pages offer it to an admin', async ({
  page,
  browser,
}) => {
  test.setTimeout(90_000);
  const api = await Api.signIn();
  const job = await jobPath(api);
  const places: readonly { readonly path: string; readonly there: string; readonly offers: readonly RegExp[] }[] = [
    { path: '/jobs', there: 'Jobs', offers: [/^New job$/] },
    {
      path: job,
      there: 'city-gmv',
      offers: [/^Stop with savepoint$/, /^Savepoint$/, /^Cancel$/, /^Edit$/, /^Delete$/],
    },
    { path: '/pools', there: 'Pools', offers: [/^New pool$/, /^Change root\.demo$/] },
  ];
  await signInAsViewer(api, page);
  const refused = refusals(page);
  const other = await browser.newContext();
  const admin = await other.newPage();
  await signIn(admin);
  for (const { path, there, offers } of places) {
    await page.goto(product().portalUrl + path);
    await expect(page.getByRole('heading', { name: there, exact: true })).toBeVisible();
    await admin.goto(product().portalUrl + path);
    for (const name of offers) {
      // A button or a link that looks like one.
      const offer = (on: Page) => on.getByRole('button', { name }).or(on.getByRole('link', { name })).first();
      await expect(offer(admin)).toBeVisible();
      await expect(offer(page)).toBeHidden();
    }
  }
  await other.close();
  expect(refused).toEqual([]);
});

test('a viewer sees every part of a job, and nothing behind a typed address', async ({ page }) => {
  test.setTimeout(90_000);
  const api = await Api.signIn();
  const job = await jobPath(api);
  await signInAsViewer(api, page);
  const refused = refusals(page);
  for (const path of ['/jobs/new', `${job}/edit`]) {
    await page.goto(product().portalUrl + path);
    await expect(page.getByText('Your role, viewer, does not allow this')).toBeVisible();
  }
  await page.goto(`${product().portalUrl}/settings`);
  await expect(page.getByRole('tab', { name: 'Your account' })).toBeVisible();
  await expect(page.getByRole('tab', { name: 'Users' })).toBeHidden();
  await expect(page.getByRole('tab', { name: 'Audit log' })).toBeHidden();
  await page.goto(product().portalUrl + job);
  for (const tab of ['metrics', 'checkpoints', 'containers', 'logs', 'events', 'configuration', 'versions']) {
    await page.getByRole('tab', { name: tab }).click();
    await expect(page.getByRole('tabpanel')).toBeVisible();
    await expect(page.getByText(/^Could not load/)).toHaveCount(0);
  }
  expect(refused).toEqual([]);
});
