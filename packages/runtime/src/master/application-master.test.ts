import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobId, JobSpec, QueueName } from '@millrace/model';
import { createLogger, MetricRegistry, systemClock } from '@millrace/telemetry';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { containerConfig, workerParts } from '../testing/container-config.ts';
import { echoEngine } from '../testing/echo-engine.ts';
import { TestScheduler } from '../testing/scheduler.ts';
import { runWorker } from '../worker/worker.ts';
import { type End, runApplicationMaster } from './application-master.ts';

const DEADLINE = { timeout: 45_000 };
vi.setConfig({ testTimeout: 120_000 });
const engines = new Map([['dataflow', echoEngine]]);
let folder: string;
let scheduler: TestScheduler;
let logged = '';
const workers = new Map<string, { stop: AbortController; ended: Promise<End | Error> }>();
const stopMasters = new AbortController();

const log = createLogger({
  name: 'test',
  destination: {
    write(line) {
      logged += line;
    },
  },
});

function spec(label: string): JobSpec {
  const size = { vcores: 1, memoryMb: 64 };
  const options = { connector: 'echo', 'properties.sasl.password': 'swordfish' };
  const schema = { fields: [{ name: 'word', type: { kind: 'string', nullable: true } }] };
  const place = { schema, connector: 'echo', options };
  const source = { kind: 'source', id: 'a', label, table: 'a', ...place };
  const sink = { kind: 'sink', id: 'b', label: 'b', table: 'b', input: 'a', ...place };
  return {
    id: 'job-1' as JobId,
    name: 'echo',
    version: 1,
    plan: { nodes: [source, sink] },
    settings: {
      engine: 'dataflow',
      guarantee: 'at-least-once',
      parallelism: 2,
      queue: 'root' as QueueName,
      containers: { master: size, worker: size },
      checkpoint: { intervalMs: 1_000, timeoutMs: 10_000, retainedCount: 1 },
      restart: { attemptsMax: 3, delayMs: 0 },
    },
  };
}

async function start(label: string): Promise<void> {
  scheduler = await TestScheduler.start({
    application: 'app-1',
    token: 't'.repeat(40),
    spec: spec(label),
    launch: (container, masterAddress) => launch(container, masterAddress),
  });
}

function launch(container: string, masterAddress: string): void {
  const stop = new AbortController();
  const config = containerConfig('worker', {
    container,
    masterAddress,
    schedulerUrl: scheduler.url,
    checkpointDir: folder,
  });
  const parts = { config, engines, log, clock: systemClock, metrics: new MetricRegistry(systemClock) };
  const ended = runWorker({ ...parts, ...workerParts(folder) }, stop.signal).catch((error: Error) => error);
  workers.set(container, { stop, ended });
}

function master(attempt = 1): Promise<End> {
  const config = containerConfig('master', { attempt, schedulerUrl: scheduler.url, checkpointDir: folder });
  const parts = { config, engines, log, clock: systemClock, metrics: new MetricRegistry(systemClock) };
  return runApplicationMaster({ ...parts, connectors: new Map() }, stopMasters.signal);
}

const running = (): Promise<void> =>
  expect.poll(() => scheduler.events.filter(({ kind }) => kind === 'status').length, DEADLINE).toBeGreaterThan(0);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-master-'));
  logged = '';
});

afterEach(async () => {
  for (const { stop, ended } of workers.values()) {
    stop.abort();
    await ended;
  }
  workers.clear();
  await scheduler.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a bounded job finishes, its workers are released in good order, and its last words come after its events', async () => {
  await start('bounded');
  expect(await master()).toMatchObject({ code: 0, reason: expect.stringContaining('finished') });
  expect(await scheduler.finished).toMatchObject({ outcome: 'finished', attempt: 1 });
  expect(scheduler.launched).toHaveLength(2);
  for (const { ended } of workers.values()) expect(await ended).toEqual({ code: 0, reason: 'released by the master' });
  expect(scheduler.events.map(({ kind }) => kind)).toEqual(['status']);
  expect(logged).not.toContain('swordfish');
});

it('a job that fails for good says why in a sentence', async () => {
  await start('failing');
  expect((await master()).code).toBe(0);
  const { outcome, diagnostics, error } = await scheduler.finished;
  expect({ outcome, diagnostics }).toEqual({ outcome: 'failed', diagnostics: 'The echo is broken.' });
  expect(error).toMatchObject({ code: 'echo.broken', domain: 'external' });
});

it('a plan the engine refuses fails the job with the reasons', async () => {
  await start('impossible');
  await master();
  expect((await scheduler.finished).diagnostics).toBe('The job cannot run on engine dataflow: it is impossible.');
});

it('suspended: a savepoint counts before the last words, and the next run starts from it', async () => {
  await start('endless');
  const first = master();
  await running();
  scheduler.desired = 'suspended';
  await first;
  expect((await scheduler.finished).outcome).toBe('suspended');
  expect([...scheduler.checkpoints.values()].map(({ kind }) => kind)).toEqual(['savepoint']);
  expect(readdirSync(folder)).toEqual(['sp-1-1']);

  scheduler.desired = 'running';
  scheduler.nextAttempt();
  const second = master(2);
  await expect.poll(() => scheduler.events.some(({ kind }) => kind === 'restored'), DEADLINE).toBe(true);
  scheduler.desired = 'canceled';
  expect((await second).reason).toContain('canceled');
});

it('a lost worker is asked for again, under a new id, and its container is given back', async () => {
  await start('endless');
  const ended = master();
  await running();
  const [lost = ''] = scheduler.launched;
  workers.get(lost)?.stop.abort();
  await expect.poll(() => scheduler.launched.length, DEADLINE).toBe(3);
  const count = (status: string): number =>
    scheduler.events.filter((event) => event.kind === 'status' && event.status === status).length;
  await expect.poll(() => count('running'), DEADLINE).toBe(2);
  expect(count('restarting')).toBe(1);
  expect(scheduler.released).toEqual([lost]);
  const asked = new Set(scheduler.heartbeats.flatMap(({ ask }) => ask.map(({ id }) => id)));
  expect(asked.size).toBe(3);
  scheduler.desired = 'canceled';
  await ended;
});

it('the job goes on while the scheduler is away, and tells everything when it is back', async () => {
  await start('endless');
  const ended = master();
  await running();
  const before = scheduler.heartbeats.length;
  scheduler.away = true;
  workers.get(scheduler.launched[1] ?? '')?.stop.abort();
  await expect.poll(() => logged.includes('job is restarting'), DEADLINE).toBe(true);
  expect(scheduler.heartbeats).toHaveLength(before);
  scheduler.away = false;
  await expect.poll(() => scheduler.events.filter(({ kind }) => kind === 'status').length, DEADLINE).toBe(3);
  scheduler.desired = 'canceled';
  await ended;
});

it('a savepoint that was asked for is taken once and answered', async () => {
  await start('endless');
  const ended = master();
  await running();
  scheduler.savepointRequests = ['request-1'];
  await expect
    .poll(() => scheduler.savepointAnswers, DEADLINE)
    .toEqual([{ request: 'request-1', checkpoint: 1, error: null }]);
  expect(scheduler.checkpoints.size).toBe(1);
  scheduler.desired = 'canceled';
  await ended;
});

it('a master whose attempt is over ends with 70, says no last words, and its workers end with it', async () => {
  await start('endless');
  const ended = master();
  await running();
  scheduler.attempt = 2;
  expect(await ended).toMatchObject({ code: 70, reason: 'fenced: Attempt 2 of the job exists.' });
  for (const { ended: worker } of workers.values()) expect(await worker).toHaveProperty('code');
  expect(await Promise.race([scheduler.finished, Promise.resolve('nothing')])).toBe('nothing');
});

it('a worker of another attempt or with a wrong token is refused', async () => {
  await start('endless');
  const ended = master();
  await running();
  const { masterAddress } = scheduler;
  for (const wrong of [{ attempt: 2 }, { token: 'x'.repeat(40) }, { application: 'other' }]) {
    const config = containerConfig('worker', {
      ...wrong,
      masterAddress,
      schedulerUrl: scheduler.url,
      checkpointDir: folder,
    });
    const parts = { config, engines, log, clock: systemClock, metrics: new MetricRegistry(systemClock) };
    const refused = runWorker({ ...parts, ...workerParts(folder) }, new AbortController().signal);
    await expect(refused).rejects.toMatchObject({ code: 'exchange.refused' });
  }
  scheduler.desired = 'canceled';
  await ended;
});
