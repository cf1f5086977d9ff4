import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writeOutbox } from '@millrace/database';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Leadership } from './leadership.ts';
import { TestCluster, until } from './testing/cluster.ts';

vi.setConfig({ testTimeout: 60_000 });

let postgres: TestPostgres;
let cluster: TestCluster;
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-scheduler-'));
const children: ChildProcess[] = [];
const log = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  cluster = await TestCluster.create(postgres.url);
});
afterEach(async () => {
  await cluster?.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The real program in a process of its own; resolves with its address once it says that it is ready. */
async function spawnScheduler(port: number): Promise<{ child: ChildProcess; url: string }> {
  const tokenFile = path.join(folder, 'token');
  const keyFile = path.join(folder, 'key');
  writeFileSync(tokenFile, cluster.env.clusterToken, { mode: 0o600 });
  writeFileSync(keyFile, Buffer.from(cluster.env.secretKey).toString('hex'), { mode: 0o600 });
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: cluster.env.databaseUrl,
      MILLRACE_SCHEDULER_PORT: String(port),
      MILLRACE_CLUSTER_TOKEN_FILE: tokenFile,
      MILLRACE_SECRET_KEY_FILE: keyFile,
      MILLRACE_CHECKPOINT_DIR: '/checkpoints',
      MILLRACE_KAFKA_BROKERS: '127.0.0.1:9092',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  // Its lines are read until it ends: a full pipe would stop a process that logs synchronously.
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the scheduler ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { ready?: boolean; url?: string };
      if (message.ready === true && message.url !== undefined) resolve(message.url);
    });
  });
  return { child, url };
}

const healthy = async (url: string) =>
  (await fetch(`${url}/v1/healthz`).then((answer) => answer.json())) as { epoch: string | null };

test('after kill -9 and a restart of the scheduler what runs is left alone, and new jobs start', {
  timeout: 180_000,
}, async () => {
  const first = await spawnScheduler(0);
  const agent = cluster.startAgent('n1', () => first.url);
  const jobId = await cluster.createJob('survivor');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const launched = agent.launched.map(({ id }) => id);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await spawnScheduler(Number(new URL(first.url).port));
  let epoch: string | null = null;
  await until('it leads again', async () => {
    epoch = (await healthy(second.url)).epoch;
    return epoch !== null;
  });
  expect(Number(epoch)).toBeGreaterThan(1);
  const heard = agent.answers;
  await until('agent and master go on', async () => {
    const { observedAt } = await cluster.job(jobId);
    return agent.answers > heard + 5 && Date.now() - observedAt.getTime() < 2_000;
  });
  expect(agent.launched.map(({ id }) => id)).toEqual(launched);
  expect(await cluster.job(jobId)).toMatchObject({ status: 'running', lastAttempt: 1 });

  const next = await cluster.createJob('newcomer');
  await cluster.want(next, 'running');
  await cluster.reaches(next, 'running');

  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
});

test('of two schedulers one leads; when it stops the other goes on with the same jobs', async () => {
  const [a, b] = [await cluster.startScheduler(), await cluster.startScheduler()];
  await until('one leads', () => a.leading || b.leading);
  expect([a.leading, b.leading].filter(Boolean)).toHaveLength(1);
  const [leader, standby] = a.leading ? [a, b] : [b, a];
  // Agents and masters may talk to either: here to the one that does not lead.
  const agent = cluster.startAgent('n1', () => standby.url);
  const jobId = await cluster.createJob('shared');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  await leader.close();
  await until('the other leads', () => standby.leading);
  const next = await cluster.createJob('second');
  await cluster.want(next, 'running');
  await cluster.reaches(next, 'running');
  expect(await cluster.job(jobId)).toMatchObject({ status: 'running', lastAttempt: 1 });
  expect(agent.launched).toHaveLength(6);
});

test('when the database cuts every connection the scheduler comes back by itself and runs go on', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('steady');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  await cluster.database.client.$queryRaw`
    select pg_terminate_backend(pid)::text from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  const next = await cluster.createJob('after');
  await cluster.want(next, 'running');
  await cluster.reaches(next, 'running');
  expect(await cluster.job(jobId)).toMatchObject({ status: 'running', lastAttempt: 1 });
  expect(agent.launched).toHaveLength(6);
});

test('a leader that lost its lease without noticing writes nothing and steps down', async () => {
  const { database } = cluster;
  const written = () => database.client.outbox.count({ where: { message: { equals: { reason: 'node-changed' } } } });
  const stopping = new AbortController();
  const make = (holder: string) => new Leadership({ database, holder, leaseMs: 60_000, log, onChange() {} });
  const [old, next] = [make('old'), make('next')];
  const loops = [old.run(stopping.signal)];
  await until('the first leads', () => old.leading);
  await database.client.leader.updateMany({ data: { expiresAt: new Date(0) } });
  loops.push(next.run(stopping.signal));
  await until('the second leads', () => next.leading);
  expect(old.leading).toBe(true);
  await expect(old.write((transaction) => writeOutbox(transaction, { reason: 'node-changed' }))).rejects.toMatchObject({
    code: 'leader.stale',
  });
  expect(await written()).toBe(0);
  expect(old.leading).toBe(false);
  await next.write((transaction) => writeOutbox(transaction, { reason: 'node-changed' }));
  expect(await written()).toBe(1);
  stopping.abort();
  await Promise.all(loops);
});
