// What every command of a bare checkout does first. Plain Node, no dependency: it runs before npm has.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = path.join(ROOT, 'node_modules', '.millrace-installed');

/** Ends the process with a clear sentence when this Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Millrace needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Runs `npm install` unless the installed tree is whole and fits every package.json and the lock file. */
export function ensureInstalled(log = console.log) {
  const wanted = manifestHash();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted && isWhole()) return;
  log('Installing packages with npm (once; about a minute) ...');
  // The stamp is written last: a killed install leaves none and is repeated.
  rmSync(STAMP, { force: true });
  const result = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('npm install failed; its output is above. Check the network and run the command again.');
    process.exit(result.status ?? 1);
  }
  writeFileSync(STAMP, wanted);
}

/** Whether every package of the lock file that this platform needs is there: about 400 looks, a few milliseconds. */
function isWhole() {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(
    ([folder, { optional, link }]) =>
      optional || link || !folder.startsWith('node_modules/') || existsSync(path.join(ROOT, folder, 'package.json')),
  );
}

function manifestHash() {
  const hash = createHash('sha256').update(process.versions.modules);
  const manifests = ['apps', 'packages'].flatMap((floor) =>
    readdirSync(path.join(ROOT, floor)).map((name) => path.join(floor, name, 'package.json')),
  );
  for (const file of ['package.json', 'package-lock.json', ...manifests.sort()]) {
    if (existsSync(path.join(ROOT, file))) hash.update(file).update(readFileSync(path.join(ROOT, file)));
  }
  return hash.digest('hex');
}
