import { expect, test } from '@playwright/test';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { Api, type ContainerView, type JobView, until } from './support/api.ts';
import { fresh } from './support/console.ts';
import { product } from './support/product.ts';

const COUNT = 3_000;
const BATCH = 50;
/** So many words that batches and words do not come out even. */
const WORDS = 137;
const FIRST_BEYOND = 9_007_199_254_740_993n;

async function killAndRecover(api: Api, job: string, role: string): Promise<void> {
  const { items } = await api.call<{ items: ContainerView[] }>('GET', `/jobs/${job}/containers`);
  const victim = items.find((each) => each.status === 'running' && each.role === role && each.pid !== null);
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

test('a topic of rows by key is a table, also for rows that are looked up in one that changes, whatever is killed', async () => {
  test.setTimeout(300_000);
  const [numbers, totals] = [fresh('numbers'), fresh('totals')];
  const tag = fresh('t').replaceAll('-', '_');
  const api = await Api.signIn();
  const kafka = new Kafka({ brokers: [product().kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = [numbers, totals].map((topic) => ({ topic, numPartitions: 3 }));
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
  const warehouse = new pg.Client({ connectionString: product().databaseUrl.replace(/\/millrace$/, '/warehouse') });
  await warehouse.connect();
  await warehouse.query(`CREATE TABLE labels_${tag} (word text PRIMARY KEY, label text)`);
  await warehouse.query(`INSERT INTO labels_${tag} SELECT 'w' || n, 'L0' FROM generate_series(0, ${WORDS - 8}) n`);
  await warehouse.query(`GRANT SELECT ON labels_${tag} TO PUBLIC`);

  const table = (name: string, more = '') =>
    `WITH ('connector' = 'jdbc', 'connection' = 'warehouse', 'table-name' = '${name}_${tag}'${more})`;
  const written = (name: string) => table(name, ", 'sink.create-table' = 'true'");
  const byKey = `CREATE TABLE totals (word STRING, n BIGINT, ids BIGINT, PRIMARY KEY (word) NOT ENFORCED)
    WITH ('connector' = 'upsert-kafka', 'topic' = '${totals}', 'key.format' = 'json', 'value.format' = 'json');`;
  const counting = `${byKey}
    CREATE TABLE numbers (id BIGINT, word STRING) WITH ('connector' = 'kafka', 'topic' = '${numbers}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
    INSERT INTO totals SELECT word, COUNT(*), SUM(id) FROM numbers GROUP BY word;`;
  const reading = `${byKey}
    CREATE TABLE labels (word STRING, label STRING) ${table('labels')};
    CREATE TABLE copied (word STRING, n BIGINT, ids BIGINT, PRIMARY KEY (word) NOT ENFORCED) ${written('copied')};
    CREATE TABLE per_n (n BIGINT, words BIGINT, PRIMARY KEY (n) NOT ENFORCED) ${written('per_n')};
    CREATE TABLE per_label (label STRING, words BIGINT, n BIGINT, PRIMARY KEY (label) NOT ENFORCED) ${written('per_label')};
    INSERT INTO copied SELECT word, n, ids FROM totals;
    INSERT INTO per_n SELECT n, COUNT(*) FROM totals GROUP BY n;
    INSERT INTO per_label SELECT COALESCE(l.label, '-'), COUNT(*), SUM(t.n)
      FROM totals AS t LEFT JOIN labels FOR SYSTEM_TIME AS OF PROCTIME() AS l ON t.word = l.word GROUP BY COALESCE(l.label, '-');`;
  const settings = {
    parallelism: 2,
    guarantee: 'exactly-once',
    queue: 'root.production',
    checkpoint: { intervalMs: 1_000 },
  };
  const jobs: string[] = [];
  for (const sql of [counting, reading]) {
    const { id } = await api.call<{ id: string }>('POST', '/jobs', { name: fresh('by-key'), sql, settings });
    await api.call('POST', `/jobs/${id}/start`, {});
    jobs.push(id);
  }
  for (const id of jobs) {
    await until(
      'the first checkpoint',
      () => api.call<JobView>('GET', `/jobs/${id}`),
      (view) => view.status === 'running' && view.lastCheckpoint !== null,
      90_000,
    );
  }

  const producer = kafka.producer();
  await producer.connect();
  const expected = new Map<string, { n: number; ids: bigint }>();
  const feeding = (async () => {
    for (let at = 0; at < COUNT; at += BATCH) {
      const messages = Array.from({ length: BATCH }, (_, offset) => {
        const [id, word] = [FIRST_BEYOND + BigInt(at + offset), `w${(at + offset) % WORDS}`];
        const known = expected.get(word) ?? { n: 0, ids: 0n };
        expected.set(word, { n: known.n + 1, ids: known.ids + id });
        return { partition: offset % 3, value: `{"id":${id},"word":"${word}"}` };
      });
      await producer.send({ topic: numbers, messages });
      // What a word was called when its row came is not what it is called when the row is taken back.
      await warehouse.query(`UPDATE labels_${tag} SET label = 'L' || ((ascii(right(word, 1)) + $1::int) % 7)`, [
        at / BATCH,
      ]);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  const [counted = '', read = ''] = jobs;
  await killAndRecover(api, read, 'worker');
  await killAndRecover(api, counted, 'worker');
  await feeding;
  await producer.disconnect();

  const rows = (sql: string) => async () =>
    (await warehouse.query<string[]>({ text: sql, rowMode: 'array' })).rows.map((row) => row.join(' ')).sort();
  const same = (wanted: readonly string[]) => (found: readonly string[]) => found.join('\n') === wanted.join('\n');
  const wanted = [...expected].map(([word, { n, ids }]) => `${word} ${n} ${ids}`).sort();
  await until('every row as it is', rows(`SELECT word, n::text, ids::text FROM copied_${tag}`), same(wanted), 60_000);
  const perN = new Map<number, number>();
  for (const { n } of expected.values()) perN.set(n, (perN.get(n) ?? 0) + 1);
  const groups = [...perN].map(([n, words]) => `${n} ${words}`).sort();
  await until('no group that is no more', rows(`SELECT n::text, words::text FROM per_n_${tag}`), same(groups), 60_000);
  const sums = rows(`SELECT sum(words)::text, sum(n)::text, bool_and(words > 0)::text FROM per_label_${tag}`);
  await until('what was given under other names is taken back', sums, same([`${WORDS} ${COUNT} true`]), 60_000);
  expect((await rows(`SELECT label FROM per_label_${tag}`)()).length).toBeGreaterThan(1);
  await warehouse.end();
  for (const id of jobs) await api.call('POST', `/jobs/${id}/cancel`, {});
});
