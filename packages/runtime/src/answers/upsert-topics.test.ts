import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BatchBuilder, CHANGE, type Value } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import { connectors } from '@millrace/connectors';
import { CONNECTOR_DESCRIPTIONS } from '@millrace/connectors/options';
import type { WriterContext } from '@millrace/contracts';
import type { ApplicationId, JobId, OperatorId, Schema } from '@millrace/model';
import { compile, recordChangesOf } from '@millrace/sql';
import { systemClock } from '@millrace/telemetry';
import { SILENT_LOG } from '@millrace/testing/memory-cluster';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const START = Date.UTC(2026, 0, 1);
const REGISTRY = connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] });
const UPSERT = REGISTRY.get('upsert-kafka');
const COLUMNS = [
  { name: 'k', type: 'INT' },
  { name: 'v', type: 'BIGINT' },
  { name: 's', type: 'STRING' },
  { name: 'at', type: 'TIMESTAMP(3)' },
];
const SCHEMA: Schema = {
  fields: [
    { name: 'k', type: { kind: 'integer', nullable: false } },
    { name: 'v', type: { kind: 'bigint', nullable: true } },
    { name: 's', type: { kind: 'string', nullable: true } },
    { name: 'at', type: { kind: 'timestamp', precision: 3, nullable: true } },
  ],
  primaryKey: [0],
  eventTime: 3,
};

interface Change {
  readonly row: readonly Value[];
  readonly isDeletion: boolean;
}

let folder: string;
let broker: Broker;
let oracle: Oracle;
let topics = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-upsert-topics-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
  oracle = await Oracle.start();
}, 60_000);

afterAll(async () => {
  await oracle?.stop();
  await broker?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Changes in the order of their times, a key now and then deleted, also one that is not there, and now and then as it was. */
function randomChanges(random: SeededRandom, count: number): readonly Change[] {
  return Array.from({ length: count }, (_, at) => {
    const v = random.pick([null, 1n, 2n, 2n, 2n ** 53n + 1n]);
    const row = [random.integer(6), v, random.pick(['a', 'b', null]), START + at * 1_000 + random.integer(900)];
    return { row, isDeletion: random.next() < 0.25 };
  });
}

/** Writes the changes as records of their keys; their times are those of the records. */
async function topicOf(changes: readonly Change[]): Promise<string> {
  const place = `'topic' = 't${++topics}', 'properties.bootstrap.servers' = '127.0.0.1:${broker.port}'`;
  const options = {
    connector: 'upsert-kafka',
    topic: `t${topics}`,
    'properties.bootstrap.servers': `127.0.0.1:${broker.port}`,
    'key.format': 'json',
    'value.format': 'json',
    'sink.partitions': '3',
  };
  const sink = UPSERT?.createSink?.(options, SCHEMA, 'at-least-once');
  if (sink === undefined) throw new Error('upsert-kafka has a sink');
  await sink.prepare(AbortSignal.timeout(20_000));
  const writer = await sink.createWriter(WRITER);
  for (const { row, isDeletion } of changes) {
    const batch = new BatchBuilder(SCHEMA);
    batch.append(row, isDeletion ? CHANGE.delete : CHANGE.updateAfter);
    await writer.write(batch.finish());
  }
  await writer.flush();
  await writer.close();
  return place;
}

const WRITER: WriterContext = {
  job: 'job' as JobId,
  application: 'application' as ApplicationId,
  operator: 'sink' as OperatorId,
  subtask: 0,
  attempt: 1,
  guarantee: 'at-least-once',
  clock: systemClock,
  metrics: { count: () => {}, gauge: () => {}, scoped: () => WRITER.metrics },
  log: SILENT_LOG,
};

function tableOf(name: string, place: string): string {
  return `CREATE TABLE ${name} (k INT, v BIGINT, s STRING, at TIMESTAMP(3), twice AS v * 2, rt TIMESTAMP(3) METADATA FROM 'timestamp',
    PRIMARY KEY (k) NOT ENFORCED, WATERMARK FOR rt AS rt - INTERVAL '1' HOUR)
    WITH ('connector' = 'upsert-kafka', ${place}, 'key.format' = 'json', 'value.format' = 'json', 'scan.bounded.mode' = 'latest-offset');`;
}

function lastRows(changes: readonly Change[]): readonly (readonly Value[])[] {
  const rows = new Map<Value, readonly Value[]>();
  for (const { row, isDeletion } of changes) {
    if (isDeletion) rows.delete(row[0] ?? null);
    else rows.set(row[0] ?? null, row);
  }
  return [...rows.values()];
}

async function answerOf(text: string): Promise<readonly string[]> {
  const answer = await previewAnswerOf(
    text,
    [...REGISTRY.values()].filter(({ name }) => name.includes('kafka')),
  );
  return answer.map((row) => row.replaceAll('null', 'NULL')).sort();
}

async function expectedOf(query: string): Promise<readonly string[]> {
  return (await oracle.answer(query)).map((row) => row.replaceAll(' | ', ' ')).sort();
}

const QUERIES: readonly string[] = [
  'SELECT k, v, s, at FROM u',
  'SELECT k FROM u',
  "SELECT k, v FROM u WHERE v > 1 OR s = 'a'",
  'SELECT s, COUNT(*), SUM(v), MAX(v), COUNT(DISTINCT v) FROM u GROUP BY s',
  'SELECT COUNT(*) FROM u',
  'SELECT a.k, b.k FROM u AS a JOIN w AS b ON a.v = b.v',
  'SELECT a.k, b.s FROM u AS a FULL JOIN w AS b ON a.k = b.k',
  'SELECT k FROM u WHERE k IN (SELECT k FROM w WHERE v IS NOT NULL)',
  'SELECT v FROM u UNION SELECT v FROM w',
  'SELECT k, v FROM (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY s ORDER BY v DESC, k) AS n FROM u) AS x WHERE n <= 2',
];

describe(`a topic of rows by key is the table PostgreSQL has at the end (seed ${seed})`, () => {
  it.each(QUERIES)('%s', async (query) => {
    const random = new SeededRandom(seed);
    const [u, w] = [randomChanges(random, 60), randomChanges(random, 40)];
    const tables = [tableOf('u', await topicOf(u)), tableOf('w', await topicOf(w))].join('\n');
    await oracle.fill('u', COLUMNS, lastRows(u));
    await oracle.fill('w', COLUMNS, lastRows(w));
    const nullsLikeOurs = query.replace('v DESC', 'v DESC NULLS LAST');
    expect(await answerOf(`${tables} ${query}`)).toEqual(await expectedOf(nullsLikeOurs));
  });

  it('computed columns are computed of what is there', async () => {
    const u = randomChanges(new SeededRandom(seed), 60);
    await oracle.fill('u', COLUMNS, lastRows(u));
    const text = `${tableOf('u', await topicOf(u))} SELECT k, twice FROM u WHERE twice > 2`;
    expect(await answerOf(text)).toEqual(await expectedOf('SELECT k, v * 2 FROM u WHERE v * 2 > 2'));
  });
});

/** The records of a topic as the INSERTs they are. */
function streamOf(name: string, place: string): string {
  return tableOf(name, place)
    .replace('PRIMARY KEY (k) NOT ENFORCED, ', '')
    .replace("'upsert-kafka'", "'kafka'")
    .replace("'key.format' = 'json', ", '');
}

describe(`a join FOR SYSTEM_TIME AS OF event time finds the version there was (seed ${seed})`, () => {
  const DEDUPLICATED = `CREATE VIEW u AS SELECT k, v, s, rt FROM (
    SELECT k, v, s, rt, ROW_NUMBER() OVER (PARTITION BY k ORDER BY rt DESC) AS n FROM r) AS x WHERE n = 1;`;
  const cases = ['JOIN', 'LEFT JOIN'].flatMap((join) => [
    { join, of: 'a table by key' },
    { join, of: 'the last row per key' },
  ]);
  it.each(cases)('$join $of', async ({ join, of }) => {
    const random = new SeededRandom(seed);
    const isTable = of === 'a table by key';
    const versions = randomChanges(random, 60).filter(({ isDeletion }) => isTable || !isDeletion);
    const lefts = Array.from({ length: 40 }, (_, k): readonly Value[] => {
      return [k, BigInt(random.integer(7)), null, START + random.integer(60_000)];
    });
    const left = streamOf('l', await topicOf(lefts.map((row) => ({ row, isDeletion: false }))));
    const place = await topicOf(versions);
    const right = isTable ? tableOf('u', place) : `${streamOf('r', place)} ${DEDUPLICATED}`;
    const log = versions.map(({ row, isDeletion }) => [...row, isDeletion]);
    await oracle.fill('l', COLUMNS, lefts);
    await oracle.fill('log', [...COLUMNS, { name: 'gone', type: 'BOOLEAN' }], log);
    const on = 'CAST(l.v AS INT) = u.k';
    const text = `${left} ${right} SELECT l.k, u.v, u.s FROM l ${join} u FOR SYSTEM_TIME AS OF l.rt ON ${on}`;
    const latest = 'SELECT * FROM log WHERE log.k = l.v AND log.at <= l.at ORDER BY log.at DESC LIMIT 1';
    const postgres = `SELECT l.k, u.v, u.s FROM l ${join} LATERAL (SELECT * FROM (${latest}) AS x WHERE NOT gone) AS u ON TRUE`;
    expect(await answerOf(text)).toEqual(await expectedOf(postgres));
  });
});

it('what the connectors say of their sources is what the compiler goes by', () => {
  for (const { name, sourceChanges } of CONNECTOR_DESCRIPTIONS) {
    expect(recordChangesOf({ connector: name }), name).toBe(sourceChanges ?? 'append');
  }
});

it('a table without a PRIMARY KEY is refused at its name, with the key to add', () => {
  const text = "CREATE TABLE u (k INT) WITH ('connector' = 'upsert-kafka'); SELECT k FROM u";
  expect(compile(text).diagnostics).toMatchObject([{ code: 'sql.invalid-table', from: 13, to: 14, fix: {} }]);
});
