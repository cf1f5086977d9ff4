import { expect, test } from '@playwright/test';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { Api, type ContainerView, type JobView, until } from './support/api.ts';
import { fresh } from './support/console.ts';
import { pidOf, product } from './support/product.ts';

const COUNT = 6_000;
const BATCH = 50;

/** Reads a topic to its end as a read_committed consumer would see it, and closes. */
async function committedIds(topic: string, wanted: number): Promise<string[]> {
  const kafka = new Kafka({ brokers: [product().kafkaBrokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `check-${topic}-${performance.now()}`, readUncommitted: false });
  const ids: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      // By its digits: JSON.parse would round ids beyond 2^53.
      ids.push(/"id":(\d+)/.exec(message.value?.toString() ?? '')?.[1] ?? 'no id');
    },
  });
  try {
    await until(
      `${wanted} records in ${topic}`,
      async () => ids.length,
      (length) => length >= wanted,
      90_000,
    );
    // Whatever is doubled stands before these, which a read_committed reader gets only after all before them.
    const ends = await writeEnds(kafka, topic);
    await until(
      `the end of ${topic}`,
      async () => ids.filter((id) => id === END).length,
      (found) => found === ends,
      90_000,
    );
  } finally {
    await consumer.disconnect();
  }
  return ids.filter((id) => id !== END);
}

interface Total {
  readonly word: string;
  readonly n: string;
  readonly ids: string;
}

/** What GROUP BY word must have come to: ids are sent in batches, and their place in the batch is their word. */
function totalsOf(ids: readonly string[]): Total[] {
  const groups = new Map<string, { n: number; ids: bigint }>();
  for (const [at, id] of ids.entries()) {
    const word = `w${at % BATCH}`;
    const group = groups.get(word) ?? { n: 0, ids: 0n };
    groups.set(word, { n: group.n + 1, ids: group.ids + BigInt(id) });
  }
  const totals = [...groups].map(([word, group]) => ({ word, n: String(group.n), ids: String(group.ids) }));
  return totals.sort((a, b) => (a.word < b.word ? -1 : 1));
}

const END = '0';

/** A last record in every partition; gives how many there are. */
async function writeEnds(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = (topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId);
  await producer.send({ topic, messages: partitions.map((partition) => ({ partition, value: `{"id":${END}}` })) });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return partitions.length;
}

async function containers(api: Api, job: string): Promise<ContainerView[]> {
  const { items } = await api.call<{ items: ContainerView[] }>('GET', `/jobs/${job}/containers`);
  return items.filter(({ status }) => status === 'running');
}

/** Kills one living container with this role, then waits until the job runs again and has completed a new checkpoint. */
async function killAndRecover(api: Api, job: string, role: string): Promise<void> {
  const victim = (await containers(api, job)).find((container) => container.role === role && container.pid !== null);
  if (victim?.pid == null) throw new Error(`no running ${role}`);
  const before = await api.call<JobView>('GET', `/jobs/${job}`);
  process.kill(victim.pid, 'SIGKILL');
  await until(
    `recovery from a killed ${role}`,
    () => api.call<JobView>('GET', `/jobs/${job}`),
    (view) => view.status === 'running' && (view.lastCheckpoint?.id ?? 0) > (before.lastCheckpoint?.id ?? 0) + 1,
    90_000,
  );
}

test('kill -9 of a worker and of the master: no record is lost or doubled, in Kafka and in PostgreSQL; kill -9 of scheduler and agent leaves the containers alone', async () => {
  test.setTimeout(300_000);
  const [job, numbers, copies] = [fresh('survivor'), fresh('numbers'), fresh('copied')];
  const [kept, totals] = [fresh('kept').replace('-', '_'), fresh('totals').replace('-', '_')];
  const api = await Api.signIn();
  const kafka = new Kafka({ brokers: [product().kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: numbers, numPartitions: 2 }], waitForLeaders: true });
  await admin.disconnect();

  const source = `CREATE TABLE numbers (id BIGINT, word STRING) WITH ('connector' = 'kafka', 'topic' = '${numbers}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');`;
  const sql = `${source}
CREATE TABLE copied (id BIGINT, word STRING) WITH ('connector' = 'kafka', 'topic' = '${copies}', 'format' = 'json');
CREATE TABLE kept (id BIGINT, word STRING) WITH ('connector' = 'jdbc', 'connection' = 'warehouse', 'table-name' = '${kept}', 'sink.create-table' = 'true');
CREATE TABLE totals (word STRING, n BIGINT, ids BIGINT, PRIMARY KEY (word) NOT ENFORCED) WITH ('connector' = 'jdbc', 'connection' = 'warehouse', 'table-name' = '${totals}', 'sink.create-table' = 'true');
INSERT INTO totals SELECT word, COUNT(*), SUM(id) FROM numbers GROUP BY word;
INSERT INTO copied SELECT id, UPPER(word) FROM numbers WHERE id >= 0;
INSERT INTO kept SELECT id, word FROM numbers;`;
  const settings = {
    parallelism: 2,
    guarantee: 'exactly-once',
    queue: 'root.production',
    checkpoint: { intervalMs: 1_000 },
  };
  const { id } = await api.call<{ id: string }>('POST', '/jobs', { name: job, sql, settings });
  await api.call('POST', `/jobs/${id}/start`, {});
  await until(
    'the first checkpoint',
    () => api.call<JobView>('GET', `/jobs/${id}`),
    (view) => view.status === 'running' && view.lastCheckpoint !== null,
    90_000,
  );

  // A steady stream of ids beyond 2^53 all the while, so that digits count too.
  const base = 9_007_199_254_740_993n;
  const producer = kafka.producer();
  await producer.connect();
  const expected: string[] = [];
  const feeding = (async () => {
    for (let at = 0; at < COUNT; at += BATCH) {
      const ids = Array.from({ length: BATCH }, (_, offset) => (base + BigInt(at + offset)).toString());
      await producer.send({
        topic: numbers,
        messages: ids.map((id, offset) => ({ partition: offset % 2, value: `{"id":${id},"word":"w${offset}"}` })),
      });
      expected.push(...ids);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();

  await killAndRecover(api, id, 'worker');
  await killAndRecover(api, id, 'master');

  const before = (await containers(api, id)).map(({ id }) => id).sort();
  for (const part of ['scheduler', 'agent']) {
    const pid = pidOf(part);
    process.kill(pid, 'SIGKILL');
    await until(
      `${part} is started again`,
      async () => pidOf(part),
      (now) => now !== pid,
      60_000,
    );
  }
  const checkpoint = (await api.call<JobView>('GET', `/jobs/${id}`)).lastCheckpoint?.id ?? 0;
  await until(
    'the job goes on after its scheduler and agent died',
    () => api.call<JobView>('GET', `/jobs/${id}`),
    (view) => (view.lastCheckpoint?.id ?? 0) > checkpoint + 2,
    60_000,
  );
  expect((await containers(api, id)).map(({ id }) => id).sort()).toEqual(before);

  await feeding;
  await producer.disconnect();

  const copied = await committedIds(copies, COUNT);
  expect(copied.length).toBe(new Set(copied).size);
  expect([...copied].sort()).toEqual([...expected].sort());

  const warehouse = new pg.Client({ connectionString: product().databaseUrl.replace(/\/millrace$/, '/warehouse') });
  await warehouse.connect();
  try {
    const rows = await until(
      'all rows in PostgreSQL',
      async () =>
        (await warehouse.query<{ id: string }>(`select id::text as id from ${kept}`)).rows.map(({ id }) => id),
      (ids) => ids.length >= COUNT,
      60_000,
    );
    expect(rows.length).toBe(new Set(rows).size);
    expect([...rows].sort()).toEqual([...expected].sort());
    const sums = await until(
      'the last totals in PostgreSQL',
      async () => (await warehouse.query<Total>(`select word, n::text, ids::text from ${totals} order by word`)).rows,
      (found) => found.reduce((sum, { n }) => sum + Number(n), 0) >= COUNT,
      60_000,
    );
    expect(sums).toEqual(totalsOf(expected));
  } finally {
    await warehouse.end();
  }
  await api.call('POST', `/jobs/${id}/cancel`, {});
});
