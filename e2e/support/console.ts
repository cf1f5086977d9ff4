import { expect, type Page } from '@playwright/test';
import { ADMIN_PASSWORD, product } from './product.ts';

/** A browser that is signed in, at the overview: by the API, which the form uses too. Rejects at once with the refusal. */
export async function signIn(page: Page, username = 'admin', password = ADMIN_PASSWORD): Promise<void> {
  const response = await page.request.post(`${product().apiUrl}/session`, {
    headers: { 'sec-fetch-site': 'same-origin' },
    data: { username, password },
  });
  if (!response.ok()) throw new Error(`sign-in as ${username} was refused: ${await response.text()}`);
  await page.goto(`${product().portalUrl}/overview`);
}

/** Fills in the form, as a person does. */
export async function fillSignIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** A name no earlier story, run or retry has used. */
export function fresh(name: string): string {
  return `${name}-${Date.now().toString(36)}`;
}

/** Replaces the text of the SQL editor. */
export async function writeSql(page: Page, sql: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'SQL program' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(sql);
}

/** Waits until the job page shows the status. */
export async function expectStatus(page: Page, status: string, timeout = 30_000): Promise<void> {
  await expect(page.locator(`[data-status="${status}"]`).first()).toBeVisible({ timeout });
}
