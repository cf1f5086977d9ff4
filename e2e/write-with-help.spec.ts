import { expect, type Page, test } from '@playwright/test';
import { signIn, writeSql } from './support/console.ts';
import { product } from './support/product.ts';

const ORDERS = `CREATE TABLE orders (
  order_id BIGINT, city STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
`;

const list = (page: Page) => page.getByRole('listbox', { name: 'Completions' });
const text = (page: Page) => page.getByRole('textbox', { name: 'SQL program' });

/** Types as a person does, at the end of the text. */
async function type(page: Page, keys: string): Promise<void> {
  await text(page).press('Control+End');
  await page.keyboard.type(keys, { delay: 30 });
}

/** The editor takes a key for the text, not for the list, while the list is younger than 75 ms; nobody chooses faster. */
const REACTION_MS = 150;

/** Takes the chosen proposal once the list offers the one named. */
async function take(page: Page, name: string | RegExp, key: 'Enter' | 'Tab' = 'Enter'): Promise<void> {
  await expect(list(page).getByRole('option', { name, exact: true })).toBeVisible();
  await page.waitForTimeout(REACTION_MS);
  await page.keyboard.press(key);
}

/** Moves the pointer over the first place where the word stands in the editor. */
async function hoverWord(page: Page, word: string): Promise<void> {
  const place = await text(page).evaluate((content, wanted) => {
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(wanted) ?? -1;
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      const { left, top, width, height } = range.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    }
    return undefined;
  }, word);
  expect(place, `${word} is on screen`).toBeDefined();
  if (place !== undefined) await page.mouse.move(place.x, place.y, { steps: 3 });
}

test.beforeEach(async ({ page }) => {
  await signIn(page);
  await page.goto(`${product().portalUrl}/jobs/new`);
});

test('columns, functions and tables of the script are proposed while typing, and the keyboard alone takes them', async ({
  page,
}) => {
  await writeSql(page, `${ORDERS}SELECT `);
  await type(page, 'amo');
  await expect(list(page).getByRole('option', { name: /^amount/ })).toContainText('of orders');
  await take(page, /^amount/);
  await type(page, ', upp');
  await expect(page.locator('.cm-completionInfo')).toContainText('UPPER(');
  await take(page, 'UPPER', 'Tab');
  await page.keyboard.type('cit', { delay: 30 });
  await take(page, /^city/);
  await type(page, ' FROM ord');
  await take(page, /^orders/);
  await expect(text(page)).toContainText('SELECT amount, UPPER(city) FROM orders');
  await expect(page.getByText('The program is valid.')).toBeVisible();

  // Escape closes the list without a choice, Control-Space opens it with nothing written.
  await type(page, ' ');
  await page.keyboard.press('Control+Space');
  await expect(list(page).getByRole('option', { name: 'WHERE' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(list(page)).toBeHidden();
});

test('the options of a table are proposed from its connector, the topics from the broker', async ({ page }) => {
  await writeSql(page, 'CREATE TABLE t (a INT) WITH (');
  await type(page, "'conn");
  await take(page, 'connector');
  await expect(text(page)).toContainText("WITH ('connector' = ''");
  await page.keyboard.type('kaf', { delay: 30 });
  await take(page, 'kafka');
  await page.keyboard.type(", 'topi", { delay: 30 });
  await take(page, 'topic');
  await page.keyboard.type('rider', { delay: 30 });
  await take(page, 'rider_positions');
  await expect(text(page)).toContainText("WITH ('connector' = 'kafka', 'topic' = 'rider_positions'");
});

test('the word under the pointer is explained, and with F1 the one at the cursor', async ({ page }) => {
  await writeSql(page, `${ORDERS}SELECT UPPER(city) FROM orders`);
  const help = page.locator('.cm-sql-hover');
  await hoverWord(page, 'UPPER');
  await expect(help).toContainText('UPPER(');
  await page.mouse.move(5, 5);
  await expect(help).toBeHidden();
  await text(page).press('Control+End');
  await page.keyboard.press('F1');
  await expect(help).toContainText('table orders');
  await expect(help).toContainText('amount DECIMAL(10, 2)');
  await page.keyboard.press('ArrowLeft');
  await expect(help).toBeHidden();
});

/** The text of the editor with its lines, as a person sees it. */
async function lines(page: Page): Promise<string> {
  const shown = await page.locator('.cm-line').allTextContents();
  return shown.join('\n');
}

test('a program is laid out by a button and by the keyboard, and what cannot be says why', async ({ page }) => {
  await writeSql(page, `${ORDERS}select city,upper(city) as big from orders -- all of them\nwhere amount>10`);
  await page.getByRole('button', { name: 'Format' }).click();
  await expect
    .poll(() => lines(page))
    .toContain('SELECT city, UPPER(city) AS big\nFROM orders -- all of them\nWHERE amount > 10');
  await text(page).press('Control+z');
  await expect.poll(() => lines(page)).toContain('select city,upper(city)');
  await text(page).press('Shift+Alt+F');
  await expect.poll(() => lines(page)).toContain('SELECT city, UPPER(city) AS big');
  await writeSql(page, `${ORDERS}select city form orders`);
  await text(page).press('Shift+Alt+F');
  await expect(page.getByText('Not formatted. Line 13: Expected , or FROM but found form.')).toBeVisible();
  expect((await lines(page)).split('\n')[12]).toBe('select city form orders');
});

test('a finding is mended by its button and by the keyboard, also where the edit stands elsewhere', async ({
  page,
}) => {
  await writeSql(page, `${ORDERS}SELECT citty FROM orders`);
  await expect(page.getByText('1 error; line 5: No column citty. Did you mean city?')).toBeVisible();
  await hoverWord(page, 'citty');
  await page.getByRole('button', { name: 'Change to city' }).click();
  await expect(page.getByText('The program is valid.')).toBeVisible();
  await writeSql(
    page,
    "CREATE TABLE t (a INT, ts TIMESTAMP(3)) WITH ('connector' = 'datagen');\nSELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
  );
  await expect(page.getByText(/ts is not the event-time column/)).toBeVisible();
  await expect(page.locator('.cm-lintRange-error')).toBeVisible();
  await text(page).press('Control+End');
  await page.keyboard.press('Control+.');
  await expect(text(page)).toContainText("WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)");
  await expect(page.getByText('The program is valid.')).toBeVisible();
});

test('options and the call being written are explained, and a longer script lists its statements', async ({ page }) => {
  await writeSql(page, `${ORDERS}SELECT `);
  await hoverWord(page, "'topic'");
  await expect(page.locator('.cm-sql-hover')).toContainText('topic of kafka');
  await page.mouse.move(5, 5);
  await type(page, 'SUBSTRING(city, ');
  await expect(page.locator('.cm-sql-arguments strong')).toHaveText('from INT');
  await page.keyboard.press('Escape');
  await expect(page.locator('.cm-sql-arguments')).toBeHidden();
  await writeSql(page, `${ORDERS}CREATE VIEW big AS SELECT city FROM orders WHERE amount > 10;\nSELECT city FROM big;`);
  await page.getByRole('button', { name: '3 statements' }).click();
  await page.getByRole('menuitem', { name: /view big/ }).click();
  await page.keyboard.type('-- here\n', { delay: 30 });
  await expect.poll(() => lines(page)).toContain('\n-- here\nCREATE VIEW big');
});

test('EXPLAIN and DESCRIBE answer in the preview', async ({ page }) => {
  await writeSql(page, `${ORDERS}EXPLAIN SELECT city FROM orders WHERE amount > 10;`);
  await expect(page.getByText('The program is valid.')).toBeVisible();
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('radiogroup', { name: 'Show the plan as' }).getByText('Text').click();
  await expect(page.getByLabel('Plan in words')).toContainText('amount > 10');
  await writeSql(page, `${ORDERS}DESCRIBE orders;`);
  await expect(page.getByText('The program is valid.')).toBeVisible();
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('table', { name: 'Preview rows' })).toContainText('DECIMAL(10, 2)');
});
