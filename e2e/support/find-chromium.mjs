// A Chromium for the browser stories, without a download of its own: the one named by PW_CHROMIUM, Playwright's cache,
// the system's, or the one inside the npm package @sparticuz/chromium (Linux x64), unpacked to a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium-headless-shell',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function runs(file) {
  if (!existsSync(file) || statSync(file).size === 0) return false;
  return spawnSync(file, ['--version', '--no-sandbox', '--headless'], { timeout: 15_000 }).status === 0;
}

export async function findChromium() {
  const given = process.env.PW_CHROMIUM;
  if (given !== undefined && runs(given)) return { path: given, via: 'PW_CHROMIUM' };
  const { chromium } = await import('playwright-core');
  const cached = chromium.executablePath();
  if (cached !== '' && runs(cached)) return { path: cached, via: "Playwright's cache" };
  const system = SYSTEM.find(runs);
  if (system !== undefined) return { path: system, via: 'system' };
  if (process.platform === 'linux' && process.arch === 'x64') {
    const unpacked = await unpackFromNpm();
    if (unpacked !== undefined) return { path: unpacked, via: '@sparticuz/chromium' };
  }
  throw new Error(
    'No Chromium was found. Install one (Debian: apt-get install chromium), or set PW_CHROMIUM to its path.',
  );
}

async function unpackFromNpm() {
  // Makes the package unpack its own NSS libraries too, and point LD_LIBRARY_PATH at them.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs20.x';
  const folder = path.join(tmpdir(), 'millrace-chromium');
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    const file = await packaged.executablePath();
    return runs(file) ? file : undefined;
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
