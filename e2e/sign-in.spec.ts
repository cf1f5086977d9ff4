import { expect, test } from '@playwright/test';
import { fillSignIn, signIn } from './support/console.ts';
import { ADMIN_PASSWORD, product } from './support/product.ts';

test('whoever is not signed in is led to the form and from there to where they wanted to go; a wrong password is told', async ({
  page,
}) => {
  await page.goto(`${product().portalUrl}/jobs?status=running&sort=lag`);
  await page.waitForURL('**/sign-in?next=*');
  await fillSignIn(page, 'admin', 'not the password');
  await expect(page.getByRole('alert').filter({ hasText: 'User name or password is wrong.' })).toBeVisible();
  await fillSignIn(page, 'admin', ADMIN_PASSWORD);
  await page.waitForURL('**/jobs?status=running&sort=lag');
  await expect(page.getByRole('heading', { name: 'Jobs' })).toBeVisible();
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in*');
  await page.goto(`${product().portalUrl}/overview`);
  await page.waitForURL('**/sign-in?next=%2Foverview');
});

test('a portal that does not answer is waited for: the page says how old it is, signs nobody out, and goes on by itself', async ({
  page,
}) => {
  await signIn(page);
  await page.goto(`${product().portalUrl}/jobs`);
  await expect(page.getByRole('link', { name: 'demo-feed' })).toBeVisible();
  await page.route('**/api/**', (route) => route.abort());
  await expect(page.getByText('The portal does not answer').first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/^What you see is from/)).toBeVisible();
  await expect(page.getByRole('link', { name: 'demo-feed' })).toBeVisible();
  await page.unroute('**/api/**');
  await expect(page.getByText('The portal does not answer')).toHaveCount(0, { timeout: 30_000 });
  expect(new URL(page.url()).pathname).toBe('/jobs');
});
