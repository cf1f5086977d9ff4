import { expect, type Page } from '@playwright/test';
import { ADMIN_PASSWORD, product } from './product.ts';

/** Signs in through the form, as a person does, and waits for the overview. */
export async function signIn(page: Page, username = 'admin', password = ADMIN_PASSWORD): Promise<void> {
  await page.goto(`${product().portalUrl}/sign-in`);
  await page.getByLabel('User name').fill(username);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/overview');
}

/** Replaces the text of the SQL editor. */
export async function writeSql(page: Page, sql: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'SQL program' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(sql);
}

/** Waits until the job page shows the status. */
export async function expectStatus(page: Page, status: string, timeout = 60_000): Promise<void> {
  await expect(page.locator(`[data-status="${status}"]`).first()).toBeVisible({ timeout });
}
