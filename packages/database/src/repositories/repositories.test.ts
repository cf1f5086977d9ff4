import type { CompletedCheckpoint, JobSettings, QueueConfig, QueueName } from '@millrace/model';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../client.ts';
import * as repositories from '../index.ts';
import { migrate } from '../migrations.ts';

let postgres: TestPostgres;
let database: Database;
const actor = { name: 'ada', ip: '127.0.0.1' };
let ownerId: string;

const queue = (name: string, parent: string | undefined, vcores: number): QueueConfig => ({
  name: name as QueueName,
  parent: parent as QueueName | undefined,
  policy: 'fifo',
  guaranteed: { vcores: 1, memoryMb: 1024 },
  maximum: { vcores, memoryMb: vcores * 1024 },
  state: 'running',
  maxApplications: 10,
});

const settings: JobSettings = {
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 2,
  queue: 'root.demo' as QueueName,
  containers: { master: { vcores: 0.5, memoryMb: 256 }, worker: { vcores: 1, memoryMb: 512 } },
  checkpoint: { intervalMs: 1000, timeoutMs: 60_000, retainedCount: 3 },
  restart: { attemptsMax: 3, delayMs: 100 },
};

const program = { sqlText: 'INSERT INTO a SELECT * FROM b', settings, plan: { nodes: [] } };

beforeAll(async () => {
  postgres = await startPostgres();
  const [first, second] = await Promise.all([migrate(postgres.url), migrate(postgres.url)]);
  expect(first.length + second.length).toBeGreaterThan(0);
  expect(Math.min(first.length, second.length)).toBe(0);
  database = openDatabase(postgres.url);
  await database.transaction(async (tx) => {
    ownerId = (
      await repositories.createUser(
        tx,
        { username: 'ada', displayName: 'Ada', role: 'admin', passwordHash: 'x' },
        actor,
      )
    ).id;
    await repositories.createQueue(tx, queue('root', undefined, 8), actor);
    await repositories.createQueue(tx, queue('root.demo', 'root', 4), actor);
  });
});

afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

const create = (name: string) =>
  database.transaction((tx) => repositories.createJob(tx, { ...program, name, ownerId }, actor));

const checkpoint = (id: number, attempt: number, completedAt: number): CompletedCheckpoint =>
  ({
    id,
    job: 'j',
    kind: 'checkpoint',
    attempt,
    parallelism: 2,
    maxParallelism: 128,
    triggeredAt: completedAt - 50,
    completedAt,
    subtasks: [],
    sizeBytes: 10,
    writtenBytes: 7,
    location: `chk-${id}`,
  }) as unknown as CompletedCheckpoint;

async function run(jobId: string, attempt = 1): Promise<string> {
  const row = await database.client.application.create({
    data: { jobId, version: 1, queueName: 'root.demo', attempt, phase: 'running' },
  });
  return row.id;
}

test('a start writes wish, event, audit and wake-up together, or nothing at all', async () => {
  const jobId = await create('start');
  const generation = await database.transaction((tx) =>
    repositories.setDesiredState(tx, { jobId, desired: 'running' }, actor),
  );
  expect(generation).toBe(1);
  const outbox = await database.transaction((tx) => repositories.takeOutbox(tx, 10));
  expect(outbox.map((row) => row.message)).toContainEqual({ jobId, reason: 'job-changed' });
  expect((await repositories.listEvents(database.client, jobId, { limit: 10 }))[0]?.message).toContain('started');

  await expect(
    database.transaction((tx) => repositories.setDesiredState(tx, { jobId, desired: 'running' }, actor)),
  ).rejects.toMatchObject({ code: 'job.move-refused' });
  await expect(
    database.transaction((tx) => repositories.setDesiredState(tx, { jobId, desired: 'suspended' }, actor)),
  ).rejects.toMatchObject({ code: 'job.move-refused' });
  expect(await repositories.listAudit(database.client, { resource: `job/${jobId}`, limit: 10 })).toHaveLength(2);
  expect(await database.transaction((tx) => repositories.takeOutbox(tx, 10))).toHaveLength(0);
});

test('two people who save the same version: the second is told, nothing is overwritten', async () => {
  const jobId = await create('versions');
  const save = (sqlText: string) =>
    database.transaction((tx) => repositories.addVersion(tx, { ...program, sqlText, jobId, basedOn: 1 }, actor));
  const results = await Promise.allSettled([save('A'), save('B')]);
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  expect(results.find((result) => result.status === 'rejected')).toMatchObject({
    reason: { code: 'job.changed-meanwhile' },
  });
  expect(await repositories.listVersions(database.client, jobId)).toHaveLength(2);
});

test('a checkpoint of an older attempt never counts, a repeated one counts once', async () => {
  const jobId = await create('fence');
  const applicationId = await run(jobId, 2);
  const store = (attempt: number, id: number) =>
    repositories.storeCheckpoint(database.client, { applicationId, attempt }, checkpoint(id, attempt, 1_000 * id));
  expect(await store(1, 1)).toBe('fenced');
  expect(await store(2, 1)).toBe('stored');
  expect(await repositories.findCheckpoint(database.client, jobId, 1)).toMatchObject({
    sizeBytes: 10,
    writtenBytes: 7,
  });
  expect(await store(2, 1)).toBe('already-stored');
  expect(await store(2, 7)).toBe('stored');
  expect(await store(2, 3)).toBe('stored');
  expect((await database.client.job.findUniqueOrThrow({ where: { id: jobId } })).lastCheckpointId).toBe(7);
  expect((await repositories.newestCheckpoint(database.client, jobId))?.id).toBe(7);
  expect(await repositories.discardCheckpoint(database.client, { applicationId, attempt: 1 }, 7)).toBe(false);
  expect(await repositories.discardCheckpoint(database.client, { applicationId, attempt: 2 }, 7)).toBe(true);
  expect((await repositories.newestCheckpoint(database.client, jobId))?.id).toBe(3);
});

test('a new attempt waits for a checkpoint under way, so it cannot miss it', async () => {
  const jobId = await create('race');
  const applicationId = await run(jobId, 1);
  let bumped: Promise<unknown> = Promise.resolve();
  let done = false;
  await database.transaction(async (tx) => {
    expect(await repositories.storeCheckpoint(tx, { applicationId, attempt: 1 }, checkpoint(1, 1, 1_000))).toBe(
      'stored',
    );
    bumped = database.client.application.update({ where: { id: applicationId }, data: { attempt: 2 } }).then(() => {
      done = true;
    });
    await tx.$queryRaw`select pg_sleep(0.1)::text`;
    expect(done).toBe(false);
  });
  await bumped;
  expect(
    await repositories.storeCheckpoint(database.client, { applicationId, attempt: 1 }, checkpoint(2, 1, 2_000)),
  ).toBe('fenced');
});

test('the list is filtered, sorted and paged by the database', async () => {
  const ids = [];
  for (const [name, lag] of [
    ['list-a', 5],
    ['list-b', 50],
    ['list-c%', 1],
  ] as const) {
    const jobId = await create(name);
    ids.push(jobId);
    const applicationId = await run(jobId);
    await database.client.application.update({
      where: { id: applicationId },
      data: { report: { metrics: { source_lag_records: lag } }, reportAt: new Date() },
    });
  }
  const page = (filter: Partial<repositories.JobFilter>) =>
    repositories.listJobs(database.client, {
      search: 'list-',
      sort: 'lag',
      direction: 'descending',
      page: 0,
      pageSize: 2,
      ...filter,
    });
  const first = await page({});
  expect(first.total).toBe(3);
  expect(first.jobs.map((job) => job.name)).toEqual(['list-b', 'list-a']);
  expect(first.jobs[0]).toMatchObject({
    owner: 'Ada',
    engine: 'dataflow',
    parallelism: 2,
    metrics: { source_lag_records: 50 },
    latestVersion: 1,
  });
  expect((await page({ page: 1 })).jobs.map((job) => job.name)).toEqual(['list-c%']);
  expect((await page({ search: '%' })).total).toBe(1);
  expect((await page({ queue: 'root' })).total).toBe(3);
  expect((await page({ queue: 'roo' })).total).toBe(0);
  expect((await page({ statuses: ['running'] })).total).toBe(0);
  for (const sort of repositories.JOB_SORTS) await page({ sort });
  const [jobId = ''] = ids;
  await database.transaction((tx) => repositories.deleteJob(tx, jobId, actor));
  expect((await page({})).total).toBe(2);
  expect(await repositories.getJob(database.client, jobId)).toBeUndefined();
  await create('list-a');
});

test('an edit of a queue that somebody else changed meanwhile applies nothing', async () => {
  const edit = (version: number, vcores: number) =>
    database.transaction((tx) =>
      repositories.updateQueue(tx, { queue: queue('root.demo', 'root', vcores), version }, actor),
    );
  await edit(1, 3);
  await expect(edit(1, 2)).rejects.toMatchObject({ code: 'queue.changed-meanwhile' });
  const rows = await repositories.listQueues(database.client);
  expect(rows.find((row) => row.name === 'root.demo')).toMatchObject({ version: 2, maximum: { vcores: 3 } });
});

test('queues show what is held and what is asked for, rolled up to the root', async () => {
  const jobId = await create('load');
  const applicationId = await run(jobId);
  await database.client.application.update({
    where: { id: applicationId },
    data: {
      asks: [
        { id: 'w1', resource: { vcores: 1, memoryMb: 512 } },
        { id: 'w2', resource: { vcores: 1, memoryMb: 512 } },
      ],
    },
  });
  await database.client.node.create({
    data: { id: 'n1', incarnation: 'a', vcores: 4, memoryMb: 4096, logUrl: 'http://127.0.0.1:1' },
  });
  await database.client.container.create({
    data: {
      applicationId,
      requestId: 'w1',
      attempt: 1,
      role: 'worker',
      nodeId: 'n1',
      queueName: 'root.demo',
      vcores: 1,
      memoryMb: 512,
      leaderEpoch: 1n,
    },
  });
  const rows = await repositories.listQueues(database.client);
  for (const name of ['root', 'root.demo'])
    expect(rows.find((row) => row.name === name)).toMatchObject({
      used: { vcores: 1, memoryMb: 512 },
      pending: { vcores: 1, memoryMb: 512 },
    });
  expect(await repositories.listNodes(database.client)).toMatchObject([
    { id: 'n1', containers: 1, allocated: { vcores: 1 } },
  ]);
  expect(await repositories.listContainers(database.client, { jobId, limit: 5 })).toMatchObject([{ requestId: 'w1' }]);
  expect(await repositories.overview(database.client)).toMatchObject({
    allocated: { vcores: 1 },
    capacity: { vcores: 4 },
  });
});

test('a rolled-up bucket averages gauges, keeps the last counter, and is made once', async () => {
  const jobId = await create('metrics');
  const start = Math.floor((Date.now() - 120_000) / 60_000) * 60_000;
  for (let second = 0; second < 60; second++)
    await database.client.metricPoint.create({
      data: {
        jobId,
        resolutionMs: 1000,
        at: new Date(start + second * 1000),
        values: { busy_ratio: second % 2, records_in_total: second },
      },
    });
  await repositories.rollUpMetrics(database.client);
  await repositories.rollUpMetrics(database.client);
  const points = await database.client.metricPoint.findMany({
    where: { jobId },
    orderBy: [{ resolutionMs: 'asc' }, { at: 'asc' }],
  });
  expect(points.filter((point) => point.resolutionMs === 10_000)).toHaveLength(6);
  expect(points.filter((point) => point.resolutionMs === 60_000).map((point) => point.values)).toEqual([
    { busy_ratio: 0.5, records_in_total: 59 },
  ]);
  const read = await repositories.metricPoints(database.client, jobId, {
    from: new Date(start),
    to: new Date(start + 60_000),
  });
  expect(read.bucketMs).toBe(1000);
  expect(read.points).toHaveLength(60);
  const day = await repositories.metricPoints(database.client, jobId, {
    from: new Date(start - 86_400_000),
    to: new Date(start + 120_000),
  });
  expect(day.points).toHaveLength(1);
});

test('the lease has one holder, its epoch rises, and a stale leader writes nothing', async () => {
  const take = (holder: string) => repositories.takeLeadership(database.client, 'scheduler', holder, 300);
  const leases = await Promise.all([take('a'), take('b')]);
  const first = leases.find((lease) => lease !== undefined);
  expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
  if (first === undefined) return;
  expect(await repositories.renewLeadership(database.client, first, 300)).toBe(true);
  let second: repositories.Lease | undefined;
  await expect
    .poll(async () => {
      second = await take('c');
      return second?.epoch;
    })
    .toBe(first.epoch + 1n);
  await expect(
    database.transaction(async (tx) => {
      await repositories.assertLeader(tx, first);
      await repositories.writeOutbox(tx, { reason: 'node-changed' });
    }),
  ).rejects.toMatchObject({ code: 'leader.stale' });
  expect(await repositories.renewLeadership(database.client, first, 300)).toBe(false);
});

test('the audit log cannot be rewritten', async () => {
  await expect(database.client.auditEntry.deleteMany({})).rejects.toThrow(/append only/);
  await expect(database.client.auditEntry.updateMany({ data: { actor: 'x' } })).rejects.toThrow(/append only/);
});

test('a session ends with its user', async () => {
  const user = await database.transaction((tx) =>
    repositories.createUser(tx, { username: 'bob', displayName: 'Bob', role: 'viewer', passwordHash: 'h' }, actor),
  );
  await repositories.createSession(database.client, {
    tokenHash: 't',
    userId: user.id,
    expiresAt: new Date(Date.now() + 60_000),
  });
  expect((await repositories.findSession(database.client, 't', 60_000))?.user.username).toBe('bob');
  await database.transaction((tx) => repositories.updateUser(tx, user.id, { disabled: true }, actor));
  expect(await repositories.findSession(database.client, 't', 60_000)).toBeUndefined();
});

test('a connection shows that it has a secret, never which; a copied box does not open', async () => {
  const key = new Uint8Array(32).fill(7);
  const save = (name: string) =>
    database.transaction((tx) =>
      repositories.saveConnection(
        tx,
        { name, connector: 'postgres', options: { url: 'postgres://x' }, secret: { password: 'geheim' } },
        key,
        actor,
      ),
    );
  await save('one');
  await save('two');
  expect(JSON.stringify(await repositories.listConnections(database.client))).not.toContain('geheim');
  expect(JSON.stringify(await repositories.listAudit(database.client, { limit: 50 }))).not.toContain('geheim');
  expect((await repositories.resolveConnection(database.client, 'one', key)).options).toEqual({
    url: 'postgres://x',
    password: 'geheim',
  });
  const one = await database.client.connection.findUniqueOrThrow({ where: { name: 'one' } });
  await database.client.connection.update({ where: { name: 'two' }, data: { secret: one.secret } });
  await expect(repositories.resolveConnection(database.client, 'two', key)).rejects.toMatchObject({
    code: 'connection.secret-unreadable',
  });
});

test('a listener hears a change at commit, and comes back after the server cut it off', async () => {
  const heard: (repositories.Change | undefined)[] = [];
  let connects = 0;
  const controller = new AbortController();
  const listening = repositories.listen({
    url: postgres.url,
    channel: repositories.CHANGES_CHANNEL,
    onMessage: (payload) => heard.push(repositories.parseChange(payload)),
    onConnected: () => connects++,
    signal: controller.signal,
  });
  await expect.poll(() => connects).toBe(1);
  await repositories.notifyChange(database.client, { what: 'job', job: 'j1' });
  await expect.poll(() => heard).toEqual([{ what: 'job', job: 'j1' }]);
  await database.client
    .$queryRaw`select pg_terminate_backend(pid)::text from pg_stat_activity where application_name like 'listen%'`;
  await expect.poll(() => connects).toBe(2);
  await repositories.notifyChange(database.client, { what: 'queue', queue: 'root' });
  await expect.poll(() => heard.at(-1)).toEqual({ what: 'queue', queue: 'root' });
  controller.abort();
  await listening;
});

test('a session that nobody used for the idle time is gone', async () => {
  await repositories.createSession(database.client, {
    tokenHash: 'idle',
    userId: ownerId,
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  await database.client.session.update({
    where: { tokenHash: 'idle' },
    data: { lastSeenAt: new Date(Date.now() - 31 * 60_000) },
  });
  expect(await repositories.findSession(database.client, 'idle', 30 * 60_000)).toBeUndefined();
  expect(await database.client.session.findUnique({ where: { tokenHash: 'idle' } })).toBeNull();
});

test('the figures of all jobs add up per moment, and the worst lag in time is kept', async () => {
  const before = new Date(Date.now() - 5_000);
  const first = await create('totals-1');
  const second = await create('totals-2');
  await repositories.recordMetrics(database.client, first, { records_in_per_second: 100, source_lag_ms: 20 });
  await repositories.recordMetrics(database.client, second, { records_in_per_second: 50, source_lag_ms: 900 });
  const { points } = await repositories.totalMetricPoints(database.client, { from: before, to: new Date() });
  const sum = points.reduce((total, point) => total + (point.values.records_in_per_second ?? 0), 0);
  expect(sum).toBe(150);
  expect(Math.max(...points.map((point) => point.values.source_lag_ms ?? 0))).toBe(900);
});

test('a renamed job keeps its id and gives its name free; a taken name is refused', async () => {
  const id = await create('before');
  const other = await create('other');
  await database.transaction((tx) => repositories.renameJob(tx, id, 'after', actor));
  expect((await repositories.getJob(database.client, id))?.name).toBe('after');
  await expect(database.transaction((tx) => repositories.renameJob(tx, other, 'after', actor))).rejects.toMatchObject({
    code: 'job.name-taken',
  });
  const [newest] = await repositories.listRecentEvents(database.client, 1);
  expect(newest).toMatchObject({ jobName: 'after', message: 'ada renamed the job from before' });
});
