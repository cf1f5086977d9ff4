import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Value } from '@millrace/batch';
import { type Broker, startBroker } from '@millrace/broker';
import type { Connector } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { type IHeaders, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NetworkPolicy } from '../network/network-policy.ts';
import { batchOf, drain, readerContext, writerContext } from '../testing/contexts.ts';
import { upsertKafka } from '../upsert-kafka/connector.ts';
import { kafka as plainKafka } from './connector.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const BYTES: DataType = { kind: 'bytes', nullable: true };
const INT: DataType = { kind: 'integer', nullable: true };
const mapOf = (value: DataType): DataType => ({ kind: 'map', key: STRING, value, nullable: true });
const network = new NetworkPolicy(['127.0.0.1']);
const signal = () => AbortSignal.timeout(20_000);
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let broker: Broker;
let client: Kafka;
let topics = 0;
let topic: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-metadata-'));
  broker = await startBroker({ dataDir: folder, flush: 'none', autoCreateTopics: false });
  client = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  topic = `t${++topics}`;
});

async function createTopic(configEntries: { name: string; value: string }[] = []): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
}

const place = () => ({ topic, 'properties.bootstrap.servers': `127.0.0.1:${broker.port}` });

async function readAll(connector: Connector, options: Record<string, string>, schema: Schema): Promise<Value[][]> {
  const bounded = { ...place(), 'scan.bounded.mode': 'latest-offset', ...options };
  const source = connector.createSource?.(bounded, schema);
  if (source === undefined) throw new Error('the connector has a source');
  const reader = source.createReader(readerContext());
  try {
    reader.addSplits(await source.discover(signal()));
    return (await drain(reader, () => reader.snapshot().length === 0)).rows;
  } finally {
    await reader.close();
  }
}

const START = { connector: 'kafka', format: 'raw', 'scan.startup.mode': 'earliest-offset' };

describe('every metadata key of a record', () => {
  const schema: Schema = {
    fields: [
      { name: 'line', type: STRING },
      { name: 'topic', type: STRING },
      { name: 'part', type: INT },
      { name: 'headers', type: mapOf(BYTES) },
      { name: 'epoch', type: INT },
      { name: 'off', type: { kind: 'bigint', nullable: true } },
      { name: 'at', type: { kind: 'timestamp_ltz', precision: 3, nullable: true } },
      { name: 'kind', type: STRING },
    ],
  };
  const metadata = {
    'metadata.topic': 'topic',
    'metadata.part': 'partition',
    'metadata.headers': 'headers',
    'metadata.epoch': 'leader-epoch',
    'metadata.off': 'offset',
    'metadata.at': 'timestamp',
    'metadata.kind': 'timestamp-type',
  };

  test.each([false, true])('is read as another client wrote it (compressed: %s)', async (compressed) => {
    await createTopic();
    const producer = client.producer();
    await producer.connect();
    const messages = [
      { value: 'a', timestamp: '1700000000000', headers: { id: 'x-1', 'Ключ €': Buffer.from([0, 255]) } },
      { value: 'b', timestamp: '1700000000001' },
      // Of two headers with one name the last counts, as in Flink.
      { value: 'c', timestamp: '1700000000002', headers: { id: ['first', 'last'], none: '' } },
    ];
    await producer.send({ topic, messages, ...(compressed ? { compression: 1 } : {}) });
    await producer.disconnect();
    const rows = await readAll(plainKafka(network), { ...START, ...metadata }, schema);
    const row = (at: number, line: string, headers: [string, Uint8Array][]) => [
      line,
      topic,
      0,
      new Map(headers),
      0,
      BigInt(at),
      1_700_000_000_000 + at,
      'CreateTime',
    ];
    expect(rows).toEqual([
      row(0, 'a', [['id', bytes('x-1')], ['Ключ €', Uint8Array.of(0, 255)]]),
      row(1, 'b', []),
      row(2, 'c', [['id', bytes('last')], ['none', bytes('')]]),
    ]); // biome-ignore format: a table
  });

  test('a topic that keeps the time of arrival says so', async () => {
    await createTopic([{ name: 'message.timestamp.type', value: 'LogAppendTime' }]);
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'a', timestamp: '1700000000000' }] });
    await producer.disconnect();
    const [row] = await readAll(plainKafka(network), { ...START, ...metadata }, schema);
    expect(row?.at(-1)).toBe('LogAppendTime');
    expect(Number(row?.at(-2))).toBeGreaterThan(1_700_000_000_000);
  });

  test('a column of another type is refused with the types there are', () => {
    const fields = schema.fields.map((field) => (field.name === 'headers' ? { ...field, type: STRING } : field));
    const make = () => plainKafka(network).createSource?.({ ...START, ...place(), ...metadata }, { fields });
    expect(make).toThrow("metadata column 'headers' from 'headers' must be MAP<STRING, BYTES> or MAP<STRING, STRING>");
  });
});

test('a time of a record is whole milliseconds in a column of more digits, and is written without what is behind them', async () => {
  await createTopic();
  const schema: Schema = {
    fields: [
      { name: 'line', type: STRING },
      { name: 'at', type: { kind: 'timestamp_ltz', precision: 9, nullable: true } },
    ],
  };
  const options = { ...START, ...place(), 'metadata.at': 'timestamp' };
  const { 'scan.startup.mode': _, ...written } = options;
  const sink = plainKafka(network).createSink?.({ ...written, 'sink.partitions': '1' }, schema, 'at-least-once');
  await sink?.prepare(signal());
  const writer = await sink?.createWriter(writerContext('at-least-once'));
  const before = Date.now();
  await writer?.write(
    batchOf(schema, [
      ['a', 1_700_000_000_123_456_789n],
      ['b', null],
    ]),
  );
  await writer?.flush();
  await writer?.close();
  const [a, b] = await readAll(plainKafka(network), options, schema);
  expect(a).toEqual(['a', 1_700_000_000_123_000_000n]);
  expect(Number(b?.[1])).toBeGreaterThanOrEqual(before * 1_000_000);
});

describe('headers that are written', () => {
  async function headersSeen(records: number): Promise<IHeaders[]> {
    const consumer = client.consumer({ groupId: `g-${topic}` });
    const seen: IHeaders[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      signal().addEventListener('abort', () => reject(new Error(`only ${seen.length} records came`)));
      const eachMessage = async ({ message }: { message: { headers?: IHeaders | undefined } }) => {
        seen.push(message.headers ?? {});
        if (seen.length === records) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    return seen;
  }

  test.each(['at-least-once', 'exactly-once'] as const)(
    'are those another client sees, without NULLs (%s)',
    async (guarantee) => {
      const schema: Schema = {
        fields: [
          { name: 'line', type: STRING },
          { name: 'h', type: mapOf(BYTES) },
        ],
      };
      const options = {
        ...place(),
        connector: 'kafka',
        format: 'raw',
        'metadata.h': 'headers',
        'sink.partitions': '1',
      };
      const sink = plainKafka(network).createSink?.(options, schema, guarantee);
      await sink?.prepare(signal());
      const context = writerContext(guarantee, { job: `job-${topic}` as never });
      const writer = await sink?.createWriter(context);
      const rows: Value[][] = [
        [
          'a',
          new Map<Value, Value>([
            ['id', bytes('x-1')],
            ['€', Uint8Array.of(0, 255)],
          ]),
        ],
        ['b', null],
        [
          'c',
          new Map<Value, Value>([
            ['none', null],
            [null, bytes('y')],
            ['empty', bytes('')],
          ]),
        ],
        ['d', new Map()],
      ];
      await writer?.write(batchOf(schema, rows));
      await writer?.flush();
      const sealed = await writer?.prepareCommit();
      const { subtask: _, ...master } = context;
      const committer = guarantee === 'exactly-once' ? await sink?.createCommitter?.(master) : undefined;
      for (const committable of sealed ?? []) await committer?.commit(committable, signal());
      await writer?.close();
      await committer?.close();
      expect(await headersSeen(4)).toEqual([
        { id: Buffer.from('x-1'), '€': Buffer.from([0, 255]) },
        {},
        { empty: Buffer.from('') },
        {},
      ]);
    },
  );

  test('of a table by key stand on deletions too, and are read back as text', async () => {
    const schema: Schema = {
      fields: [
        { name: 'id', type: { kind: 'string', nullable: false } },
        { name: 'v', type: STRING },
        { name: 'h', type: mapOf(STRING) },
      ],
      primaryKey: [0],
    };
    const options = {
      ...place(),
      connector: 'upsert-kafka',
      'key.format': 'json',
      'value.format': 'json',
      'metadata.h': 'headers',
    };
    const sink = upsertKafka(network).createSink?.({ ...options, 'sink.partitions': '1' }, schema, 'at-least-once');
    await sink?.prepare(signal());
    const writer = await sink?.createWriter(writerContext('at-least-once'));
    const batch = batchOf(schema, [
      ['a', '1', new Map([['who', 'Zoë']])],
      ['a', '1', new Map([['who', 'nobody']])],
    ]);
    await writer?.write({ ...batch, changes: Uint8Array.of(0, 3) });
    await writer?.flush();
    await writer?.close();
    expect(await readAll(upsertKafka(network), options, schema)).toEqual([
      ['a', '1', new Map([['who', 'Zoë']])],
      ['a', null, new Map([['who', 'nobody']])],
    ]);
  });
});

describe('several topics', () => {
  const schema: Schema = {
    fields: [
      { name: 'id', type: { kind: 'bigint', nullable: true } },
      { name: 'into', type: STRING },
    ],
  };
  const options = () => ({
    ...place(),
    topic: `${topic}-a;${topic}-b`,
    connector: 'kafka',
    format: 'json',
    'metadata.into': 'topic',
    'sink.partitions': '3',
  });
  const sinkOf = () => {
    const sink = plainKafka(network).createSink?.(options(), schema, 'exactly-once');
    if (sink === undefined) throw new Error('kafka has a sink');
    return sink;
  };
  const into = (id: number) => `${topic}-${id % 3 === 0 ? 'a' : 'b'}`;
  const batch = (from: number, to: number) =>
    batchOf(
      schema,
      Array.from({ length: to - from }, (_, at): Value[] => [BigInt(from + at), into(from + at)]),
    );
  const read = () => readAll(plainKafka(network), { ...START, ...options() }, schema);

  sinkConformance('the Kafka sink of several topics', async () => {
    topic = `t${++topics}`;
    return {
      sink: sinkOf(),
      context: writerContext('exactly-once', { job: `job-${topic}` as never }),
      batch,
      visible: async () => {
        const rows = await read();
        for (const [id, name] of rows) expect(name).toBe(into(Number(id)));
        return rows.map(([id]) => Number(id)).sort((a, b) => a - b);
      },
      close: async () => {},
    };
  });

  test('a row that names none of them, or NULL, ends the job with what is allowed', async () => {
    const sink = sinkOf();
    await sink.prepare(signal());
    for (const [name, told] of [
      ['elsewhere', "topic 'elsewhere'"],
      [null, 'no topic (NULL)'],
    ] as const) {
      const writer = await sink.createWriter(writerContext('at-least-once'));
      await expect((async () => writer.write(batchOf(schema, [[1n, name]])))()).rejects.toMatchObject({
        code: 'kafka.topic-not-listed',
        message: `a row names ${told}, and the option 'topic' allows ${topic}-a, ${topic}-b; list it there, or leave such rows out with WHERE`,
      });
      await writer.close();
    }
  });
});
