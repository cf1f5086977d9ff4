import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ADMIN_PASSWORD } from './product.ts';

/** For Playwright: starts the product once for all stories, stops it after the last. */
export default function globalSetup(): Promise<() => Promise<void>> {
  return startProduct([]);
}

/** Starts the product the way a person does, `npm start`, in a fresh data folder; the returned function stops it and removes the folder. */
export async function startProduct(options: readonly string[]): Promise<() => Promise<void>> {
  const root = path.resolve(import.meta.dirname, '../..');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'millrace-e2e-'));
  const port = await freePort();
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['apps/standalone/start.mjs', '--port', String(port), '--data-dir', dataDir, ...options],
    {
      cwd: root,
      env: { ...process.env, MILLRACE_ADMIN_PASSWORD: ADMIN_PASSWORD },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Millrace is ready')) resolve();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('exit', (code) => reject(new Error(`npm start ended with code ${code}:\n${output}\n${logs(dataDir)}`)));
  });
  await ready;
  console.log(`npm start: ready after ${((performance.now() - started) / 1000).toFixed(1)} s\n${output}`);
  process.env.MILLRACE_E2E_DATA_DIR = dataDir;
  return async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    if (process.env.MILLRACE_E2E_KEEP === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
}

function logs(dataDir: string): string {
  return ['scheduler', 'agent', 'portal', 'broker']
    .map((name) => {
      try {
        return `-- ${name}\n${readFileSync(path.join(dataDir, 'logs', `${name}.log`), 'utf8').slice(-2_000)}`;
      } catch {
        return `-- ${name}: no log`;
      }
    })
    .join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
