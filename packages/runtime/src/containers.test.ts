import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Broker, startBroker } from '@millrace/broker';
import type { JobId, JobSpec, QueueName } from '@millrace/model';
import type { PreviewMessage } from '@millrace/protocol';
import { compile } from '@millrace/sql';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { containerConfig } from './testing/container-config.ts';
import { ContainerProcesses } from './testing/container-processes.ts';
import { TestScheduler } from './testing/scheduler.ts';

/** Master, workers and preview as real processes, on the in-repo broker. Only the scheduler is the test's. */
/** Generous: a loaded machine starts a process from source in ten seconds. */
const SLOW = { timeout: 90_000, interval: 100 };
const PARTITIONS = 4;
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 24);

let folder: string;
let broker: Broker;
let kafka: Kafka;
let scheduler: TestScheduler | undefined;
let containers: ContainerProcesses;
let topics = { input: '', output: '' };
let round = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-containers-'));
  broker = await startBroker({ dataDir: join(folder, 'broker'), port: 0 });
  kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.ERROR, clientId: 'test' });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  round++;
  topics = { input: `orders-${round}`, output: `result-${round}` };
  mkdirSync(join(folder, `containers-${round}`));
  mkdirSync(join(folder, 'files'), { recursive: true });
  containers = new ContainerProcesses(
    join(folder, `containers-${round}`),
    (container, code) => scheduler?.containerEnded(container, `ended with ${code}`),
    settings(),
  );
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: Object.values(topics).map((topic) => ({ topic, numPartitions: PARTITIONS })) });
  await admin.disconnect();
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(containers.logs());
  await containers.killAll();
  await scheduler?.close();
  scheduler = undefined;
});

/** What an administrator set for connectors. */
function settings(): Record<string, string> {
  return { MILLRACE_CONNECTOR_ALLOW: `127.0.0.1:${broker.port}`, MILLRACE_FILES_ROOT: join(folder, 'files') };
}

function tables(): string {
  const common = `'connector' = 'kafka', 'properties.bootstrap.servers' = '127.0.0.1:${broker.port}', 'format' = 'json'`;
  return `
    CREATE TABLE orders (id BIGINT, city STRING, amount DECIMAL(10, 2), at TIMESTAMP_LTZ(3),
      WATERMARK FOR at AS at - INTERVAL '1' SECOND)
    WITH (${common}, 'topic' = '${topics.input}', 'scan.startup.mode' = 'earliest-offset');
    CREATE TABLE big (id BIGINT, amount DECIMAL(10, 2)) WITH (${common}, 'topic' = '${topics.output}');
    CREATE TABLE per_minute (city STRING, minute_start TIMESTAMP_LTZ(3), orders BIGINT, total DECIMAL(38, 2))
      WITH (${common}, 'topic' = '${topics.output}');`;
}

const FILTER = 'INSERT INTO big SELECT id, amount FROM orders WHERE amount >= 10;';
const PER_MINUTE = `INSERT INTO per_minute
  SELECT city, window_start, COUNT(*), SUM(amount)
  FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE))
  GROUP BY city, window_start, window_end;`;

function planned(statement: string, which: 'plan' | 'preview' = 'plan'): unknown {
  const { [which]: plan, diagnostics } = compile(tables() + statement);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return JSON.parse(JSON.stringify(plan));
}

function spec(statement: string): JobSpec {
  const size = { vcores: 1, memoryMb: 256 };
  return {
    id: `job-${round}` as JobId,
    name: `job-${round}`,
    version: 1,
    plan: planned(statement),
    settings: {
      engine: 'dataflow',
      guarantee: 'exactly-once',
      parallelism: 2,
      queue: 'root' as QueueName,
      containers: { master: size, worker: size },
      checkpoint: { intervalMs: 500, timeoutMs: 20_000, retainedCount: 2 },
      restart: { attemptsMax: 10, delayMs: 100 },
    },
  };
}

async function startScheduler(statement: string): Promise<TestScheduler> {
  const checkpointDir = join(folder, `checkpoints-${round}`);
  const started: TestScheduler = await TestScheduler.start({
    application: 'app-1',
    token: 't'.repeat(40),
    spec: spec(statement),
    launch: (container, masterAddress) => {
      const { attempt, url: schedulerUrl } = started;
      containers.start(containerConfig('worker', { container, masterAddress, attempt, schedulerUrl, checkpointDir }));
    },
  });
  scheduler = started;
  return started;
}

function startMaster({ attempt, url: schedulerUrl }: TestScheduler): string {
  const config = containerConfig('master', {
    attempt,
    schedulerUrl,
    checkpointDir: join(folder, `checkpoints-${round}`),
  });
  containers.start(config);
  return config.container;
}

interface Order {
  readonly id: number;
  readonly city: string;
  readonly amount: string;
  readonly at: number;
}

function orders(from: number, to: number): Order[] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    const at = START + Math.floor(id / 100) * (MINUTE / 10);
    return { id, city: ['Hangzhou', 'Shanghai', 'Xi’an'][id % 3] ?? '', amount: `${id % 20}.50`, at };
  });
}

async function produce(list: readonly Order[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  const messages = list.map((order) => ({
    partition: order.id % PARTITIONS,
    value: `{"id":${order.id},"city":"${order.city}","amount":${order.amount},"at":"${new Date(order.at).toISOString().replace('T', ' ')}"}`,
  }));
  for (let at = 0; at < messages.length; at += 500) {
    await producer.send({ topic: topics.input, messages: messages.slice(at, at + 500) });
  }
  await producer.disconnect();
}

/** Follows the committed records of the output. */
async function follow(): Promise<{ values: unknown[]; stop: () => Promise<void> }> {
  const consumer = kafka.consumer({ groupId: `check-${round}`, readUncommitted: false });
  const values: unknown[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: topics.output, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(JSON.parse(String(message.value))) });
  return { values, stop: () => consumer.disconnect() };
}

const ids = (values: readonly unknown[]): number[] => values.map((value) => Number((value as { id: number }).id));
const wantedIds = (count: number): number[] =>
  orders(0, count)
    .filter(({ amount }) => Number(amount) >= 10)
    .map(({ id }) => id);
const sorted = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);

it('kill -9 of a worker, then of the master: every record is in the output exactly once', {
  timeout: 180_000,
}, async () => {
  const cluster = await startScheduler(FILTER);
  const output = await follow();
  const first = startMaster(cluster);
  await produce(orders(0, 4_000));
  await expect.poll(() => cluster.checkpoints.size, SLOW).toBeGreaterThan(0);
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThan(0);

  containers.kill(cluster.launched[0] ?? '');
  await produce(orders(4_000, 6_000));
  await expect.poll(() => cluster.launched.length, SLOW).toBe(3);
  await expect.poll(() => new Set(ids(output.values)).size, SLOW).toBe(wantedIds(6_000).length);

  const workers = cluster.launched.slice(1);
  containers.kill(first);
  for (const worker of workers) expect(await containers.ended(worker)).toBe(75);
  expect(containers.exitRecord(workers[0] ?? '')).toMatchObject({
    code: 75,
    reason: expect.stringContaining('vanished'),
  });
  cluster.nextAttempt();
  const second = startMaster(cluster);
  await produce(orders(6_000, 8_000));
  await expect.poll(() => new Set(ids(output.values)).size, SLOW).toBe(wantedIds(8_000).length);

  cluster.desired = 'canceled';
  expect(await containers.ended(second), containers.log(second)).toBe(0);
  expect((await cluster.finished).outcome).toBe('canceled');
  await output.stop();
  expect(sorted(ids(output.values))).toEqual(wantedIds(8_000));
});

/** Orders that come; of every three one then moves to another city and price, of every five one is taken back. */
function captured(from: number, to: number): { readonly partition: number; readonly value: string }[] {
  return orders(from, to).flatMap(({ id, city, amount }) => {
    const [was, is] = [{ id, city, amount }, id % 3 === 0 ? { id, city: 'Hefei', amount: '1.25' } : undefined];
    const told = (op: string, before: unknown, after: unknown) => {
      return { partition: id % PARTITIONS, value: JSON.stringify({ before, after, op, ts_ms: START }) };
    };
    const updated = is === undefined ? [] : [told('u', was, is)];
    return [told('c', null, was), ...updated, ...(id % 5 === 0 ? [told('d', is ?? was, null)] : [])];
  });
}

function totalsOf(count: number): string[] {
  const totals = new Map<string, { orders: number; cents: number }>();
  for (const { id, city, amount } of orders(0, count)) {
    if (id % 5 === 0) continue;
    const [place, price] = id % 3 === 0 ? ['Hefei', '1.25'] : [city, amount];
    const total = totals.get(place) ?? { orders: 0, cents: 0 };
    totals.set(place, { orders: total.orders + 1, cents: total.cents + Math.round(Number(price) * 100) });
  }
  return [...totals].map(([city, { orders: of, cents }]) => `${city} ${of} ${(cents / 100).toFixed(2)}`).sort();
}

interface Told {
  readonly before: { readonly city: string; readonly orders: number; readonly total: number } | null;
  readonly after: Told['before'];
}

/** What is left when every row that was taken back is taken off; one that came twice, or was taken back twice, stands out. */
function netOf(values: readonly unknown[]): string[] {
  const counts = new Map<string, number>();
  for (const { before, after } of values as readonly Told[]) {
    const row = after ?? before;
    const line = `${row?.city} ${row?.orders} ${row?.total.toFixed(2)}`;
    counts.set(line, (counts.get(line) ?? 0) + (after === null ? -1 : 1));
  }
  return [...counts]
    .flatMap(([line, count]) => (count === 0 ? [] : [count === 1 ? line : `${count} of ${line}`]))
    .sort();
}

it('changes of a database to changes of totals, a worker killed with -9: every change is told exactly once', {
  timeout: 180_000,
}, async () => {
  const common = `'connector' = 'kafka', 'properties.bootstrap.servers' = '127.0.0.1:${broker.port}', 'format' = 'debezium-json'`;
  const cluster = await startScheduler(`
    CREATE TABLE changes (id BIGINT, city STRING, amount DECIMAL(10, 2))
      WITH (${common}, 'topic' = '${topics.input}', 'scan.startup.mode' = 'earliest-offset');
    CREATE TABLE totals (city STRING, orders BIGINT, total DECIMAL(38, 2))
      WITH (${common}, 'topic' = '${topics.output}', 'key.format' = 'raw', 'key.fields' = 'city');
    INSERT INTO totals SELECT city, COUNT(*), SUM(amount) FROM changes GROUP BY city;`);
  const output = await follow();
  const producer = kafka.producer();
  await producer.connect();
  const produced = async (from: number, to: number) =>
    void (await producer.send({ topic: topics.input, messages: captured(from, to) }));
  const master = startMaster(cluster);
  await produced(0, 1_000);
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThan(0);
  containers.kill(cluster.launched[0] ?? '');
  await produced(1_000, 2_000);
  await expect.poll(() => cluster.launched.length, SLOW).toBe(3);
  await produced(2_000, 3_000);
  await expect.poll(() => netOf(output.values), SLOW).toEqual(totalsOf(3_000));

  cluster.desired = 'canceled';
  expect(await containers.ended(master), containers.log(master)).toBe(0);
  await cluster.finished;
  await Promise.all([output.stop(), producer.disconnect()]);
  expect(netOf(output.values)).toEqual(totalsOf(3_000));
});

it.each([
  { name: 'files', partition: '', partitionedBy: '' },
  { name: 'partitions', partition: 'day=2026-01-01', partitionedBy: 'PARTITIONED BY (city)' },
])(
  '$name to $name, a worker and the master killed with -9: every line is in the output exactly once',
  {
    timeout: 180_000,
  },
  async ({ name: place, partition, partitionedBy }) => {
    const root = join(folder, 'files', place);
    const lines = (from: number, to: number) =>
      orders(from, to)
        .map(({ id, city, amount }) => `${id},"${city}",${amount}\n`)
        .join('');
    const put = (name: string, text: string) => {
      const into = join(root, 'in', partition);
      writeFileSync(join(into, `_${name}`), text);
      renameSync(join(into, `_${name}`), join(into, name));
    };
    const written = (): number[] =>
      readdirSync(join(root, 'out'), { recursive: true })
        .map(String)
        .filter((name) => /^(city=[^/]*\/)?part-[^/]*$/.test(name))
        .flatMap((name) =>
          readFileSync(join(root, 'out', name), 'utf8')
            .split('\n')
            .filter(Boolean),
        )
        .map((line) => (JSON.parse(line) as { id: number }).id);
    mkdirSync(join(root, 'in', partition), { recursive: true });
    mkdirSync(join(root, 'out'));
    for (const file of [0, 1, 2, 3]) put(`${file}.csv`, lines(file * 20_000, file * 20_000 + 20_000));
    const cluster = await startScheduler(`
    CREATE TABLE lines (id BIGINT, city STRING, amount DECIMAL(10, 2)${partition === '' ? '' : ', day DATE'})
      ${partition === '' ? '' : 'PARTITIONED BY (day)'}
      WITH ('connector' = 'filesystem', 'path' = '${place}/in', 'format' = 'csv', 'source.monitor-interval' = '200 ms');
    CREATE TABLE kept (id BIGINT, city STRING, amount DECIMAL(10, 2)) ${partitionedBy}
      WITH ('connector' = 'filesystem', 'path' = '${place}/out', 'format' = 'json', 'sink.rolling-policy.file-size' = '64kb');
    INSERT INTO kept SELECT id, city, amount FROM lines WHERE amount >= 10;`);
    const first = startMaster(cluster);
    await expect.poll(() => written().length, SLOW).toBeGreaterThan(0);
    containers.kill(cluster.launched[0] ?? '');
    put('4.csv', lines(80_000, 90_000));
    await expect.poll(() => written().length, SLOW).toBeGreaterThanOrEqual(wantedIds(90_000).length);
    containers.kill(first);
    for (const worker of cluster.launched.slice(1)) await containers.ended(worker);
    cluster.nextAttempt();
    const second = startMaster(cluster);
    put('5.csv', lines(90_000, 100_000));
    await expect.poll(() => written().length, SLOW).toBeGreaterThanOrEqual(wantedIds(100_000).length);
    cluster.desired = 'canceled';
    expect(await containers.ended(second), containers.log(second)).toBe(0);
    expect(sorted(written())).toEqual(wantedIds(100_000));
  },
);

it('one-minute windows with two workers, stopped with a savepoint and resumed: every window once, and right', {
  timeout: 180_000,
}, async () => {
  const cluster = await startScheduler(PER_MINUTE);
  const output = await follow();
  const first = startMaster(cluster);
  await produce(orders(0, 3_000));
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThan(0);
  cluster.desired = 'suspended';
  expect(await containers.ended(first), containers.log(first)).toBe(0);
  expect([...cluster.checkpoints.values()].at(-1)?.kind).toBe('savepoint');

  cluster.desired = 'running';
  cluster.nextAttempt();
  const second = startMaster(cluster);
  await produce(orders(3_000, 6_000));
  // The last order closes every minute before its own, when each partition has come so far.
  const expected = windows(orders(0, 6_000));
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThanOrEqual(expected.length);
  cluster.desired = 'canceled';
  expect(await containers.ended(second), containers.log(second)).toBe(0);
  await output.stop();
  expect(output.values.map((row) => JSON.stringify(row)).sort()).toEqual(
    expected.map((row) => JSON.stringify(row)).sort(),
  );

  const { metrics, graph } = cluster.heartbeats.findLast(({ report }) => report !== null)?.report ?? {
    metrics: {},
    graph: { vertices: [] },
  };
  expect(graph.vertices.every(({ subtasks }) => subtasks.length === 2)).toBe(true);
  expect(metrics).toHaveProperty('records_in_total');
});

it('a pattern by processing time, a worker killed with -9 while attempts are open: the clock alone ends each, once', {
  timeout: 180_000,
}, async () => {
  const cluster = await startScheduler(`INSERT INTO big SELECT id, amount FROM orders MATCH_RECOGNIZE (
    PARTITION BY id ORDER BY PROCTIME() MEASURES A.amount AS amount
    PATTERN (A B*) WITHIN INTERVAL '8' SECOND DEFINE B AS B.amount > A.amount);`);
  const output = await follow();
  const master = startMaster(cluster);
  await expect.poll(() => cluster.checkpoints.size, SLOW).toBeGreaterThan(0);
  await produce(orders(0, 300));
  const newest = () => Math.max(...cluster.checkpoints.keys());
  const before = newest();
  await expect.poll(newest, SLOW).toBeGreaterThan(before + 2);
  containers.kill(cluster.launched[0] ?? '');
  // No row comes any more.
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThanOrEqual(300);
  cluster.desired = 'canceled';
  expect(await containers.ended(master), containers.log(master)).toBe(0);
  await output.stop();
  expect(cluster.launched.length).toBeGreaterThan(2);
  expect(sorted(ids(output.values))).toEqual(orders(0, 300).map(({ id }) => id));
});

it('scalar, table and aggregate functions in JavaScript, a worker killed with -9: every window once, and right', {
  timeout: 180_000,
}, async () => {
  const cluster = await startScheduler(`
    CREATE FUNCTION parts(city STRING) RETURNS TABLE(part STRING) LANGUAGE JAVASCRIPT AS $$
      yield [city];
      yield { part: 'all' };
    $$;
    CREATE FUNCTION cents(amount DECIMAL(10, 2)) RETURNS BIGINT LANGUAGE JAVASCRIPT AS $$
      return BigInt(amount.replace('.', ''));
    $$;
    CREATE AGGREGATE FUNCTION total(cents BIGINT) RETURNS DECIMAL(38, 2) LANGUAGE JAVASCRIPT AS $$
      export function createAccumulator() { return { cents: 0n }; }
      export function accumulate(held, cents) { held.cents += cents; }
      export function getValue({ cents }) { return cents / 100n + '.' + String(cents % 100n).padStart(2, '0'); }
    $$;
    CREATE VIEW split AS SELECT part AS city, cents(amount) AS cents, at FROM orders, LATERAL TABLE(parts(city));
    INSERT INTO per_minute SELECT city, window_start, COUNT(*), total(cents)
    FROM TABLE(TUMBLE(TABLE split, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY city, window_start, window_end;`);
  const output = await follow();
  const master = startMaster(cluster);
  await produce(orders(0, 3_000));
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThan(0);
  containers.kill(cluster.launched[0] ?? '');
  await produce(orders(3_000, 6_000));
  const expected = windows(orders(0, 6_000).flatMap((order) => [order, { ...order, city: 'all' }]));
  await expect.poll(() => output.values.length, SLOW).toBeGreaterThanOrEqual(expected.length);
  cluster.desired = 'canceled';
  expect(await containers.ended(master), containers.log(master)).toBe(0);
  await output.stop();
  expect(cluster.launched.length).toBeGreaterThan(2);
  expect(output.values.map((row) => JSON.stringify(row)).sort()).toEqual(
    expected.map((row) => JSON.stringify(row)).sort(),
  );
});

it('a preview shows rows of a topic and commits nothing', { timeout: 120_000 }, async () => {
  await produce(orders(0, 50));
  const program = fileURLToPath(new URL('bin/preview.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, ...settings() },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const request = {
    plan: planned('SELECT city, amount, at FROM orders WHERE id < 5;', 'preview'),
    maxRows: 5,
    maxMs: 20_000,
  };
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const messages: PreviewMessage[] = [];
  for await (const line of createInterface({ input: child.stdout })) messages.push(JSON.parse(line));
  expect(await ended).toBe(0);
  expect(messages[0]).toMatchObject({
    kind: 'schema',
    columns: [{ name: 'city' }, { name: 'amount', type: 'DECIMAL(10, 2)' }, { name: 'at' }],
  });
  const rows = messages.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
  expect(rows.toSorted()).toContainEqual(['Hangzhou', '0.50', '2026-11-24 00:00:00.000']);
  expect(messages.at(-1)).toMatchObject({ kind: 'end', reason: 'rows' });
  const admin = kafka.admin();
  await admin.connect();
  expect((await admin.listGroups()).groups.filter(({ groupId }) => groupId.includes('preview'))).toEqual([]);
  await admin.disconnect();
});

it('a preview ends when nobody listens to it any more', { timeout: 120_000 }, async () => {
  const program = fileURLToPath(new URL('bin/preview.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, ...settings() },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.write(
    `${JSON.stringify({ plan: planned('SELECT city FROM orders;', 'preview'), maxRows: 5, maxMs: 60_000 })}\n`,
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdin.end();
  expect(await ended).toBe(0);
});

/** The reference: windows that end before the watermark of the slowest partition. */
function windows(list: readonly Order[]): unknown[] {
  const newest = Array.from({ length: PARTITIONS }, (_, partition) =>
    Math.max(...list.filter(({ id }) => id % PARTITIONS === partition).map(({ at }) => at)),
  );
  const watermark = Math.min(...newest) - 1_000;
  const groups = new Map<string, { city: string; start: number; orders: number; cents: number }>();
  for (const { city, at, amount } of list) {
    const start = Math.floor(at / MINUTE) * MINUTE;
    if (start + MINUTE - 1 > watermark) continue;
    const group = groups.get(`${city} ${start}`) ?? { city, start, orders: 0, cents: 0 };
    group.orders++;
    group.cents += Math.round(Number(amount) * 100);
    groups.set(`${city} ${start}`, group);
  }
  return Array.from(groups.values(), ({ city, start, orders: count, cents }) => ({
    city,
    minute_start: new Date(start).toISOString().replace('T', ' '),
    orders: count,
    total: cents / 100,
  }));
}
