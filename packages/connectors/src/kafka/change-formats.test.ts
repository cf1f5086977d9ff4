import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BatchBuilder, CHANGE, type Change, type RecordBatch, type Value } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import type { Source } from '@millrace/contracts';
import type { JobId, Schema } from '@millrace/model';
import type { Expression, SourceFilter } from '@millrace/plan';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NetworkPolicy } from '../network/network-policy.ts';
import { sinkChangesOf } from '../options.ts';
import { batchOf, readerContext, rowsOf, writerContext } from '../testing/contexts.ts';
import { kafka as connector } from './connector.ts';

const PRODUCTS: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: false } },
    { name: 'name', type: { kind: 'string', nullable: true } },
  ],
};
const kafka = connector(new NetworkPolicy(['127.0.0.1']));
const signal = () => AbortSignal.timeout(20_000);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

let folder: string;
let broker: Broker;
let client: Kafka;
let topics = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-changes-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
  client = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

function options(topic: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const place = { connector: 'kafka', topic, 'properties.bootstrap.servers': `127.0.0.1:${broker.port}` };
  return { ...place, format: 'debezium-json', ...more };
}

function sourceOf(
  topic: string,
  more: Readonly<Record<string, string>> = {},
  schema = PRODUCTS,
  filter?: SourceFilter,
) {
  const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset', ...more };
  const made = kafka.createSource?.(options(topic, bounded), schema, filter);
  if (made === undefined) throw new Error('kafka has a source');
  return made;
}

/** Records as they are; the name of their topic. */
async function topicOf(
  records: readonly { readonly key?: string; readonly value: string | null; readonly partition?: number }[],
  partitions = 1,
): Promise<string> {
  const topic = `products-${++topics}`;
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic, messages: records.map((record) => ({ partition: 0, ...record })) });
  await producer.disconnect();
  return topic;
}

const record = (op: string, before: unknown, after: unknown) =>
  JSON.stringify({ before, after, op, ts_ms: 1_735_689_600_456, source: { db: 'shop', table: 'products' } });
const product = (id: number, name: string | null = `n${id}`) => ({ id, name });

interface Told {
  readonly rows: readonly (readonly [Change, ...Value[]])[];
  readonly rejected: readonly string[];
  readonly leftOut: number;
}

function changesIn(batch: RecordBatch): Told['rows'] {
  return rowsOf(batch).map((row, at) => [(batch.changes?.[at] ?? CHANGE.insert) as Change, ...row] as const);
}

async function readAll(source: Source, maxRows = 1_000): Promise<Told> {
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(signal()));
  const rows: (readonly [Change, ...Value[]])[] = [];
  const rejected: string[] = [];
  let leftOutRows = 0;
  try {
    while (reader.snapshot().length > 0) {
      const { batch, rejected: refused, leftOut = 0 } = await reader.poll(maxRows, 200, signal());
      if (batch !== undefined) rows.push(...changesIn(batch));
      rejected.push(...refused.map(({ position, errorCode }) => `${position}: ${errorCode}`));
      leftOutRows += leftOut;
    }
  } finally {
    await reader.close();
  }
  return { rows, rejected, leftOut: leftOutRows };
}

sourceConformance('the Kafka source of changes', async () => {
  const records = range(0, 60).map((id) => {
    const partition = id % 3;
    if (id % 5 === 0) return { partition, value: record('u', product(id), product(id, 'new')) };
    return { partition, value: id % 7 === 0 ? null : record('c', null, product(id)) };
  });
  const rows = records.reduce((sum, { value }) => sum + (value === null ? 0 : value.includes('"op":"u"') ? 2 : 1), 0);
  const topic = await topicOf(records, 3);
  return { source: sourceOf(topic), context: readerContext(), rows, close: async () => {} };
});

sinkConformance('the Kafka sink of changes', async () => {
  const topic = `products-${++topics}`;
  const sink = kafka.createSink?.(options(topic, { 'sink.partitions': '2' }), PRODUCTS, 'exactly-once');
  if (sink === undefined) throw new Error('kafka has a sink');
  return {
    sink,
    context: writerContext('exactly-once', { job: `job-${topic}` as JobId }),
    batch: (from, to) =>
      batchOf(
        PRODUCTS,
        range(from, to).map((id) => [BigInt(id), null]),
      ),
    visible: async () => (await readAll(sourceOf(topic))).rows.map(([, id]) => Number(id)).sort((a, b) => a - b),
    close: async () => {},
  };
});

describe('reading', () => {
  test('tombstones are no rows, and what cannot be read is put aside whole, with its place', async () => {
    const topic = await topicOf([
      { value: record('c', null, product(1)) },
      { value: null },
      { value: 'no json' },
      { value: record('u', product(1), { id: 'one' }) },
      { value: record('u', product(1), product(1, 'x')) },
      { value: '' },
      { value: record('d', product(1, 'x'), null) },
    ]);
    for (const maxRows of [1, 2, 3, 100]) {
      expect(await readAll(sourceOf(topic), maxRows)).toEqual({
        rows: [
          [CHANGE.insert, 1n, 'n1'],
          [CHANGE.updateBefore, 1n, 'n1'],
          [CHANGE.updateAfter, 1n, 'x'],
          [CHANGE.delete, 1n, 'x'],
        ],
        rejected: ['partition 0, offset 2: json.malformed', 'partition 0, offset 3: json.type'],
        leftOut: 0,
      });
    }
  });

  test('both rows of an update have the columns of the record key and what is known of the record', async () => {
    const schema: Schema = {
      fields: [
        { name: 'k_id', type: { kind: 'integer', nullable: true } },
        ...PRODUCTS.fields,
        { name: 'at', type: { kind: 'bigint', nullable: true } },
        { name: 'from_table', type: { kind: 'string', nullable: true } },
      ],
    };
    const key = '{"id":7}';
    const topic = await topicOf([
      { key, value: record('u', product(1), product(1, 'x')) },
      { key, value: record('d', product(1, 'x'), null) },
      { key: '{"id":"seven"}', value: record('d', product(1, 'x'), null) },
    ]);
    const more = {
      'key.format': 'json',
      'key.fields': 'k_id',
      'key.fields-prefix': 'k_',
      'value.fields-include': 'EXCEPT_KEY',
      'metadata.at': 'offset',
      'metadata.from_table': 'value.source.table',
    };
    const { rows, rejected } = await readAll(sourceOf(topic, more, schema));
    expect(rows).toEqual([
      [CHANGE.updateBefore, 7, 1n, 'n1', 0n, 'products'],
      [CHANGE.updateAfter, 7, 1n, 'x', 0n, 'products'],
      [CHANGE.delete, 7, 1n, 'x', 1n, 'products'],
    ]);
    expect(rejected).toEqual(['partition 0, offset 2: json.type']);
  });

  test('a row that the query refuses is left out alone, and one whose replacement is, is a deletion', async () => {
    const type = { kind: 'string', nullable: true } as const;
    const condition: Expression = {
      kind: 'call',
      name: '=',
      args: [
        { kind: 'column', index: 1, type },
        { kind: 'literal', value: 'open', type },
      ],
      type: { kind: 'boolean', nullable: true },
    };
    const topic = await topicOf([
      { value: record('c', null, product(1, 'open')) },
      { value: record('u', product(1, 'open'), product(1, 'closed')) },
      { value: record('u', product(1, 'closed'), product(1, 'open')) },
      { value: record('u', product(1, 'open'), product(2, 'open')) },
      { value: record('c', null, product(3, 'closed')) },
      { value: record('u', product(3, 'closed'), { id: 'x' }) },
      { value: record('d', product(2, 'open'), null) },
    ]);
    expect(await readAll(sourceOf(topic, {}, PRODUCTS, { condition }))).toEqual({
      rows: [
        [CHANGE.insert, 1n, 'open'],
        [CHANGE.delete, 1n, 'open'],
        [CHANGE.updateAfter, 1n, 'open'],
        [CHANGE.updateBefore, 1n, 'open'],
        [CHANGE.updateAfter, 2n, 'open'],
        [CHANGE.delete, 2n, 'open'],
      ],
      rejected: ['partition 0, offset 5: json.type'],
      leftOut: 3,
    });
  });
});

describe('writing', () => {
  const written = async (more: Readonly<Record<string, string>> = {}) => {
    const topic = `products-${++topics}`;
    const sink = kafka.createSink?.(options(topic, { 'sink.partitions': '1', ...more }), PRODUCTS, 'at-least-once');
    await sink?.prepare(signal());
    const writer = await sink?.createWriter(writerContext('at-least-once'));
    const changes = new BatchBuilder(PRODUCTS);
    changes.append([1n, 'a']);
    changes.append([1n, 'a'], CHANGE.updateBefore);
    changes.append([1n, 'b'], CHANGE.updateAfter);
    changes.append([1n, 'b'], CHANGE.delete);
    await writer?.write(changes.finish());
    await writer?.flush();
    await writer?.close();
    return topic;
  };

  test('every change is a record, deletions too, with the key of its row', async () => {
    const topic = await written({ 'key.format': 'json', 'key.fields': 'id' });
    const raw: Schema = {
      fields: ['key', 'value'].map((name) => ({ name, type: { kind: 'string', nullable: true } as const })),
    };
    const as = { 'key.fields': 'key', 'key.format': 'raw', 'value.fields-include': 'EXCEPT_KEY', format: 'raw' };
    expect((await readAll(sourceOf(topic, as, raw))).rows.map(([, ...row]) => row)).toEqual([
      ['{"id":1}', '{"before":null,"after":{"id":1,"name":"a"},"op":"c"}'],
      ['{"id":1}', '{"before":{"id":1,"name":"a"},"after":null,"op":"d"}'],
      ['{"id":1}', '{"before":null,"after":{"id":1,"name":"b"},"op":"c"}'],
      ['{"id":1}', '{"before":{"id":1,"name":"b"},"after":null,"op":"d"}'],
    ]);
  });

  test.each(['debezium-json', 'canal-json', 'maxwell-json', 'ogg-json'])('%s is read back', async (format) => {
    const topic = await written({ format });
    expect((await readAll(sourceOf(topic, { format }))).rows).toEqual([
      [CHANGE.insert, 1n, 'a'],
      [CHANGE.delete, 1n, 'a'],
      [CHANGE.insert, 1n, 'b'],
      [CHANGE.delete, 1n, 'b'],
    ]);
    expect(sinkChangesOf('kafka', options(topic, { format }))).toBe('any');
    expect(sinkChangesOf('kafka', options(topic, { format: 'json' }))).toBe('append');
  });
});
