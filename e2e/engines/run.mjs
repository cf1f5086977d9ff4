// `npm run test:engines [-- part of a file name]`: ours next to the real engines. Needs Java and Maven; says so when they are missing.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const wanted = process.argv.slice(2);
// The servers of connectors are the machine's own; their tests say when one is missing.
const needsKafka = wanted.length === 0 || wanted.some((name) => !/^(redis|mysql)/.test(name));
const install = path.join(ROOT, 'e2e/engines/install.ts');
if (needsKafka) {
  const installed = spawnSync(process.execPath, ['--import', 'tsx', install], { cwd: ROOT, stdio: 'inherit' });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}
const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', '--config', 'e2e/engines/vitest.config.ts', ...wanted];
process.exit(spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1);
