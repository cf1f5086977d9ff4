// `npm run bench [-- records]`: installs what is missing, then measures the embedded stack.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const program = path.join(ROOT, 'e2e/bench/run.ts');
process.exit(
  spawnSync(process.execPath, ['--import', 'tsx', program, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' })
    .status ?? 1,
);
