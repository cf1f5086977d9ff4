#!/usr/bin/env node
// `npx millrace broker --port 9092 --data-dir data`: the broker alone. Plain Node, so that it starts in milliseconds: the
// sources become one file in build/, made again only when one of them is newer.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = path.join(PACKAGE, 'build/broker.mjs');
const SOURCES = ['src', '../kafka-protocol/src', '../model/src'].map((folder) => path.join(PACKAGE, folder));

const [name, ...args] = process.argv.slice(2);
if (name !== 'broker') {
  console.error('usage: millrace broker --data-dir <dir> [--port <port>] [...]\n\n  millrace broker --help says more');
  process.exit(name === undefined || name === '--help' ? 0 : 2);
}
if (!existsSync(PROGRAM) || SOURCES.some((folder) => newest(folder) > statSync(PROGRAM).mtimeMs)) await build();
process.argv = [process.argv[0], PROGRAM, ...args];
await import(pathToFileURL(PROGRAM).href);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
  }
  return latest;
}

/** In a folder of its own first: another process may be starting from the same file. */
async function build() {
  const { tsImport } = await import('tsx/esm/api');
  const { bundle } = await tsImport('../../tooling/src/bundle.ts', import.meta.url);
  mkdirSync(path.dirname(PROGRAM), { recursive: true });
  const folder = mkdtempSync(path.join(path.dirname(PROGRAM), 'new-'));
  try {
    await bundle({ broker: path.join(PACKAGE, 'src/main.ts') }, folder);
    renameSync(path.join(folder, 'broker.js'), PROGRAM);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
