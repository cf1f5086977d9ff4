import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Unit and integration tests beside the sources. Browser stories live in e2e/ and run under Playwright. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', '**/.next/**'],
    pool: 'forks',
    maxWorkers: 2,
    // A busy CI machine may miss a deadline once; a test that misses it twice has failed.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
