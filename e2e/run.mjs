// `npm run test:e2e`: finds a Chromium, then runs the browser stories against the real product.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const { findChromium } = await import('./support/find-chromium.mjs');
const chromium = await findChromium();
console.log(`Chromium: ${chromium.path} (${chromium.via})`);
const cli = path.join(ROOT, 'node_modules/@playwright/test/cli.js');
const result = spawnSync(
  process.execPath,
  [cli, 'test', '--config', 'e2e/playwright.config.ts', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, MILLRACE_CHROMIUM: chromium.path },
  },
);
process.exit(result.status ?? 1);
