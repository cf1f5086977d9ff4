import { defineConfig } from '@playwright/test';

/** One product, started by `support/start-product.ts`, for all stories; they run one after another on it. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results',
  globalSetup: './support/start-product.ts',
  // A story that only passes at the second try is reported as such by `npm test`.
  retries: process.env.CI ? 1 : 0,
  workers: 1,
  fullyParallel: false,
  // Whoever needs longer says so in the story; a page or an action that does not come fails in seconds.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.MILLRACE_TEST_REPORT
    ? [['list'], ['json', { outputFile: process.env.MILLRACE_TEST_REPORT }]]
    : [['list']],
  use: {
    headless: true,
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    // Without the pictures of every moment, which cost more than the stories themselves.
    trace: { mode: 'retain-on-failure', screenshots: false, sources: false },
    launchOptions: {
      ...(process.env.MILLRACE_CHROMIUM === undefined ? {} : { executablePath: process.env.MILLRACE_CHROMIUM }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
