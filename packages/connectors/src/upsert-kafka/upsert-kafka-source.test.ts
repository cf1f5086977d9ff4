import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHANGE, forEachRow, type RecordBatch, type Value } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import type { Source } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafka } from '../kafka/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { checkOptions } from '../options.ts';
import { batchOf, readerContext, rowsOf, writerContext } from '../testing/contexts.ts';
import { upsertKafka } from './connector.ts';

const network = new NetworkPolicy(['127.0.0.1']);
const signal = () => AbortSignal.timeout(20_000);
const RAW: Schema = {
  fields: [
    { name: 'key', type: { kind: 'bytes', nullable: true } },
    { name: 'value', type: { kind: 'bytes', nullable: true } },
  ],
};
const PRICES: Schema = {
  fields: [
    { name: 'price', type: { kind: 'decimal', precision: 20, scale: 2, nullable: false } },
    { name: 'item', type: { kind: 'string', nullable: false } },
    { name: 'note', type: { kind: 'string', nullable: true } },
    { name: 'shop', type: { kind: 'bigint', nullable: false } },
  ],
  primaryKey: [3, 1],
};

let folder: string;
let broker: Broker;
let topics = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-upsert-source-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes records as they are and gives the options that name their topic. */
async function topicOf(records: readonly (readonly [key: string | null, value: string | null])[], partitions = 1) {
  const topic = `prices-${++topics}`;
  const place = { topic, 'properties.bootstrap.servers': `127.0.0.1:${broker.port}` };
  const sink = kafka(network).createSink?.(
    {
      ...place,
      connector: 'kafka',
      'value.format': 'raw',
      'key.format': 'raw',
      'key.fields': 'key',
      'value.fields-include': 'EXCEPT_KEY',
      'sink.partitions': String(partitions),
    },
    RAW,
    'at-least-once',
  );
  await sink?.prepare(signal());
  const writer = await sink?.createWriter(writerContext('at-least-once'));
  const bytes = (text: string | null): Value => (text === null ? null : new TextEncoder().encode(text));
  for (const [key, value] of records) await writer?.write(batchOf(RAW, [[bytes(key), bytes(value)]]));
  await writer?.flush();
  await writer?.close();
  return place;
}

function sourceOf(options: Readonly<Record<string, string>>, schema = PRICES): Source {
  const whole = { connector: 'upsert-kafka', 'key.format': 'json', 'scan.bounded.mode': 'latest-offset', ...options };
  const described = { 'value.format': 'json', ...whole };
  expect(checkOptions('upsert-kafka', described, 'source')).toEqual([]);
  const source = upsertKafka(network).createSource?.(described, schema);
  if (source === undefined) throw new Error('upsert-kafka has a source');
  return source;
}

const NAMES = new Map(Object.entries(CHANGE).map(([name, change]) => [change as number, name]));

function changesOf(batch: RecordBatch): readonly (string | undefined)[] {
  const changes: (string | undefined)[] = [];
  forEachRow(batch, (row) => changes.push(NAMES.get(batch.changes?.[row] ?? CHANGE.insert)));
  return changes;
}

async function readAll(source: Source) {
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(signal()));
  const rows: (readonly [string | undefined, ...Value[]])[] = [];
  const rejected: { readonly code: string; readonly error: string; readonly position: string }[] = [];
  try {
    while (reader.snapshot().length > 0) {
      const { batch, rejected: refused } = await reader.poll(1_000, 200, signal());
      if (batch !== undefined) {
        const changes = changesOf(batch);
        rows.push(...rowsOf(batch).map((row, at) => [changes[at], ...row] as const));
      }
      for (const { errorCode, error, position } of refused) rejected.push({ code: errorCode, error, position });
    }
  } finally {
    await reader.close();
  }
  return { rows, rejected };
}

const key = (shop: number | string, item: string) => `{"shop":${shop},"item":"${item}"}`;

sourceConformance('the upsert-kafka source', async () => {
  const records = Array.from({ length: 90 }, (_, at) => {
    const value = at % 7 === 0 ? null : `{"price":${at}.25,"note":"n${at}"}`;
    return [key(at % 20, 'x'), value] as const;
  });
  return {
    source: sourceOf(await topicOf(records, 3)),
    context: readerContext(),
    rows: 90,
    close: async () => {},
  };
});

describe('a record is what the row of its key is now', () => {
  test('the key comes from the record key, everything else from the value, and no value is a deletion', async () => {
    const place = await topicOf([
      [key(1, 'tea'), '{"shop":99,"item":"not looked at","price":"2.50","note":"€"}'],
      [key('9007199254740993', 'tea'), '{"price":3}'],
      [key(1, 'tea'), null],
      [key(1, 'tea'), '{"price":2.75,"note":null}'],
    ]);
    const { rows, rejected } = await readAll(sourceOf(place));
    expect(rejected).toEqual([]);
    expect(rows).toEqual([
      ['updateAfter', '2.50', 'tea', '€', 1n],
      ['updateAfter', '3.00', 'tea', null, 9_007_199_254_740_993n],
      ['delete', null, 'tea', null, 1n],
      ['updateAfter', '2.75', 'tea', null, 1n],
    ]);
  });

  test('a key or value that cannot be read is put aside with its place and reason, and leaves no trace', async () => {
    const place = await topicOf([
      [key(1, 'a'), '{"price":1}'],
      ['not json', '{"price":2}'],
      [null, '{"price":3}'],
      [key(2, 'b'), '{"price":"dear"}'],
      [null, null],
      ['{"shop":1}', null],
      [key(3, 'c'), '{"note":"without a price"}'],
      [key(4, 'd'), '{"price":4}'],
      [key(1, 'a'), null],
    ]);
    const { rows, rejected } = await readAll(sourceOf(place));
    expect(rows.map(([change, price, item]) => [change, price, item])).toEqual([
      ['updateAfter', '1.00', 'a'],
      ['updateAfter', '4.00', 'd'],
      ['delete', null, 'a'],
    ]);
    expect(rejected.map(({ position, code }) => `${position}: ${code}`)).toEqual([
      'partition 0, offset 1: json.malformed',
      'partition 0, offset 2: json.missing',
      'partition 0, offset 3: json.type',
      'partition 0, offset 4: json.missing',
      'partition 0, offset 5: json.missing',
      'partition 0, offset 6: json.missing',
    ]);
    expect(rejected[0]?.error).toMatch(/^record key: not a JSON object/);
    expect(rejected[1]?.error).toMatch(/^record key: field item: missing or NULL/);
    expect(rejected[2]?.error).toMatch(/^field price: /);
  });

  test('key and value may be CSV, without the key columns in the value and with a prefix in the table', async () => {
    const fields = PRICES.fields.map((field, at) =>
      [1, 3].includes(at) ? { ...field, name: `k_${field.name}` } : field,
    );
    const place = await topicOf([
      ['7,tea', '1.50,dear'],
      ['8,"green ""tea"""', '2.50,'],
      ['7,tea', null],
      ['7', '1,x'],
    ]);
    const options = {
      ...place,
      'key.format': 'csv',
      'value.format': 'csv',
      'key.fields-prefix': 'k_',
      'value.fields-include': 'EXCEPT_KEY',
      'csv.columns': JSON.stringify(fields.map(({ name }) => name)),
    };
    const { rows, rejected } = await readAll(sourceOf(options, { ...PRICES, fields }));
    expect(rows).toEqual([
      ['updateAfter', '1.50', 'tea', 'dear', 7n],
      ['updateAfter', '2.50', 'green "tea"', '', 8n],
      ['delete', null, 'tea', null, 7n],
    ]);
    expect(rejected.map(({ code }) => code)).toEqual(['csv.columns']);
  });

  test('with raw values an empty record is a row and a record without value a deletion', async () => {
    const schema: Schema = {
      fields: [
        { name: 'id', type: { kind: 'string', nullable: false } },
        { name: 'text', type: { kind: 'string', nullable: false } },
      ],
      primaryKey: [0],
    };
    const place = await topicOf([
      ['a', ''],
      ['a', null],
      ['b', 'x'],
    ]);
    const raw = { 'key.format': 'raw', 'value.format': 'raw', 'value.fields-include': 'EXCEPT_KEY' };
    const { rows } = await readAll(sourceOf({ ...place, ...raw }, schema));
    expect(rows).toEqual([
      ['updateAfter', 'a', ''],
      ['delete', 'a', null],
      ['updateAfter', 'b', 'x'],
    ]);
  });

  test('a query that needs the key alone reads deletions too', async () => {
    const place = await topicOf([
      [key(1, 'a'), '{"price":1}'],
      [key(1, 'a'), null],
    ]);
    const schema: Schema = { fields: PRICES.fields.filter((_, at) => at === 1 || at === 3), primaryKey: [1, 0] };
    expect((await readAll(sourceOf(place, schema))).rows).toEqual([
      ['updateAfter', 'a', 1n],
      ['delete', 'a', 1n],
    ]);
  });
});

test('where reading starts is no option, and one topic is read', () => {
  const options = {
    topic: 'a;b',
    'properties.bootstrap.servers': 'h:1',
    'key.format': 'json',
    'value.format': 'json',
  };
  expect(checkOptions('upsert-kafka', options, 'source')).toMatchObject([{ option: 'topic', reason: 'invalid' }]);
  const late = { ...options, topic: 'a', 'scan.startup.mode': 'latest-offset' };
  expect(checkOptions('upsert-kafka', late, 'source')).toMatchObject([{ option: 'scan.startup.mode' }]);
});
