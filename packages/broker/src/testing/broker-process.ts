import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A broker in a process of its own, for tests that kill it. */
export interface BrokerProcess {
  readonly port: number;
  readonly pid: number;
  /** Ends it and waits until it is gone; resolves with the exit code. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

const COMMAND = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));

/** Starts it and waits for the line that says it listens; rejects with its error line when it exits instead. */
export async function spawnBroker(dataDir: string, ...more: readonly string[]): Promise<BrokerProcess> {
  const child = spawn(process.execPath, [COMMAND, 'broker', '--data-dir', dataDir, '--port', '0', ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const port = await firstLine(child, exited);
  return {
    port,
    pid: child.pid ?? -1,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

async function firstLine(child: ChildProcess, exited: Promise<number | null>): Promise<number> {
  if (child.stdout === null || child.stderr === null) throw new Error('the child has no pipes');
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
  const first = await Promise.race([line, exited]);
  if (typeof first !== 'string') throw new Error(`exit code ${first}: ${stderr.trim()}`);
  return (JSON.parse(first) as { port: number }).port;
}
