import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Broker, startBroker } from '@millrace/broker';
import type { Source } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NetworkPolicy } from '../network/network-policy.ts';
import { checkOptions } from '../options.ts';
import { drain, readerContext } from '../testing/contexts.ts';
import { kafka as connector } from './connector.ts';

const SCHEMA: Schema = {
  fields: [
    { name: 'id', type: { kind: 'integer', nullable: true } },
    { name: 'from_topic', type: { kind: 'string', nullable: true } },
  ],
};
const kafka = connector(new NetworkPolicy(['127.0.0.1']));
const signal = () => AbortSignal.timeout(20_000);

let folder: string;
let broker: Broker;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-pattern-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A new topic of two partitions with one record in each. */
async function put(topic: string, id: number): Promise<void> {
  const client = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
  await admin.disconnect();
  const producer = client.producer();
  await producer.connect();
  const messages = [0, 1].map((partition) => ({ partition, value: JSON.stringify({ id: id + partition }) }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

const options = (more: Readonly<Record<string, string>>) => ({
  connector: 'kafka',
  'properties.bootstrap.servers': `127.0.0.1:${broker?.port ?? 1}`,
  format: 'json',
  'metadata.from_topic': 'topic',
  ...more,
});

function sourceOf(pattern: string, more: Readonly<Record<string, string>> = {}): Source {
  const made = kafka.createSource?.(options({ 'topic-pattern': pattern, ...more }), SCHEMA);
  if (made === undefined) throw new Error('kafka has a source');
  return made;
}

const placesOf = async (source: Source) => (await source.discover(signal())).map(({ id, start }) => [id, start]);

test('topics whose whole name matches are read, each row with the name of its own', async () => {
  for (const [at, topic] of ['shop.orders', 'shop.returns', 'old.shop.orders', 'shop.orders.v2'].entries()) {
    await put(topic, at * 10);
  }
  const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset' };
  const source = sourceOf('shop\\.(orders|returns)', bounded);
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(signal()));
  const { rows } = await drain(reader, () => reader.snapshot().length === 0);
  await reader.close();
  expect(rows.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [0, 'shop.orders'],
    [1, 'shop.orders'],
    [10, 'shop.returns'],
    [11, 'shop.returns'],
  ]);
});

test('a topic that comes later is found by the next look, and read from its first record whatever the startup mode', async () => {
  const source = sourceOf('late-.*', { 'scan.startup.mode': 'latest-offset' });
  expect(source.discoveryIntervalMs).toBe(300_000);
  expect(await source.discover(signal())).toEqual([]);
  await put('late-a', 1);
  const first = await placesOf(source);
  expect(first.map(([, start]) => start)).toEqual([
    { topic: 'late-a', partition: 0, offset: 0 },
    { topic: 'late-a', partition: 1, offset: 0 },
  ]);
  await put('late-b', 3);
  expect((await placesOf(source)).map(([, start]) => start)).toContainEqual({
    topic: 'late-b',
    partition: 1,
    offset: 0,
  });
  expect(await source.discover(signal())).toHaveLength(4);
});

describe('what cannot be is told', () => {
  const told = (more: Readonly<Record<string, string>>, role: 'source' | 'sink' = 'source') =>
    checkOptions('kafka', options({ 'metadata.from_topic': 'topic', ...more }), role).map(
      ({ option, message }) => `${option}: ${message}`,
    );

  test('both, none, a pattern to write to, and what is no pattern', () => {
    expect(told({ 'topic-pattern': 'a.*' })).toEqual([]);
    expect(told({ topic: 'a', 'topic-pattern': 'a.*' })).toEqual([
      "topic-pattern: give either 'topic' or 'topic-pattern', not both",
    ]);
    expect(told({})).toEqual([
      "topic: option 'topic' is required: the name of the topic, or several with ; between them, or 'topic-pattern'",
    ]);
    expect(told({ 'topic-pattern': 'a.*' }, 'sink')[0]).toMatch(/^topic-pattern: .* is for reading/);
    expect(told({ 'topic-pattern': 'a(' })[0]).toMatch(
      /^topic-pattern: .* takes a regular expression, and 'a\(' cannot/,
    );
    expect(told({ 'topic-pattern': 'a*+' })[0]).toMatch(/^topic-pattern: .* takes a regular expression, and 'a\*\+' /);
  });

  test('a table of rows by key names its topic', () => {
    const table = { 'properties.bootstrap.servers': 'h:1', 'key.format': 'json', 'value.format': 'json' };
    expect(checkOptions('upsert-kafka', { ...table, 'topic-pattern': 'a.*' }, 'source')).toMatchObject([
      { option: 'topic-pattern', reason: 'unknown' },
      { option: 'topic', reason: 'missing' },
    ]);
  });
});
