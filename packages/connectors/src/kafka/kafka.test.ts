import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Broker, type Fault, type RequestFacts, startBroker } from '@millrace/broker';
import type { Committer, SinkWriter, Source } from '@millrace/contracts';
import type { Guarantee, JobId, Schema } from '@millrace/model';
import type { Expression, SourceFilter } from '@millrace/plan';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeTopic, describeTopics, listTopics, newestMessages, peekMessages, testConnection } from '../browse.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { batchOf, drain, readerContext, rowsOf, writerContext } from '../testing/contexts.ts';
import { kafka as connector } from './connector.ts';

const ORDERS: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: true } },
    { name: 'city', type: { kind: 'string', nullable: true } },
    { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2, nullable: true } },
  ],
};

const BOOLEAN = { kind: 'boolean', nullable: true } as const;
const TEXT: Schema = { fields: [{ name: 'line', type: { kind: 'string', nullable: true } }] };
const allowedHosts = ['127.0.0.1'];
const kafka = connector(new NetworkPolicy(allowedHosts));
const PRODUCE = 0;
const END_TXN = 26;
const signal = () => AbortSignal.timeout(20_000);

let folder: string;
let broker: Broker;
let fault: (request: RequestFacts) => Fault | undefined = () => undefined;
let topics = 0;
let topic = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-connectors-kafka-'));
  broker = await startBroker({
    dataDir: folder,
    flush: 'none',
    autoCreateTopics: false,
    fault: (request) => fault(request),
  });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  fault = () => undefined;
  topic = `orders-${++topics}`;
});

function options(more: Record<string, string> = {}): Record<string, string> {
  return {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': `127.0.0.1:${broker.port}`,
    format: 'json',
    ...more,
  };
}

function sink(guarantee: Guarantee, more: Record<string, string> = {}, schema = ORDERS) {
  const made = kafka.createSink?.(options({ 'sink.partitions': '2', ...more }), schema, guarantee);
  if (made === undefined) throw new Error('kafka has a sink');
  return made;
}

function source(more: Record<string, string> = {}, schema = ORDERS): Source {
  const made = kafka.createSource?.(options({ 'scan.startup.mode': 'earliest-offset', ...more }), schema);
  if (made === undefined) throw new Error('kafka has a source');
  return made;
}

/** Everything committed in the topic, in order of id. */
async function read(more: Record<string, string> = {}, schema = ORDERS) {
  const bounded = source({ 'scan.bounded.mode': 'latest-offset', ...more }, schema);
  const splits = await bounded.discover(signal());
  const reader = bounded.createReader(readerContext());
  try {
    reader.addSplits(splits);
    const drained = await drain(reader, () => reader.snapshot().length === 0);
    drained.rows.sort((a, b) => Number(a[0]) - Number(b[0]));
    return drained;
  } finally {
    await reader.close();
  }
}

const ids = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => Number(id));
const order = (id: number) => [BigInt(id), id % 2 === 0 ? 'Shanghai' : '杭州 "x"', `${id}.50`];
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const orders = (from: number, to: number) => batchOf(ORDERS, range(from, to).map(order));

async function writeAll(writer: SinkWriter, batches: ReturnType<typeof orders>[]) {
  for (const batch of batches) await writer.write(batch);
  await writer.flush();
}

async function committerOf(change = {}): Promise<Committer> {
  const made = await sink('exactly-once').createCommitter?.(writerContext('exactly-once', change));
  if (made === undefined) throw new Error('kafka has a committer');
  return made;
}

sourceConformance('the Kafka source', async () => {
  topic = `orders-${++topics}`;
  const target = sink('at-least-once', { 'sink.partitions': '3', 'sink.partitioner': 'round-robin' });
  await target.prepare(signal());
  const writer = await target.createWriter(writerContext('at-least-once'));
  for (const start of range(0, 9)) await writeAll(writer, [orders(start * 10, start * 10 + 10)]);
  await writer.close();
  const bounded = source({ 'scan.bounded.mode': 'latest-offset' });
  return { source: bounded, context: readerContext(), rows: 90, close: async () => {} };
});

sinkConformance('the Kafka sink', async () => {
  topic = `orders-${++topics}`;
  return {
    sink: sink('exactly-once'),
    context: writerContext('exactly-once', { job: `job-${topic}` as JobId }),
    batch: orders,
    visible: async () => ids((await read()).rows),
    close: async () => {},
  };
});

describe('with a filter', () => {
  const isText = (index: number, value: string): Expression => {
    const type = { kind: 'string', nullable: true } as const;
    return {
      kind: 'call',
      name: '=',
      args: [
        { kind: 'column', index, type },
        { kind: 'literal', value, type },
      ],
      type: BOOLEAN,
    };
  };

  async function drained(filter: SourceFilter, schema: Schema, more: Record<string, string> = {}) {
    const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset', ...more };
    const made = kafka.createSource?.(options(bounded), schema, filter);
    if (made === undefined) throw new Error('kafka has a source');
    const reader = made.createReader(readerContext());
    reader.addSplits(await made.discover(signal()));
    const found = { rows: 0, leftOut: 0, times: [] as number[], rejected: 0 };
    while (reader.snapshot().length > 0) {
      const { batch, leftOut = 0, rejected } = await reader.poll(7, 200, signal());
      found.rows += batch?.rows ?? 0;
      found.leftOut += leftOut;
      found.rejected += rejected.length;
      expect((batch?.rows ?? 0) + leftOut).toBeLessThanOrEqual(7);
      for (const { leftOut: run } of batch?.runs ?? []) if (run !== undefined) found.times.push(run.maxEventTime);
    }
    await reader.close();
    return found;
  }

  test('rows that nobody wants are counted and not given, whether value or key says so; positions move over them', async () => {
    const keyed = { 'key.fields': 'city', 'key.format': 'raw', 'value.fields-include': 'EXCEPT_KEY' };
    const target = sink('at-least-once', { 'sink.partitions': '1', ...keyed });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [orders(0, 30)]);
    await writer.close();
    const condition = isText(1, 'Shanghai');
    expect(await drained({ condition }, ORDERS, keyed)).toMatchObject({
      rows: 15,
      leftOut: 15,
      rejected: 0,
      times: [],
    });
    // The value has no city now: it is NULL.
    expect(await drained({ condition }, ORDERS)).toMatchObject({ rows: 0, leftOut: 30, rejected: 0 });
  });

  test('the time of a record is told for what is left out, and what cannot be decoded is rejected whatever the condition says', async () => {
    const target = sink('at-least-once', { 'sink.partitions': '1', format: 'raw' }, TEXT);
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    const before = Date.now();
    await writeAll(writer, [batchOf(TEXT, [['{"city":"x"}'], ['{"city":"x","id":"?"}'], ['{"city":']])]);
    await writer.close();
    const ltz = { kind: 'timestamp_ltz', precision: 3, nullable: true } as const;
    const schema: Schema = { fields: [...ORDERS.fields, { name: 'at', type: ltz }] };
    const eventTime = { value: { kind: 'column', index: 3, type: ltz }, maxAheadMs: 60_000 } as const;
    const found = await drained({ condition: isText(1, 'y'), eventTime }, schema, { 'metadata.at': 'timestamp' });
    expect(found).toMatchObject({ rows: 0, leftOut: 1, rejected: 2 });
    expect(found.times[0]).toBeGreaterThanOrEqual(before);
  });
});

describe('at-least-once', () => {
  test('what was flushed is read back with every digit and every character', async () => {
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [
      orders(0, 3),
      batchOf(ORDERS, [
        [9_223_372_036_854_775_807n, null, '-0.05'],
        [-1n, 'tab\t quote" back\\ nul\u0001 😀', null],
      ]),
    ]);
    await writer.close();
    const { rows } = await read();
    expect(rows).toEqual([
      [-1n, 'tab\t quote" back\\ nul\u0001 😀', null],
      ...range(0, 3).map(order),
      [9_223_372_036_854_775_807n, null, '-0.05'],
    ]);
  });

  test('lost acknowledgements neither lose nor double a record', async () => {
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    let produces = 0;
    fault = ({ apiKey }) =>
      apiKey === PRODUCE && ++produces % 2 === 1
        ? { kind: produces % 4 === 1 ? 'drop-after' : 'drop-before' }
        : undefined;
    for (const start of range(0, 6)) await writeAll(writer, [orders(start * 10, start * 10 + 10)]);
    fault = () => undefined;
    await writer.close();
    expect(produces).toBeGreaterThan(6);
    expect(ids((await read()).rows)).toEqual(range(0, 60));
  });

  test('a reader restored from its snapshot returns each record exactly once', async () => {
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [orders(0, 100), orders(100, 200)]);
    await writer.close();
    const unbounded = source();
    let splits = await unbounded.discover(signal());
    const seen: number[] = [];
    while (seen.length < 200) {
      const reader = unbounded.createReader(readerContext());
      reader.addSplits(splits);
      const { rows } = await drain(reader, (drained) => drained.rows.length > 0, 7);
      seen.push(...ids(rows));
      splits = JSON.parse(JSON.stringify(reader.snapshot()));
      await reader.close();
    }
    expect(seen.sort((a, b) => a - b)).toEqual(range(0, 200));
  });

  test('the same key always goes to the same partition, and key, metadata and value make one row', async () => {
    const keyed = { 'key.fields': 'city', 'key.format': 'raw', 'value.fields-include': 'EXCEPT_KEY' };
    const target = sink('at-least-once', keyed);
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [orders(0, 20)]);
    await writer.close();
    const schema: Schema = {
      fields: [
        ...ORDERS.fields,
        { name: 'part', type: { kind: 'integer', nullable: true } },
        { name: 'off', type: { kind: 'bigint', nullable: true } },
        { name: 't', type: { kind: 'string', nullable: true } },
      ],
    };
    const metadata = { 'metadata.part': 'partition', 'metadata.off': 'offset', 'metadata.t': 'topic' };
    const { rows } = await read({ ...keyed, ...metadata }, schema);
    expect(rows.map((row) => row.slice(0, 3))).toEqual(range(0, 20).map(order));
    for (const city of ['Shanghai', '杭州 "x"']) {
      expect(new Set(rows.filter((row) => row[1] === city).map((row) => row[3])).size).toBe(1);
    }
    expect(new Set(rows.map((row) => `${row[3]}-${row[4]}`)).size).toBe(20);
    expect(new Set(rows.map((row) => row[5]))).toEqual(new Set([topic]));
  });

  test('a timestamp column is the time of the record and no part of its value', async () => {
    const schema: Schema = {
      fields: [...ORDERS.fields, { name: 'sent', type: { kind: 'timestamp_ltz', precision: 3, nullable: true } }],
    };
    const target = sink('at-least-once', { 'metadata.sent': 'timestamp' }, schema);
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    const sent = (id: number) => (id === 3 ? null : 1_700_000_000_000 + id);
    await writeAll(writer, [
      batchOf(
        schema,
        range(0, 5).map((id) => [...order(id), sent(id)]),
      ),
    ]);
    await writer.close();
    const { rows } = await read({ 'metadata.sent': 'timestamp' }, schema);
    const times = new Map(rows.map((row) => [Number(row[0]), row.at(-1)]));
    for (const id of [0, 1, 2, 4]) expect(times.get(id)).toBe(sent(id));
    // NULL is the moment of writing.
    expect(Number(times.get(3))).toBeGreaterThan(1_700_000_000_100);
    const line: Schema = { fields: [{ name: 'line', type: { kind: 'string', nullable: true } }] };
    const { rows: lines } = await read({ format: 'raw' }, line);
    expect(lines.some(([text]) => String(text).includes('sent'))).toBe(false);
  });

  test('a record that is no JSON is rejected with its position, its reason and its bytes, and no other', async () => {
    const text: Schema = { fields: [{ name: 'line', type: { kind: 'string', nullable: true } }] };
    const raw = sink('at-least-once', { format: 'raw', 'sink.partitions': '1' }, text);
    await raw.prepare(signal());
    const writer = await raw.createWriter(writerContext('at-least-once'));
    const lines = ['{"id":1,"city":"a","amount":1}', '{"id":2,"ci', '{"id":3,"amount":"abc"}', '{"id":4}'];
    await writeAll(writer, [
      batchOf(
        text,
        lines.map((line) => [line]),
      ),
    ]);
    await writer.close();
    const { rows, rejected } = await read();
    expect(ids(rows)).toEqual([1, 4]);
    expect(rejected.map(({ position, errorCode, error }) => ({ position, errorCode, error }))).toEqual([
      {
        position: 'partition 0, offset 1',
        errorCode: 'json.malformed',
        error: 'not a JSON object: the record ends at byte 11',
      },
      {
        position: 'partition 0, offset 2',
        errorCode: 'json.type',
        error: 'field amount: expected DECIMAL(10, 2), found "abc" at byte 17',
      },
    ]);
    expect(new TextDecoder().decode(rejected[0]?.value)).toBe(lines[1]);
  });

  test('a reader tells its lag, and that it caught up', async () => {
    const target = sink('at-least-once', { 'sink.partitions': '1' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [orders(0, 50)]);
    const unbounded = source();
    const reader = unbounded.createReader(readerContext());
    expect(reader.progress()).toEqual([]);
    reader.addSplits(await unbounded.discover(signal()));
    const first = await drain(reader, (drained) => drained.rows.length > 0, 10);
    expect(first.rows).toHaveLength(10);
    const [behind] = reader.progress();
    expect(behind).toMatchObject({ lagRecords: 40, caughtUp: false });
    expect(behind?.lagMs).toBeGreaterThanOrEqual(0);
    await drain(reader, (drained) => drained.rows.length === 40);
    expect(reader.progress()).toMatchObject([{ lagRecords: 0, lagMs: 0, caughtUp: true }]);
    await writer.write(orders(50, 51));
    const late = await drain(reader, (drained) => drained.rows.length === 1);
    expect(ids(late.rows)).toEqual([50]);
    await Promise.all([reader.close(), writer.close()]);
  });

  test('group offsets are published after a checkpoint and found by a later start', async () => {
    const target = sink('at-least-once', { 'sink.partitions': '1' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writeAll(writer, [orders(0, 10)]);
    await writer.close();
    const group = { 'properties.group.id': `group-${topic}`, 'scan.startup.mode': 'group-offsets' };
    const reader = source(group).createReader(readerContext());
    const splits = await source(group).discover(signal());
    expect(splits).toMatchObject([{ start: { offset: 0 } }]);
    reader.addSplits(splits);
    await drain(reader, (drained) => drained.rows.length === 4, 4);
    await reader.onCheckpointComplete(reader.snapshot());
    await reader.close();
    expect(await source(group).discover(signal())).toMatchObject([{ start: { offset: 4 } }]);
  });

  test('a missing topic is an error that names it', async () => {
    await expect(source().discover(signal())).rejects.toMatchObject({
      code: 'kafka.topic-missing',
      message: expect.stringContaining(topic),
    });
  });
});

test('records of CSV are written and read by position, whichever columns are asked for', async () => {
  const csv = { format: 'csv', 'csv.field-delimiter': ';' };
  const target = sink('at-least-once', csv);
  await target.prepare(signal());
  const writer = await target.createWriter(writerContext('at-least-once'));
  await writeAll(writer, [batchOf(ORDERS, [[1n, 'a;b', '2.50']]), batchOf(ORDERS, [[2n, null, '-0.05']])]);
  await writer.close();
  const columns = { 'csv.columns': JSON.stringify(['id', 'city', 'amount']) };
  const some: Schema = { fields: [ORDERS.fields[2], ORDERS.fields[0]].flatMap((field) => field ?? []) };
  expect((await read({ ...csv, ...columns })).rows).toEqual([
    [1n, 'a;b', '2.50'],
    [2n, '', '-0.05'],
  ]);
  expect((await read({ ...csv, ...columns }, some)).rows).toEqual([
    ['-0.05', 2n],
    ['2.50', 1n],
  ]);
  const { rejected } = await read({ format: 'csv', ...columns });
  expect(rejected.map(({ errorCode }) => errorCode)).toEqual(['csv.type', 'csv.type']);
});

describe('exactly-once', () => {
  async function sealed(writer: SinkWriter, batch: ReturnType<typeof orders>): Promise<unknown> {
    await writer.write(batch);
    await writer.flush();
    const committables = await writer.prepareCommit();
    expect(committables).toHaveLength(1);
    return JSON.parse(JSON.stringify(committables[0]));
  }

  async function prepared(change = {}) {
    const target = sink('exactly-once');
    await target.prepare(signal());
    return target.createWriter(writerContext('exactly-once', change));
  }

  test('sealed rows are visible only after the commit, which may come again and from elsewhere', async () => {
    const writer = await prepared();
    const committable = await sealed(writer, orders(0, 10));
    expect((await read()).rows).toEqual([]);
    await writer.close();
    const committer = await committerOf();
    expect(await committer.commit(committable, signal())).toEqual({ kind: 'committed' });
    expect(await committer.commit(committable, signal())).toEqual({ kind: 'committed' });
    await committer.close();
    expect(ids((await read()).rows)).toEqual(range(0, 10));
  });

  test('nothing written makes nothing to commit', async () => {
    const writer = await prepared();
    await writer.flush();
    expect(await writer.prepareCommit()).toEqual([]);
    await writer.close();
  });

  test('every transaction has an epoch or an id of its own', async () => {
    const writer = await prepared();
    const committer = await committerOf();
    const names = new Set<string>();
    for (const start of range(0, 6)) {
      const committable = (await sealed(writer, orders(start, start + 1))) as Record<string, unknown>;
      names.add(`${committable.transactionalId} ${committable.producerId} ${committable.producerEpoch}`);
      await committer.commit(committable, signal());
    }
    await Promise.all([writer.close(), committer.close()]);
    expect(names.size).toBe(6);
    expect(ids((await read()).rows)).toEqual(range(0, 6));
  });

  test('lost acknowledgements inside a transaction and of its end neither lose nor double', async () => {
    const writer = await prepared();
    let produces = 0;
    fault = ({ apiKey }) => (apiKey === PRODUCE && ++produces % 2 === 1 ? { kind: 'drop-after' } : undefined);
    await writer.write(orders(0, 10));
    await writer.flush();
    const committable = await sealed(writer, orders(10, 20));
    let ends = 0;
    fault = ({ apiKey }) => (apiKey === END_TXN && ++ends === 1 ? { kind: 'drop-after' } : undefined);
    const committer = await committerOf();
    expect(await committer.commit(committable, signal())).toEqual({ kind: 'committed' });
    expect(ends).toBe(2);
    await Promise.all([writer.close(), committer.close()]);
    expect(ids((await read()).rows)).toEqual(range(0, 20));
  });

  test('what was not sealed is aborted when the writer closes, and readers do not wait for it', async () => {
    const writer = await prepared();
    const committable = await sealed(writer, orders(0, 5));
    await writer.write(orders(5, 10));
    await writer.flush();
    await writer.close();
    const committer = await committerOf();
    await committer.commit(committable, signal());
    await committer.close();
    expect(ids((await read()).rows)).toEqual(range(0, 5));
  });

  test('a new attempt aborts what a dead writer left open, and fences it', async () => {
    const zombie = await prepared();
    await zombie.write(orders(0, 5));
    await zombie.flush();
    const committer = await committerOf({ attempt: 2 });
    await committer.abortLingering({ subtasks: 1, attempt: 2 }, signal());
    const next = await prepared({ attempt: 2 });
    await committer.commit(await sealed(next, orders(5, 10)), signal());
    await zombie.write(orders(10, 15));
    await expect(zombie.flush()).rejects.toMatchObject({ code: 'kafka.fenced' });
    await Promise.all([zombie.close(), next.close(), committer.close()]);
    expect(ids((await read()).rows)).toEqual(range(5, 10));
  });

  test('a commit after the transaction was aborted is reported as lost, with its place', async () => {
    const writer = await prepared();
    const committable = await sealed(writer, orders(0, 5));
    await writer.close();
    const committer = await committerOf();
    await committer.abortLingering({ subtasks: 1, attempt: 2 }, signal());
    const outcome = await committer.commit(committable, signal());
    expect(outcome).toMatchObject({ kind: 'lost', reason: expect.stringContaining(`topic '${topic}'`) });
    await committer.close();
    expect((await read()).rows).toEqual([]);
  });

  test('a commit repeated after its id moved on is still known to be committed', async () => {
    const writer = await prepared();
    const committable = await sealed(writer, orders(0, 5));
    await writer.close();
    const committer = await committerOf();
    await committer.commit(committable, signal());
    await committer.abortLingering({ subtasks: 1, attempt: 2 }, signal());
    expect(await committer.commit(committable, signal())).toEqual({ kind: 'committed' });
    await committer.close();
    expect(ids((await read()).rows)).toEqual(range(0, 5));
  });
});

test('polls without splits wait and end empty', async () => {
  const reader = source().createReader(readerContext());
  const { batch, finishedSplits } = await reader.poll(10, 20, signal());
  expect([batch === undefined ? [] : rowsOf(batch), finishedSplits]).toEqual([[], []]);
  await reader.close();
});

test('topics, offsets and committed records can be looked at without a consumer', async () => {
  const target = sink('at-least-once', { 'sink.partitions': '1', 'key.fields': 'id', 'key.format': 'json' });
  await target.prepare(signal());
  const writer = await target.createWriter(writerContext('at-least-once'));
  await writeAll(writer, [orders(0, 30)]);
  await writer.close();
  const request = {
    options: { 'properties.bootstrap.servers': `127.0.0.1:${broker.port}` },
    allowedHosts,
    signal: signal(),
  };
  expect(await listTopics(request)).toContainEqual({ topic, partitions: 1 });
  expect(await describeTopic({ ...request, topic })).toEqual({
    topic,
    partitions: [{ partition: 0, firstOffset: 0, endOffset: 30 }],
  });
  expect(await describeTopics({ ...request, topics: [topic] })).toEqual([await describeTopic({ ...request, topic })]);
  const newest = await newestMessages({ ...request, topic, limit: 3 });
  expect(newest.map(({ partition, offset }) => [partition, offset])).toEqual([
    [0, 29],
    [0, 28],
    [0, 27],
  ]);
  const last = await peekMessages({ ...request, topic, partition: 0, from: 'latest', limit: 3 });
  expect(last.map(({ offset }) => offset)).toEqual([27, 28, 29]);
  const text = '{"id":29,"city":"杭州 \\"x\\"","amount":29.50}';
  expect(last[2]).toMatchObject({
    key: { text: '{"id":29}', encoding: 'utf-8' },
    value: { text, encoding: 'utf-8', bytes: Buffer.byteLength(text) },
  });
  expect(
    (await peekMessages({ ...request, topic, partition: 0, from: 5, limit: 2 })).map(({ offset }) => offset),
  ).toEqual([5, 6]);
  expect(await testConnection('kafka', request)).toMatchObject({ ok: true });
});

test('a broker may not send a job to a host that is not allowed', async () => {
  const elsewhere = await startBroker({
    dataDir: path.join(folder, 'elsewhere'),
    flush: 'none',
    autoCreateTopics: true,
    advertisedHost: '127.0.0.2',
  });
  try {
    const policy = new NetworkPolicy([`127.0.0.1:${elsewhere.port}`]);
    const servers = { 'properties.bootstrap.servers': `127.0.0.1:${elsewhere.port}` };
    const target = connector(policy).createSink?.(options(servers), ORDERS, 'at-least-once');
    await expect(target?.prepare(signal())).rejects.toMatchObject({
      code: 'network.forbidden',
      message: expect.stringContaining(`'127.0.0.2:${elsewhere.port}'`),
    });
  } finally {
    await elsewhere.close();
  }
});

test('a connection test against nothing says so', async () => {
  const request = {
    options: { 'properties.bootstrap.servers': '127.0.0.1:1' },
    allowedHosts,
    signal: AbortSignal.timeout(20_000),
  };
  expect(await testConnection('kafka', request)).toMatchObject({ ok: false, error: { code: 'kafka.unreachable' } });
}, 30_000);
