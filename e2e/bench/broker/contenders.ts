import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../packages/tooling/src/bundle.ts';
import type { KafkaInstall } from '../../engines/kafka/install.ts';
import { startKafka } from '../../engines/kafka/start.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD = path.join(ROOT, 'build/bench');

/** A broker under load: a process on a port. */
export interface Contender extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
}

/** Our broker as `npm start` runs it: bundled, in a process of its own. */
export async function startOurs(flush: 'group-commit' | 'none'): Promise<Contender> {
  await bundle({ broker: path.join(ROOT, 'packages/broker/src/main.ts') }, BUILD);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const started = performance.now();
  const args = [path.join(BUILD, 'broker.js'), '--data-dir', dataDir, '--port', '0', '--fsync', flush];
  const profile = process.env.MILLRACE_BENCH_PROFILE;
  const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited])) as unknown[];
  if (typeof line !== 'string') throw new Error(`our broker ended with ${line}`);
  const { port } = JSON.parse(line) as { port: number };
  return {
    port,
    pid: child.pid ?? -1,
    startMs: performance.now() - started,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Apache Kafka with the heap and the collector of its own start script. */
export async function startTheirs(install: KafkaInstall): Promise<Contender> {
  return startKafka(install, { jvm: 'server' });
}
