import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '@millrace/tooling/bundle';
import { bundleQuickStart } from '@millrace/tooling/quick-start';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** One file per program, made from source by esbuild. */
export const BUILD_DIR = path.join(ROOT, 'build');
export const PORTAL_DIR = path.join(ROOT, 'apps/portal');

/** Started again and again: for every job, and for every preview. */
const RUNTIME = {
  master: 'packages/runtime/src/bin/master.ts',
  worker: 'packages/runtime/src/bin/worker.ts',
  preview: 'packages/runtime/src/bin/preview.ts',
};
const PROGRAMS = {
  broker: 'packages/broker/src/main.ts',
  scheduler: 'apps/scheduler/src/main.ts',
  agent: 'apps/agent/src/main.ts',
  // Workers and previews start it as a thread, by this name, from beside them.
  'sandbox-thread': 'packages/user-code/src/sandbox-thread.ts',
};

/** The database client that Prisma generates from the schema; skipped when the schema did not change. */
export async function generateClient(): Promise<void> {
  await run('prisma generate', process.execPath, [path.join(ROOT, 'packages/database/generate.mjs')], ROOT);
}

/** A second or less, so it is simply done at every start. */
export async function bundlePrograms(): Promise<void> {
  await Promise.all([bundle(inRoot(PROGRAMS), BUILD_DIR), bundleQuickStart(inRoot(RUNTIME), BUILD_DIR)]);
}

function inRoot(programs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, path.join(ROOT, file)]));
}

/** `next build`, skipped while no source of the portal or of a package changed. */
export async function buildPortal(): Promise<void> {
  const stamp = path.join(PORTAL_DIR, '.next/millrace-stamp');
  const wanted = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const next = path.join(ROOT, 'node_modules/next/dist/bin/next');
  await run('next build', process.execPath, [next, 'build'], PORTAL_DIR);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function run(title: string, command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => child.kill();
    process.once('exit', kill);
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      if (code === 0) resolve();
      else reject(new Error(`${title} ended with code ${code}:\n${output.trim()}`));
    });
  });
}

/** Over every file the portal's bundle can be made from. */
function sourceHash(): string {
  const hash = createHash('sha256');
  const folders = [
    PORTAL_DIR,
    ...readdirSync(path.join(ROOT, 'packages')).map((name) => path.join(ROOT, 'packages', name)),
  ];
  for (const file of [
    path.join(ROOT, 'package-lock.json'),
    ...folders.flatMap((folder) => [...files(folder)]),
  ].sort()) {
    hash.update(path.relative(ROOT, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (
      entry.name === 'node_modules' ||
      entry.name === '.next' ||
      entry.name === 'generated' ||
      entry.name === 'next-env.d.ts'
    )
      continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(file);
    else if (!/\.(test|bench)\.tsx?$|\.md$/.test(entry.name)) yield file;
  }
}
