import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests against real engines; not part of `npm test`, because they need Java. One file at a time: each starts a JVM. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['e2e/engines/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 480_000,
  },
});
