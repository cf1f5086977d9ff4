// `npm start`: installs what is missing, then hands over to src/main.ts. Plain Node, so that it runs on a bare checkout.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const main = path.join(ROOT, 'apps/standalone/src/main.ts');
const child = spawn(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
// Ctrl-C reaches the child by itself (same terminal group); a signal sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (!process.stdin.isTTY || signal === 'SIGTERM') child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
