import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Broker, startBroker } from '@millrace/broker';
import { connectors } from '@millrace/connectors';
import { checkOptions } from '@millrace/connectors/options';
import { compile } from '@millrace/sql';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const KAFKA = [...connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] }).values()].filter(({ name }) =>
  name.includes('kafka'),
);

let folder: string;
let broker: Broker;
let table: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-record-metadata-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: true });
  const client = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
  const producer = client.producer();
  await producer.connect();
  const messages = Array.from({ length: 6 }, (_, at) => ({
    partition: 0,
    value: JSON.stringify({ id: at }),
    headers: at === 5 ? {} : { shop: `s${at % 2}`, trace: Buffer.from([at, 255]) },
  }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
  table = `CREATE TABLE orders (id BIGINT, headers MAP<STRING, BYTES> METADATA, said MAP<STRING, STRING> METADATA FROM 'headers' VIRTUAL,
    kind STRING METADATA FROM 'timestamp-type' VIRTUAL, epoch INT METADATA FROM 'leader-epoch' VIRTUAL)
    WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '127.0.0.1:${broker.port}', 'format' = 'json',
    'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');`;
}, 60_000);

afterAll(async () => {
  await broker?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('headers of a record are a MAP like any other', () => {
  it.each([
    ["SELECT id, CAST(headers['shop'] AS STRING) FROM orders WHERE said['shop'] = 's1'", ['1 s1', '3 s1']],
    ["SELECT said['shop'], COUNT(*) FROM orders GROUP BY said['shop']", ['null 1', 's0 3', 's1 2']],
    ["SELECT id, headers['trace'] = x'04FF' FROM orders WHERE id > 3", ['4 true', '5 null']],
    ['SELECT id, CARDINALITY(headers), kind, epoch FROM orders WHERE id IN (0, 5)', ['0 2 CreateTime 0', '5 0 CreateTime 0']],
    ['SELECT id, k, CARDINALITY(headers) FROM orders CROSS JOIN UNNEST(said) AS m (k, v) WHERE id = 2', ['2 shop 2', '2 trace 2']],
  ])('%s', async (query, rows) => {
    expect(await previewAnswerOf(`${table} ${query}`, KAFKA)).toEqual(rows);
  }); // biome-ignore format: a table
});

describe('what METADATA columns may be is told where they are declared', () => {
  const told = (columns: string, insert = '') => {
    const text = `CREATE TABLE t (id BIGINT, ${columns}) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:1', 'format' = 'json'); ${insert || 'SELECT * FROM t'};`;
    return compile(text, { checkOptions }).diagnostics.map(({ message, from, to }) => [text.slice(from, to), message]);
  };

  it.each([
    ["h STRING METADATA FROM 'headers'", '', 'h', "metadata column 'h' from 'headers' must be MAP<STRING, BYTES> or MAP<STRING, STRING>"],
    ['headers MAP<STRING, INT> METADATA', '', 'headers', "metadata column 'headers' from 'headers' must be MAP<STRING, BYTES> or MAP<STRING, STRING>"],
    ["e STRING METADATA FROM 'leader-epoch'", '', 'e', "metadata column 'e' from 'leader-epoch' must be INT or BIGINT"],
    ["k STRING METADATA FROM 'timestamp-type'", "INSERT INTO t VALUES (1, 'x')", 'k', "the timestamp-type of a record is Kafka's: declare the column k VIRTUAL; only headers and timestamp are written, and the topic where there are several"],
    ["h MAP<STRING, BYTES> METADATA FROM 'header'", '', 'h', expect.stringMatching(/^option 'metadata.<column>' takes 'topic', 'partition', .*, not 'header'; did you mean 'headers'\?$/)],
    ['`timestamp` BIGINT METADATA', 'INSERT INTO t VALUES (1, 2)', '`timestamp`', "metadata column 'timestamp' from 'timestamp' must be TIMESTAMP_LTZ or TIMESTAMP to be written"],
  ])('%s %s', (columns, insert, at, message) => {
    expect(told(columns, insert)).toEqual([[at, message]]);
  }); // biome-ignore format: a table

  it('headers are written, and read under any name', () => {
    expect(told("h MAP<STRING, BYTES> METADATA FROM 'headers'", "INSERT INTO t VALUES (1, MAP['a', x'00'])")).toEqual([]);
    expect(told("h MAP<STRING, STRING> METADATA FROM 'headers'", "INSERT INTO t (id, h) VALUES (1, MAP['a', 'b'])")).toEqual([]);
    expect(told('headers MAP<STRING, BYTES> METADATA', 'INSERT INTO t (id) VALUES (1)')).toEqual([]);
  }); // biome-ignore format: a table
});
