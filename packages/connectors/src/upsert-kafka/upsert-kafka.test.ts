import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BatchBuilder, CHANGE } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import type { Schema } from '@millrace/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafka } from '../kafka/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { drain, readerContext, writerContext } from '../testing/contexts.ts';
import { upsertKafka } from './connector.ts';

const TOTALS: Schema = {
  fields: [
    { name: 'city', type: { kind: 'string', nullable: false } },
    { name: 'orders', type: { kind: 'bigint', nullable: true } },
  ],
  primaryKey: [0],
};
const TEXT: Schema = {
  fields: [
    { name: 'key', type: { kind: 'string', nullable: true } },
    { name: 'value', type: { kind: 'string', nullable: true } },
  ],
};
const network = new NetworkPolicy(['127.0.0.1']);
const signal = () => AbortSignal.timeout(20_000);

let folder: string;
let broker: Broker;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-upsert-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

const place = () => ({ topic: 'totals', 'properties.bootstrap.servers': `127.0.0.1:${broker.port}` });

function sinkOf(schema: Schema) {
  const options = {
    connector: 'upsert-kafka',
    ...place(),
    'key.format': 'json',
    'value.format': 'json',
    'sink.partitions': '1',
  };
  return upsertKafka(network).createSink?.(options, schema, 'at-least-once');
}

test('each key has its row as it is now, and a deleted one a record without a value', async () => {
  const sink = sinkOf(TOTALS);
  await sink?.prepare(signal());
  const writer = await sink?.createWriter(writerContext('at-least-once'));
  const changes = new BatchBuilder(TOTALS);
  changes.append(['Shanghai', 2n ** 53n + 1n]);
  changes.append(['Beijing', 1n]);
  changes.append(['Shanghai', 2n ** 53n + 1n], CHANGE.updateBefore);
  changes.append(['Shanghai', 7n], CHANGE.updateAfter);
  changes.append(['Beijing', 1n], CHANGE.delete);
  await writer?.write(changes.finish());
  await writer?.flush();
  await writer?.close();

  const options = {
    connector: 'kafka',
    ...place(),
    'key.format': 'raw',
    'key.fields': 'key',
    'value.fields-include': 'EXCEPT_KEY',
  };
  const bounded = {
    'value.format': 'raw',
    'scan.startup.mode': 'earliest-offset',
    'scan.bounded.mode': 'latest-offset',
  };
  const source = kafka(network).createSource?.({ ...options, ...bounded }, TEXT);
  const reader = source?.createReader(readerContext());
  if (source === undefined || reader === undefined) throw new Error('kafka has a source');
  reader.addSplits(await source.discover(signal()));
  const { rows } = await drain(reader, () => reader.snapshot().length === 0);
  await reader.close();
  expect(rows).toEqual([
    ['{"city":"Shanghai"}', '{"city":"Shanghai","orders":9007199254740993}'],
    ['{"city":"Beijing"}', '{"city":"Beijing","orders":1}'],
    ['{"city":"Shanghai"}', '{"city":"Shanghai","orders":7}'],
    ['{"city":"Beijing"}', null],
  ]);
});

test('a key of microseconds is one key however it comes, and comes back as it was', async () => {
  const schema: Schema = {
    fields: [
      { name: 'at', type: { kind: 'timestamp', precision: 6, nullable: false } },
      { name: 'seen', type: { kind: 'timestamp_ltz', precision: 9, nullable: true } },
    ],
    primaryKey: [0],
  };
  const options = {
    connector: 'upsert-kafka',
    ...place(),
    topic: 'times',
    'key.format': 'json',
    'value.format': 'csv',
  };
  const sink = upsertKafka(network).createSink?.({ ...options, 'sink.partitions': '1' }, schema, 'at-least-once');
  await sink?.prepare(signal());
  const writer = await sink?.createWriter(writerContext('at-least-once'));
  const rows = [
    [-1n, -1n],
    [253_402_300_799_999_999n, 253_402_300_799_999_999_999n],
  ];
  const changes = new BatchBuilder(schema);
  for (const row of rows) changes.append(row);
  changes.append([-1n, null], CHANGE.delete);
  await writer?.write(changes.finish());
  await writer?.flush();
  await writer?.close();
  const source = upsertKafka(network).createSource?.({ ...options, 'scan.bounded.mode': 'latest-offset' }, schema);
  const reader = source?.createReader(readerContext());
  if (source === undefined || reader === undefined) throw new Error('upsert-kafka has a source');
  reader.addSplits(await source.discover(signal()));
  expect((await drain(reader, () => reader.snapshot().length === 0)).rows).toEqual([...rows, [-1n, null]]);
  await reader.close();
});

test('a table without a key is refused, with what to write', () => {
  expect(() => sinkOf({ fields: TOTALS.fields })).toThrow(/PRIMARY KEY/);
});
