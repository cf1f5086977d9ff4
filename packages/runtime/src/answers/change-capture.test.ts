import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Value } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import { connectors } from '@millrace/connectors';
import { CONNECTOR_DESCRIPTIONS, checkOptions } from '@millrace/connectors/options';
import { compile, recordChangesOf } from '@millrace/sql';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CAPTURE_FORMATS,
  type CaptureFormat,
  capturedRecord,
  type RowChange,
  randomHistory,
  rowsAtEnd,
} from '../testing/captured-history.ts';
import { Oracle } from '../testing/oracle.ts';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const KAFKA = [...connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] }).values()].filter(({ name }) =>
  name.includes('kafka'),
);
const COLUMNS = [
  { name: 'k', type: 'INT' },
  { name: 'v', type: 'BIGINT' },
  { name: 's', type: 'STRING' },
];
const PARTITIONS = 3;

let folder: string;
let broker: Broker;
let producer: Producer;
let oracle: Oracle;
let topics = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-change-capture-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
  const client = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
  producer = client.producer();
  await producer.connect();
  oracle = await Oracle.start();
}, 60_000);

afterAll(async () => {
  await producer?.disconnect();
  await oracle?.stop();
  await broker?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function newTopic(): Promise<string> {
  const topic = `t${++topics}`;
  const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  await admin.disconnect();
  return topic;
}

/** Records of their keys' partitions, behind each deletion a tombstone as Debezium writes them. The name of the topic. */
async function topicOf(format: CaptureFormat, history: readonly RowChange[]): Promise<string> {
  const topic = await newTopic();
  const messages = history.flatMap((change) => {
    const place = { partition: change.key % PARTITIONS, key: JSON.stringify({ k: change.key }) };
    const record = { ...place, value: capturedRecord(format, change) };
    const isGone = change.after === undefined && format === 'debezium-json';
    return isGone ? [record, { ...place, value: null }] : [record];
  });
  await producer.send({ topic, messages });
  return topic;
}

function tableOf(name: string, format: string, topic: string, more = ''): string {
  return `CREATE TABLE ${name} (k INT, v BIGINT, s STRING${more})
    WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '127.0.0.1:${broker.port}',
      'format' = '${format}', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');`;
}

async function answerOf(text: string): Promise<readonly string[]> {
  return (await previewAnswerOf(text, KAFKA)).map((row) => row.replaceAll('null', 'NULL')).sort();
}

async function expectedOf(query: string): Promise<readonly string[]> {
  return (await oracle.answer(query)).map((row) => row.replaceAll(' | ', ' ')).sort();
}

const QUERIES: readonly string[] = [
  'SELECT k, v, s FROM u',
  "SELECT k, v FROM u WHERE v > 1 OR s = 'a'",
  'SELECT s FROM u WHERE s IS NOT NULL',
  'SELECT s, COUNT(*), SUM(v), MAX(v), COUNT(DISTINCT v) FROM u GROUP BY s',
  // Of no rows a stream says nothing, not 0.
  'SELECT COUNT(*) FROM u WHERE v = 2 HAVING COUNT(*) > 0',
  'SELECT a.k, b.s FROM u AS a FULL JOIN w AS b ON a.k = b.k',
  'SELECT k FROM u WHERE k IN (SELECT k FROM w WHERE v IS NOT NULL)',
];

describe.each(CAPTURE_FORMATS)(`a topic of %s is the table PostgreSQL has at the end (seed ${seed})`, (format) => {
  it.each(QUERIES)('%s', async (query) => {
    const random = new SeededRandom(seed);
    const [u, w] = [randomHistory(random, 80), randomHistory(random, 40)];
    const tables = [tableOf('u', format, await topicOf(format, u)), tableOf('w', format, await topicOf(format, w))];
    await oracle.fill('u', COLUMNS, rowsAtEnd(u));
    await oracle.fill('w', COLUMNS, rowsAtEnd(w));
    expect(await answerOf(`${tables.join('\n')} ${query}`)).toEqual(await expectedOf(query));
  });

  it('changes that are told again change nothing where the setting says that they may be', async () => {
    const random = new SeededRandom(seed);
    const history = randomHistory(random, 60);
    const again: RowChange[] = [];
    for (const key of new Set(history.map((change) => change.key))) {
      const own = history.filter((change) => change.key === key);
      const from = random.integer(own.length);
      again.push(...own, ...own.slice(from));
    }
    const table = tableOf('u', format, await topicOf(format, again), ', PRIMARY KEY (k) NOT ENFORCED');
    await oracle.fill('u', COLUMNS, rowsAtEnd(history));
    const query = 'SELECT s, COUNT(*), SUM(v) FROM u WHERE v IS NOT NULL GROUP BY s';
    const set = "SET 'table.exec.source.cdc-events-duplicate' = 'true';";
    expect(await answerOf(`${set} ${table} ${query}`)).toEqual(await expectedOf(query));
  });
});

describe(`what a record says beside its rows is METADATA (seed ${seed})`, () => {
  it.each([
    ['debezium-json', 'value.source.timestamp'],
    ['canal-json', 'value.event-timestamp'],
    ['ogg-json', 'value.event-timestamp'],
  ] as const)('%s: %s makes the versions of a join FOR SYSTEM_TIME AS OF', async (format, key) => {
    const random = new SeededRandom(seed);
    const history = randomHistory(random, 60);
    const lefts = Array.from({ length: 40 }, (_, at): readonly Value[] => {
      return [at, BigInt(random.integer(7)), null, Date.UTC(2026, 0, 1) + random.integer(60_000)];
    });
    const log = history.map(({ at, before, after }) => {
      const row = after ?? before;
      return [row?.k ?? null, row?.v ?? null, row?.s ?? null, at, after === undefined];
    });
    const withTime = [...COLUMNS, { name: 'at', type: 'TIMESTAMP(3)' }];
    await oracle.fill('l', withTime, lefts);
    await oracle.fill('log', [...withTime, { name: 'gone', type: 'BOOLEAN' }], log);
    const topic = await newTopic();
    const messages = lefts.map(([k, v, s, at]) => ({
      value: `{"k":${k},"v":${v},"s":${s},"at":"${new Date(Number(at)).toISOString().replace('Z', '')}"}`,
    }));
    await producer.send({ topic, messages });
    const left = tableOf('l', 'json', topic, ", at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' HOUR");
    const versions = tableOf(
      'u',
      format,
      await topicOf(format, history),
      `, at TIMESTAMP(3) METADATA FROM '${key}' VIRTUAL, PRIMARY KEY (k) NOT ENFORCED, WATERMARK FOR at AS at - INTERVAL '1' HOUR`,
    );
    const text = `${left} ${versions} SELECT l.k, u.v, u.s FROM l LEFT JOIN u FOR SYSTEM_TIME AS OF l.at ON CAST(l.v AS INT) = u.k`;
    const latest = 'SELECT * FROM log WHERE log.k = l.v AND log.at <= l.at ORDER BY log.at DESC LIMIT 1';
    const postgres = `SELECT l.k, u.v, u.s FROM l LEFT JOIN LATERAL (SELECT * FROM (${latest}) AS x WHERE NOT gone) AS u ON TRUE`;
    expect(await answerOf(text)).toEqual(await expectedOf(postgres));
  });

  it('beside the metadata of Kafka, for both rows of an update', async () => {
    const row = { k: 1, v: 2n, s: 'a' };
    const change = { key: 1, at: Date.UTC(2026, 0, 1), before: row, after: { ...row, v: 3n } };
    const more = `, p INT METADATA FROM 'partition' VIRTUAL, db STRING METADATA FROM 'value.source.database' VIRTUAL,
      at TIMESTAMP_LTZ(3) METADATA FROM 'value.ingestion-timestamp' VIRTUAL,
      props MAP<STRING, STRING> METADATA FROM 'value.source.properties' VIRTUAL`;
    const first = { ...change, before: undefined, after: row };
    const table = tableOf('u', 'debezium-json', await topicOf('debezium-json', [first, change]), more);
    const query = "SELECT k, v, p, db, CAST(at AS STRING), props['connector'] FROM u";
    expect(await answerOf(`${table} ${query}`)).toEqual(['1 3 1 inventory 2026-01-01 00:00:00.005 mysql']);
  });
});

describe('what cannot be is told at its place', () => {
  const told = (columns: string, options: string, statement = 'SELECT * FROM t') => {
    const text = `CREATE TABLE t (id BIGINT${columns}) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:1', ${options}); ${statement};`;
    return compile(text, { checkOptions }).diagnostics.map(({ message, from, to }) => [text.slice(from, to), message]);
  };

  it.each([
    [", d STRING METADATA FROM 'value.database'", "'format' = 'debezium-json'", 'd', "metadata column 'd' from 'value.database': format 'debezium-json' says 'value.schema', 'value.ingestion-timestamp', 'value.source.timestamp', 'value.source.database', 'value.source.schema', 'value.source.table', 'value.source.properties'"],
    [", d INT METADATA FROM 'value.database'", "'format' = 'canal-json'", 'd', "metadata column 'd' from 'value.database' must be STRING"],
    [", d STRING METADATA FROM 'value.database'", "'format' = 'json'", 'd', "metadata column 'd' from 'value.database': format of the values says nothing beside its columns"],
    ['', "'format' = 'debezium-json', 'canal-json.table.include' = 'a'", "'canal-json.table.include' = 'a'", "option 'canal-json.table.include' is for format 'canal-json'; here it is 'debezium-json'"],
    ['', "'format' = 'canal-json', 'canal-json.table.include' = 'a++'", "'canal-json.table.include' = 'a++'", /^option 'canal-json.table.include' takes a regular expression, and 'a\+\+' cannot be used: /],
    ['', "'format' = 'debezum-json'", "'format' = 'debezum-json'", /did you mean 'debezium-json'\?$/],
    ['', "'format' = 'json', 'key.fields' = 'id', 'key.format' = 'debezium-json'", "'key.format' = 'debezium-json'", /^option 'key.format' takes 'json', 'csv', 'raw', not 'debezium-json'/],
  ])('%s %s', (columns, options, at, message) => {
    const [first, ...others] = told(columns, options);
    expect(others).toEqual([]);
    expect(first?.[0]).toBe(at);
    if (typeof message === 'string') expect(first?.[1]).toBe(message);
    else expect(first?.[1]).toMatch(message);
  }); // biome-ignore format: a table

  it('what is written has no schema part and no metadata of values', () => {
    expect(told('', "'format' = 'debezium-json', 'debezium-json.schema-include' = 'true'", 'INSERT INTO t VALUES (1)')).toEqual([["'debezium-json.schema-include' = 'true'", "option 'debezium-json.schema-include' is for reading: what is written has no schema part"]]);
    expect(told(", d STRING METADATA FROM 'value.database'", "'format' = 'canal-json'", "INSERT INTO t VALUES (1, 'x')")).toEqual([['d', 'what stands beside the row in a record is not written: declare the column d VIRTUAL']]);
  }); // biome-ignore format: long texts

  it('a setting that tells rows by their key needs one, and takes true or false', () => {
    const table = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'kafka', 'format' = 'debezium-json');";
    const set = (value: string) =>
      `SET 'table.exec.source.cdc-events-duplicate' = '${value}'; ${table} SELECT id FROM t`;
    expect(compile(set('true')).diagnostics).toMatchObject([
      { code: 'sql.invalid-table', message: expect.stringContaining('PRIMARY KEY'), fix: {} },
    ]);
    expect(compile(set('false')).diagnostics).toEqual([]);
    expect(compile(set('maybe')).diagnostics).toMatchObject([{ code: 'sql.invalid-setting' }]);
  });
});

it('what the connectors say of formats is what the compiler goes by', () => {
  const formats = CONNECTOR_DESCRIPTIONS.flatMap(
    ({ options }) => options.find(({ name }) => name === 'format')?.values ?? [],
  );
  for (const format of new Set(formats)) {
    const says = (CAPTURE_FORMATS as readonly string[]).includes(format) ? 'retract' : 'append';
    expect(recordChangesOf({ connector: 'kafka', format }), format).toBe(says);
    expect(recordChangesOf({ connector: 'kafka', 'value.format': format }), format).toBe(says);
  }
  expect(formats).toEqual(expect.arrayContaining([...CAPTURE_FORMATS]));
});
