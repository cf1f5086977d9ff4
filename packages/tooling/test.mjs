// `npm test`: everything, from a bare checkout. Installs, generates, runs the unit and integration tests, then the browser stories.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from './install.mjs';

requireNode();
ensureInstalled();
const run = (title, command, args) => {
  console.log(`\n== ${title}`);
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (result.status !== 0) {
    console.error(`${title} failed`);
    process.exit(result.status ?? 1);
  }
};
run('database client', process.execPath, ['packages/database/generate.mjs']);
run('unit and integration tests', process.execPath, [
  path.join('node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  'packages/tooling/vitest.config.ts',
]);
run('browser stories', process.execPath, ['e2e/run.mjs']);
