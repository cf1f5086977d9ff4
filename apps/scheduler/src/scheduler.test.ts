import { deleteJob, requestSavepoint, saveConnection, updateQueue } from '@millrace/database';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ACTOR, queue, TestCluster, until } from './testing/cluster.ts';

let postgres: TestPostgres;
let cluster: TestCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  cluster = await TestCluster.create(postgres.url, 4);
});
afterEach(() => cluster?.close());
vi.setConfig({ testTimeout: 60_000 });

test('a job that is started runs: admitted, given containers, launched, registered, reported', async () => {
  // The sweep is switched off: only wake-ups by outbox and queue drive this.
  const { url } = await cluster.startScheduler({ sweepMs: 60_000 });
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('happy');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');

  const [master, ...workers] = agent.launched;
  expect(master?.config).toMatchObject({
    role: 'master',
    attempt: 1,
    checkpointDir: `/checkpoints/${jobId}`,
    schedulerUrl: url,
  });
  expect(workers.map(({ config }) => [config.role, config.masterAddress])).toEqual([
    ['worker', '127.0.0.1:7000'],
    ['worker', '127.0.0.1:7000'],
  ]);
  expect(agent.masters[0]?.registered).toMatchObject({
    spec: { id: jobId, version: 1 },
    restore: null,
    nextCheckpointId: 1,
  });
  expect(await cluster.job(jobId)).toMatchObject({ observedGeneration: 1, waitingReason: null, lastAttempt: 1 });
  await until(
    'metrics are there',
    async () => (await cluster.database.client.metricPoint.count({ where: { jobId } })) > 0,
  );
});

test('a job waits with a reason while its pool is full, and starts when another ends', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url, 16);
  agent.onMaster = (master) => {
    master.workerVcores = 1.5;
  };
  const first = await cluster.createJob('first');
  const second = await cluster.createJob('second');
  await cluster.want(first, 'running');
  await cluster.reaches(first, 'running');
  await cluster.want(second, 'running');
  await until('the second job says why it waits', async () =>
    ((await cluster.job(second)).waitingReason ?? '').includes('root.demo is at its maximum'),
  );
  expect((await cluster.job(second)).status).toBe('starting');
  await cluster.want(first, 'canceled');
  await cluster.reaches(first, 'canceled');
  await cluster.reaches(second, 'running');
  expect((await cluster.job(second)).waitingReason).toBeNull();
});

test('raising the maximum of a pool wakes the job that waits for it', async () => {
  await cluster.database.transaction((transaction) =>
    updateQueue(transaction, { queue: queue('root.demo', 0.25), version: 1 }, ACTOR),
  );
  const { url } = await cluster.startScheduler({ sweepMs: 60_000 });
  cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('patient');
  await cluster.want(jobId, 'running');
  await until('it waits with a reason', async () =>
    ((await cluster.job(jobId)).waitingReason ?? '').includes('the maximum of pool root.demo'),
  );
  expect((await cluster.job(jobId)).status).toBe('submitted');
  await cluster.database.transaction((transaction) =>
    updateQueue(transaction, { queue: queue('root.demo', 4), version: 2 }, ACTOR),
  );
  await cluster.reaches(jobId, 'running');
});

test('a master that ends is followed by a new attempt from the newest checkpoint; the old one is fenced', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('phoenix');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const [first] = agent.masters;
  expect((await first?.checkpoint(1))?.status).toBe(200);
  expect((await first?.checkpoint(1))?.status).toBe(200);
  agent.exit(first?.launch.id ?? '', 137, 'killed by signal SIGKILL');

  await until(
    'a second attempt runs',
    async () => agent.masters.length === 2 && (await cluster.job(jobId)).status === 'running',
  );
  const second = agent.masters[1];
  expect(second?.attempt).toBe(2);
  expect(second?.registered).toMatchObject({ restore: { checkpoint: { id: 1 } }, nextCheckpointId: 2 });
  expect((await first?.checkpoint(2))?.status).toBe(409);
  expect((await first?.heartbeat())?.status).toBe(409);
  expect((await first?.register())?.status).toBe(409);
  expect((await first?.finish('finished'))?.status).toBe(409);
  expect(await cluster.database.client.checkpoint.count({ where: { jobId } })).toBe(1);
  await until('the workers of the first attempt are gone', () => agent.containers.length === 3);
  expect(await cluster.run(jobId)).toMatchObject({ attempt: 2, masterRestarts: 1, restoredFrom: 1 });
  const ended = await cluster.database.client.jobEvent.findFirst({
    where: { jobId, message: { startsWith: 'restarting' } },
  });
  expect(ended?.message).toBe('restarting: The master ended: killed by signal SIGKILL. Attempt 2 follows.');
});

test('a status that the job has already is no news, with a reason it is', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('chatty');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const [master] = agent.masters;
  if (master === undefined) throw new Error('no master');
  const status = (seq: number, word: 'running' | 'restarting', reason?: string) => ({
    seq,
    event: { kind: 'status' as const, at: Date.now(), status: word, ...(reason === undefined ? {} : { reason }) },
  });
  const before = await cluster.database.client.jobEvent.count({ where: { jobId } });
  master.events = [
    status(1, 'running'),
    status(2, 'restarting', 'Kafka is gone'),
    status(3, 'running'),
    status(4, 'running'),
  ];
  await until('the events are acknowledged', () => master.answer?.eventsAcknowledged === 4);
  const rows = await cluster.database.client.jobEvent.findMany({ where: { jobId }, orderBy: { id: 'asc' } });
  expect(rows.slice(before).map(({ message }) => message)).toEqual(['restarting: Kafka is gone', 'running']);
});

test('a checkpoint of many operators at the highest parallelism counts, and is given whole to the next attempt', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('wide');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const handle = (operator: number, subtask: number, file: number) => ({
    location: `checkpoints/${jobId}/shared/${operator}/${subtask}/${String(file).padStart(20, '0')}`,
    keyGroups: { first: subtask, last: subtask },
    sizeBytes: 1_000_000 + file,
    sha256: 'a'.repeat(64),
  });
  const subtasks = Array.from({ length: 64 * 128 }, (_, at) => ({
    operator: `operator-${at >> 7}`,
    subtask: at & 127,
    state: [0, 1, 2].map((file) => handle(at >> 7, at & 127, file)),
    splits: [],
    committables: [{ transactionalId: `millrace-${jobId}-${at}`, producerId: '9007199254740993', epoch: 7 }],
  }));
  expect(JSON.stringify(subtasks).length).toBeGreaterThan(4 * 1024 * 1024);
  const [first] = agent.masters;
  expect((await first?.checkpoint(1, 'checkpoint', subtasks))?.status).toBe(200);
  agent.exit(first?.launch.id ?? '', 137, 'killed by signal SIGKILL');
  await until('a second attempt registers', async () => agent.masters[1]?.registered !== undefined);
  expect(agent.masters[1]?.registered?.restore?.checkpoint.subtasks).toEqual(subtasks);
});

test('a master that keeps ending uses up its restarts and fails with the reason', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  agent.onMaster = (master) => queueMicrotask(() => agent.exit(master.launch.id, 1, 'out of luck'));
  const jobId = await cluster.createJob('doomed');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'failed');
  expect((await cluster.job(jobId)).statusReason).toBe('The master ended: out of luck; all 2 restarts are used.');
  expect(agent.masters).toHaveLength(3);
  agent.onMaster = () => {};
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  expect((await cluster.run(jobId)).attempt).toBe(4);
});

test('repeating any call changes nothing more', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('again');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const [master] = agent.masters;
  if (master === undefined) throw new Error('no master');
  master.events = [
    {
      seq: 1,
      event: {
        kind: 'failure',
        at: Date.now(),
        error: { code: 'kafka.gone', message: 'Kafka is gone', domain: 'external', retry: 'backoff', detail: 'stack' },
      },
    },
    { seq: 2, event: { kind: 'checkpoint-failed', at: Date.now(), id: 7, reason: 'timeout' } },
  ];
  await until('the events are acknowledged', () => master.answer?.eventsAcknowledged === 2);
  for (let at = 0; at < 3; at++) expect((await master.heartbeat()).status).toBe(200);
  const again = await master.register();
  expect(await again.json()).toMatchObject({ nextCheckpointId: 8, live: [{ role: 'worker' }, { role: 'worker' }] });
  const events = await cluster.database.client.jobEvent.findMany({
    where: { jobId, kind: { in: ['failure', 'checkpoint-failed'] } },
  });
  expect(events).toHaveLength(2);
  expect(JSON.stringify(events.map(({ detail }) => detail))).not.toContain('stack');
  expect(await cluster.database.client.checkpoint.count({ where: { jobId, status: 'failed' } })).toBe(1);
  expect(await cluster.database.client.container.count({ where: { application: { jobId } } })).toBe(3);
  expect((await master.finish('finished')).status).toBe(200);
  expect((await master.finish('finished')).status).toBe(200);
  expect(await cluster.job(jobId)).toMatchObject({ status: 'finished' });
  expect(await cluster.database.client.jobEvent.count({ where: { jobId, message: { startsWith: 'finished' } } })).toBe(
    1,
  );
});

test('a node that falls silent loses its containers, and the job goes on elsewhere without paying for it', async () => {
  const { url } = await cluster.startScheduler({ livelinessMs: 2_500, graceMs: 500, suspectMs: 1_500 });
  const first = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('nomad', { restart: { attemptsMax: 0, delayMs: 0 } });
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const second = cluster.startAgent('n2', () => url);
  first.vanish();
  await until(
    'it runs on the other node',
    async () => second.masters.length > 0 && (await cluster.job(jobId)).status === 'running',
  );
  expect((await cluster.run(jobId)).masterRestarts).toBe(0);
  expect(await cluster.database.client.container.count({ where: { nodeId: 'n1', status: 'lost' } })).toBe(3);
  expect(await cluster.database.client.node.findUnique({ where: { id: 'n1' } })).toMatchObject({ status: 'lost' });
});

test('a job that is canceled while it waits never starts', async () => {
  const { url } = await cluster.startScheduler();
  const jobId = await cluster.createJob('impatient');
  await cluster.want(jobId, 'running');
  await until('it waits', async () => ((await cluster.job(jobId)).waitingReason ?? '').includes('no healthy node'));
  await cluster.want(jobId, 'canceled');
  await cluster.reaches(jobId, 'canceled');
  const agent = cluster.startAgent('n1', () => url);
  await until('the agent was heard three times', () => agent.answers >= 3);
  expect(agent.launched).toEqual([]);
});

test('a job stops with a savepoint, starts again from it, is canceled and starts empty, in turn', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('cycle');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  await agent.masters[0]?.checkpoint(1, 'savepoint');
  await cluster.want(jobId, 'suspended');
  await cluster.reaches(jobId, 'suspended');
  await until('all containers are gone', () => agent.containers.length === 0);

  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  expect(agent.masters[1]?.registered?.restore?.checkpoint).toMatchObject({ id: 1, kind: 'savepoint' });
  await agent.masters[1]?.checkpoint(2);
  await cluster.want(jobId, 'canceled');
  await cluster.reaches(jobId, 'canceled');

  await cluster.want(jobId, 'running', 'none');
  await cluster.reaches(jobId, 'running');
  expect(agent.masters[2]?.registered?.restore).toBeNull();
  expect(agent.masters[2]?.registered?.nextCheckpointId).toBe(3);
  expect((await cluster.job(jobId)).startFrom).toBe('latest');
  await cluster.want(jobId, 'canceled');
  await cluster.reaches(jobId, 'canceled');

  await cluster.want(jobId, 'running', 'checkpoint:1');
  await cluster.reaches(jobId, 'running');
  expect(agent.masters[3]?.registered?.restore).toMatchObject({
    checkpoint: { id: 1 },
    reason: 'savepoint 1 was chosen for this start',
  });
  expect(new Set(agent.launched.map(({ id }) => id)).size).toBe(agent.launched.length);
});

test('a master that does not obey a cancel is ended after the limit', async () => {
  const { url } = await cluster.startScheduler({ cancelMs: 1_000 });
  const agent = cluster.startAgent('n1', () => url);
  agent.onMaster = (master) => {
    master.obedient = false;
  };
  const jobId = await cluster.createJob('stubborn');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  await cluster.want(jobId, 'canceled');
  await cluster.reaches(jobId, 'canceling');
  await cluster.reaches(jobId, 'canceled');
  await until('its containers are gone', () => agent.containers.length === 0);
  expect((await agent.masters[0]?.heartbeat())?.status).toBe(409);
});

test('a deleted job is canceled first, and its name is free at once', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('gone');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  await cluster.database.transaction((transaction) => deleteJob(transaction, jobId, ACTOR));
  await cluster.createJob('gone');
  await cluster.reaches(jobId, 'canceled');
  await until('its containers are gone', () => agent.containers.length === 0);
});

test('a savepoint asked for is heard by the master, and its answer is kept', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('saver');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const request = await cluster.database.transaction((transaction) => requestSavepoint(transaction, jobId, ACTOR));
  const [master] = agent.masters;
  if (master === undefined) throw new Error('no master');
  await until('the master hears it', () => master.answer?.savepoints.includes(request) === true);
  await master.checkpoint(1, 'savepoint');
  master.savepoints = [{ request, checkpoint: 1, error: null }];
  await until('it is answered', () => master.answer?.savepoints.length === 0);
  expect(await cluster.database.client.savepointRequest.findUnique({ where: { id: request } })).toMatchObject({
    checkpointId: 1,
    error: null,
  });
});

test('the master gets the options of connections, secrets opened; a missing connection fails the job with the remedy', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  await cluster.database.transaction((transaction) =>
    saveConnection(
      transaction,
      {
        name: 'warehouse',
        connector: 'jdbc',
        options: { url: 'jdbc:postgresql://db/x' },
        secret: { password: 'geheim' },
      },
      cluster.env.secretKey,
      ACTOR,
    ),
  );
  const plan = (connection: string) => ({
    nodes: [
      { kind: 'source', id: 's', label: 'orders', connector: 'kafka', options: { topic: 'orders' } },
      { kind: 'sink', id: 'w', label: 'totals', connector: 'jdbc', options: { connection, 'table-name': 't' } },
    ],
  });
  const good = await cluster.createJob('good', {}, plan('warehouse'));
  await cluster.want(good, 'running');
  await cluster.reaches(good, 'running');
  expect(agent.masters[0]?.registered?.spec.plan).toMatchObject({
    nodes: [
      { options: { topic: 'orders', 'properties.bootstrap.servers': '127.0.0.1:9092' } },
      { options: { url: 'jdbc:postgresql://db/x', password: 'geheim', 'table-name': 't' } },
    ],
  });
  const bad = await cluster.createJob('bad', {}, plan('nowhere'));
  await cluster.want(bad, 'running');
  await cluster.reaches(bad, 'failed');
  expect((await cluster.job(bad)).statusReason).toContain('There is no connection "nowhere"');
});

test('nobody without the right token is heard', async () => {
  const { url } = await cluster.startScheduler();
  const agent = cluster.startAgent('n1', () => url);
  const jobId = await cluster.createJob('guarded');
  await cluster.want(jobId, 'running');
  await cluster.reaches(jobId, 'running');
  const launch = agent.masters[0]?.launch;
  const post = (path: string, token: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const application = `/v1/applications/${launch?.config.application}`;
  expect((await post('/v1/nodes/heartbeat', 'x', {})).status).toBe(401);
  expect(
    (
      await post(`${application}/finish`, cluster.env.clusterToken, {
        attempt: 1,
        outcome: 'failed',
        diagnostics: '',
        error: null,
      })
    ).status,
  ).toBe(401);
  expect(
    (
      await post(`${application}/finish`, launch?.config.token ?? '', {
        attempt: 2,
        outcome: 'failed',
        diagnostics: '',
        error: null,
      })
    ).status,
  ).toBe(401);
  expect((await post('/v1/nodes/heartbeat', cluster.env.clusterToken, { node: 1 })).status).toBe(400);
  expect((await post('/v1/nodes/heartbeat', cluster.env.clusterToken, 'x'.repeat(5_000_000))).status).toBe(413);
  expect((await cluster.job(jobId)).status).toBe('running');
});
