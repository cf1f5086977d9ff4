import { errorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { batchOf, type RawClient } from './testing/raw-client.ts';
import { runBroker } from './testing/running-broker.ts';

/** A fifth of a second may be spent at once. */
const QUICK = { quotaWindows: { windows: 3, windowMs: 100 } };
const DEFAULT_CLIENT = [['client-id', null]] as const;

type Part = readonly [type: string, name: string | null];
type Limit = readonly [key: string, value: number | null];

/** Sets limits (null removes one) and says what came of it. */
async function alter(client: RawClient, entity: readonly Part[], limits: readonly Limit[], validateOnly = false) {
  const r = await client.call(49, 0, (w) =>
    w
      .array([entity], () => {
        w.array(entity, ([type, name]) => w.string(type).nullableString(name));
        w.array(limits, ([key, value]) =>
          w
            .string(key)
            .float64(value ?? 0)
            .boolean(value === null),
        );
      })
      .boolean(validateOnly),
  );
  r.int32();
  return r.array(() => {
    const error = errorName(r.int16());
    r.nullableString();
    r.array(() => [r.string(), r.nullableString()]);
    return error;
  })[0];
}

async function describeQuotas(
  client: RawClient,
  components: readonly (readonly [string, number, string | null])[],
  strict = false,
) {
  const write = (w: Writer) =>
    w
      .array(components, ([type, match, name]) => w.string(type).int8(match).nullableString(name).tags())
      .boolean(strict)
      .tags();
  const r = await client.call(48, 1, write, true);
  r.int32();
  const error = errorName(r.int16());
  r.nullableString();
  const pairs = <T>(value: () => T) =>
    r.array(() => {
      const pair = [r.string(), value()] as const;
      r.tags();
      return pair;
    });
  const found = r.nullableArray(() => {
    const entry = [pairs(() => r.nullableString()), pairs(() => r.float64())];
    r.tags();
    return entry;
  });
  return error === 'NONE' ? found : error;
}

function produceBytes(client: RawClient, bytes: number): Promise<{ throttleMs: number; baseOffset: number }> {
  const batch = batchOf(['x'.repeat(bytes)]);
  const answer = client.call(0, 7, (w) =>
    w
      .nullableString(null)
      .int16(-1)
      .int32(5000)
      .array(['t'], () => w.string('t').array([0], () => w.int32(0).bytes(batch))),
  );
  return answer.then((r: Reader) => {
    const offsets = r.array(() => {
      r.string();
      return r.array(() => [r.int32(), r.int16(), r.int64(), r.int64(), r.int64()][2]);
    });
    return { throttleMs: r.int32(), baseOffset: offsets[0]?.[0] ?? -1 };
  });
}

async function fetchFrom(client: RawClient, offset: number, minBytes = 1, maxWaitMs = 0) {
  const r = await client.call(1, 4, (w) => {
    w.int32(-1)
      .int32(maxWaitMs)
      .int32(minBytes)
      .int32(1 << 24)
      .int8(0);
    w.array(['t'], () =>
      w.string('t').array([0], () =>
        w
          .int32(0)
          .int64(offset)
          .int32(1 << 24),
      ),
    );
  });
  const throttleMs = r.int32();
  const records = r.array(() => {
    r.string();
    return r.array(() => {
      r.int32();
      r.int16();
      r.int64();
      r.int64();
      r.nullableArray(() => r.raw(16));
      return r.bytes();
    });
  });
  return { throttleMs, bytes: records[0]?.[0]?.length ?? 0 };
}

describe('a client with a limit', () => {
  it('writes no faster than it says, is told for how long to rest, and is not heard before', async () => {
    await using run = await runBroker(QUICK);
    await run.client.createTopic('t');
    expect(await alter(run.client, DEFAULT_CLIENT, [['producer_byte_rate', 100_000]])).toBe('NONE');
    const started = performance.now();
    let restMs = 0;
    for (let i = 0; i < 12; i++) restMs += (await produceBytes(run.client, 10_000)).throttleMs;
    await run.client.listOffset('t', -1);
    const elapsedMs = performance.now() - started;
    // 12 times 10 kB, of which 20 kB may be spent at once: a second, measured where the next request gets through.
    expect(restMs).toBeGreaterThan(0);
    expect(elapsedMs).toBeGreaterThan(850);
    expect(120_000 / (elapsedMs / 1000)).toBeLessThan(141_000);
    const { throttledRequests, throttledMs } = run.broker.metrics();
    expect(throttledMs).toBe(restMs);
    expect(throttledRequests).toBeGreaterThan(5);
    expect(run.broker.connectedClients()[0]?.throttledMs).toBe(restMs);
  });

  it('is answered at once, and its next request after the rest, while others are served', async () => {
    await using run = await runBroker(QUICK);
    await run.client.createTopic('t');
    const other = await run.connect();
    await alter(run.client, DEFAULT_CLIENT, [['producer_byte_rate', 100_000]]);
    const started = performance.now();
    const next = produceBytes(run.client, 70_000).then((answer) => ({ ...answer, atMs: performance.now() - started }));
    const after = run.client.listOffset('t', -1).then(() => performance.now() - started);
    const { throttleMs, atMs } = await next;
    expect(throttleMs).toBeGreaterThan(300);
    expect((await other.listOffset('t', -1)).offset).toBe(1);
    expect(performance.now() - started).toBeLessThan(await after);
    expect(await after).toBeGreaterThan(throttleMs * 0.95);
    expect(atMs).toBeLessThan(await after);
  });

  it('reads no faster than it says, gets nothing while it has read too much, and everything in the end', async () => {
    await using run = await runBroker(QUICK);
    await run.client.createTopic('t');
    for (let i = 0; i < 12; i++) await produceBytes(run.client, 10_000);
    await alter(run.client, DEFAULT_CLIENT, [['consumer_byte_rate', 100_000]]);
    const started = performance.now();
    let [offset, restMs, empty] = [0, 0, 0];
    while (offset < 12) {
      const { throttleMs, bytes } = await fetchFrom(run.client, offset);
      restMs += throttleMs;
      if (throttleMs > 0) empty++;
      expect(throttleMs > 0).toBe(bytes === 0);
      offset += Math.floor(bytes / 10_000);
    }
    expect(performance.now() - started).toBeGreaterThan(800);
    expect(restMs).toBeGreaterThan(0);
    expect(empty).toBeGreaterThan(0);
  });

  it('gets a batch that is larger than all it may read at once, and waits for no more than it can get', async () => {
    await using run = await runBroker(QUICK);
    await run.client.createTopic('t');
    await produceBytes(run.client, 50_000);
    await alter(run.client, DEFAULT_CLIENT, [['consumer_byte_rate', 10_000]]);
    const started = performance.now();
    expect((await fetchFrom(run.client, 0, 1_000_000, 20_000)).bytes).toBeGreaterThan(50_000);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect((await fetchFrom(run.client, 0)).throttleMs).toBeGreaterThan(0);
  });

  it('delivers everything with kafkajs', async () => {
    await using run = await runBroker(QUICK);
    await run.client.createTopic('t');
    await alter(run.client, [['client-id', 'slow']], [['producer_byte_rate', 50_000]]);
    const kafka = new Kafka({ clientId: 'slow', brokers: [`127.0.0.1:${run.port}`], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const started = performance.now();
    for (let i = 0; i < 5; i++) await producer.send({ topic: 't', messages: [{ value: 'x'.repeat(10_000) }] });
    expect(performance.now() - started).toBeGreaterThan(400);
    await producer.disconnect();
    expect((await run.client.listOffset('t', -1)).offset).toBe(5);
    // The limit is for that client id.
    expect((await produceBytes(run.client, 100_000)).throttleMs).toBe(0);
  });
});

describe('limits', () => {
  it('are set, found, kept over a restart and removed', async () => {
    await using run = await runBroker();
    const alice = ['user', 'alice'] as const;
    await alter(
      run.client,
      [alice],
      [
        ['producer_byte_rate', 1],
        ['consumer_byte_rate', 2],
      ],
    );
    await alter(run.client, [alice, ['client-id', null]], [['producer_byte_rate', 3]]);
    await alter(run.client, [['user', null]], [['consumer_byte_rate', 4]]);
    await alter(run.client, [['user', 'bob']], [['consumer_byte_rate', 5]], true);
    await alter(run.client, [alice], [['consumer_byte_rate', null]]);
    await run.restart();
    const own = [[alice], [['producer_byte_rate', 1]]];
    const both = [[alice, ['client-id', null]], [['producer_byte_rate', 3]]];
    const others = [[['user', null]], [['consumer_byte_rate', 4]]];
    expect(await describeQuotas(run.client, [])).toEqual([own, both, others]);
    expect(await describeQuotas(run.client, [['user', 0, 'alice']])).toEqual([own, both]);
    expect(await describeQuotas(run.client, [['user', 0, 'alice']], true)).toEqual([own]);
    expect(await describeQuotas(run.client, [['user', 1, null]])).toEqual([others]);
    expect(
      await describeQuotas(
        run.client,
        [
          ['user', 2, null],
          ['client-id', 2, null],
        ],
        true,
      ),
    ).toEqual([both]);
    expect(await describeQuotas(run.client, [['ip', 2, null]])).toEqual([]);
    expect(await describeQuotas(run.client, [['tenant', 2, null]])).toBe('UNSUPPORTED_VERSION');
    await alter(run.client, [alice], [['producer_byte_rate', null]]);
    expect(await describeQuotas(run.client, [['user', 0, 'alice']], true)).toEqual([]);
  });

  it.each<readonly [string, readonly Part[], readonly Limit[]]>([
    ['for nobody', [], [['producer_byte_rate', 1]]],
    ['for an address', [['ip', '127.0.0.1']], [['producer_byte_rate', 1]]],
    [
      'for two users',
      [
        ['user', 'a'],
        ['user', 'b'],
      ],
      [['producer_byte_rate', 1]],
    ],
    ['for an empty name', [['user', '']], [['producer_byte_rate', 1]]],
    ['that this broker does not keep to', [['user', 'a']], [['request_percentage', 1]]],
    ['of nothing', [['user', 'a']], [['producer_byte_rate', 0]]],
    ['of a fraction', [['user', 'a']], [['producer_byte_rate', 1.5]]],
    ['of no number', [['user', 'a']], [['producer_byte_rate', Number.NaN]]],
  ])('%s are refused', async (_, entity, limits) => {
    await using run = await runBroker();
    expect(await alter(run.client, entity, limits)).toBe('INVALID_REQUEST');
    expect(await describeQuotas(run.client, [])).toEqual([]);
  });
});
