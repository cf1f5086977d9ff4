import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { EngineMissing } from '../maven.ts';

const KCAT_MS_MAX = 60_000;

/** Runs kcat (librdkafka) to its end and resolves with what it printed; rejects with what it complained about. */
export async function kcat(port: number, args: readonly string[], stdin: string | Buffer = ''): Promise<string> {
  const child = spawn('kcat', ['-b', `127.0.0.1:${port}`, ...args], { stdio: 'pipe', timeout: KCAT_MS_MAX });
  const exited = once(child, 'exit').catch(() => {
    throw new EngineMissing('kcat does not run (Debian: apt-get install kcat)');
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`kcat ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return stdout;
}
