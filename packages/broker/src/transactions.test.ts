import { errorName } from '@millrace/kafka-protocol';
import { describe, expect, it } from 'vitest';
import { batchOf, type ProducerAnswer, type RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { eventually, runBroker } from './testing/running-broker.ts';

async function begin(client: RawClient, id: string, topic = 't', timeoutMs?: number): Promise<ProducerAnswer> {
  const producer = await client.initProducer(id, timeoutMs);
  expect(producer.error).toBe('NONE');
  expect(await client.addPartitions(id, producer, topic)).toBe('NONE');
  return producer;
}

function write(
  client: RawClient,
  id: string,
  producer: ProducerAnswer,
  values: string[],
  baseSequence = 0,
  topic = 't',
) {
  const batch = batchOf(values, { ...producer, baseSequence, transactional: true });
  return client.produce(topic, batch, { transactionalId: id });
}

async function values(client: RawClient, committed = true): Promise<string[]> {
  return (await readLog(client, 't', { committed })).map((r) => r.value);
}

describe('idempotent producers', () => {
  it('a batch sent twice is stored once and answered with its first offset', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await run.client.initProducer(null);
    const first = batchOf(['a', 'b'], { ...producer, baseSequence: 0 });
    expect(await run.client.produce('t', Buffer.from(first))).toEqual({ error: 'NONE', baseOffset: 0 });
    expect(await run.client.produce('t', batchOf(['c'], { ...producer, baseSequence: 2 }))).toEqual({
      error: 'NONE',
      baseOffset: 2,
    });
    expect(await run.client.produce('t', Buffer.from(first))).toEqual({ error: 'NONE', baseOffset: 0 });
    expect(await values(run.client)).toEqual(['a', 'b', 'c']);
    await run.restart();
    expect(await run.client.produce('t', Buffer.from(first))).toEqual({ error: 'NONE', baseOffset: 0 });
    expect(await values(run.client)).toEqual(['a', 'b', 'c']);
  });

  it('a gap in the sequence is refused, and so is a retry older than five batches', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await run.client.initProducer(null);
    for (let i = 0; i < 6; i++) await run.client.produce('t', batchOf([`${i}`], { ...producer, baseSequence: i }));
    expect((await run.client.produce('t', batchOf(['x'], { ...producer, baseSequence: 8 }))).error).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    );
    expect((await run.client.produce('t', batchOf(['0'], { ...producer, baseSequence: 0 }))).error).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    );
    expect((await run.client.produce('t', batchOf(['1'], { ...producer, baseSequence: 1 }))).baseOffset).toBe(1);
  });

  it('producer ids are never handed out twice, also not across a restart', async () => {
    await using run = await runBroker();
    const ids = [(await run.client.initProducer(null)).producerId, (await run.client.initProducer('tx')).producerId];
    await run.restart();
    ids.push((await run.client.initProducer(null)).producerId);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the coordinator', () => {
  it('is not overtaken by its own housekeeping between a decision and its being durable', async () => {
    await using run = await runBroker({ flush: 'group-commit', transactionScanMs: 1 });
    await run.client.createTopic('t');
    for (let i = 0; i < 20; i++) {
      const producer = await begin(run.client, 'tx');
      await write(run.client, 'tx', producer, [`${i}`]);
      expect(await run.client.endTxn('tx', producer, true)).toBe('NONE');
    }
    // One record and one marker each.
    expect((await run.client.listOffset('t', -1, true)).offset).toBe(40);
  });
});

describe('transactions', () => {
  it('records become visible to committed readers at the commit and not before', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    await run.client.produce('t', batchOf(['before']));
    const producer = await begin(run.client, 'tx');
    await write(run.client, 'tx', producer, ['a', 'b']);
    await run.client.produce('t', batchOf(['after']));
    expect(await values(run.client)).toEqual(['before']);
    expect(await values(run.client, false)).toEqual(['before', 'a', 'b', 'after']);
    expect((await run.client.listOffset('t', -1, true)).offset).toBe(1);
    expect((await run.client.listOffset('t', -1, false)).offset).toBe(4);
    expect(await run.client.endTxn('tx', producer, true)).toBe('NONE');
    expect(await values(run.client)).toEqual(['before', 'a', 'b', 'after']);
    expect((await run.client.listOffset('t', -1, true)).offset).toBe(5);
  });

  it('aborted records stay invisible to committed readers, also after a restart', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await begin(run.client, 'tx');
    await write(run.client, 'tx', producer, ['gone']);
    expect(await run.client.endTxn('tx', producer, false)).toBe('NONE');
    await run.client.produce('t', batchOf(['kept']));
    expect(await values(run.client)).toEqual(['kept']);
    await run.restart();
    expect(await values(run.client)).toEqual(['kept']);
    expect((await run.client.fetch('t', 0, { committed: true })).aborted).toEqual([
      { producerId: producer.producerId, firstOffset: 0 },
    ]);
    expect((await run.client.fetch('t', 0, { committed: false })).aborted).toBeNull();
  });

  it('a committed reader that waits is woken by the commit', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await begin(run.client, 'tx');
    await write(run.client, 'tx', producer, ['a']);
    const reader = await run.connect();
    const waiting = reader.fetch('t', 0, { committed: true, maxWaitMs: 20_000 });
    await run.client.endTxn('tx', producer, true);
    expect((await waiting).records.length).toBeGreaterThan(0);
  });

  it('ending a transaction again with the same outcome is fine, with the opposite one refused', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await begin(run.client, 'tx');
    await write(run.client, 'tx', producer, ['a']);
    expect(await run.client.endTxn('tx', producer, true)).toBe('NONE');
    expect(await run.client.endTxn('tx', producer, true)).toBe('NONE');
    expect(await run.client.endTxn('tx', producer, false)).toBe('INVALID_TXN_STATE');
    expect(await run.client.endTxn('tx', { ...producer, epoch: 9 }, true)).toBe('INVALID_PRODUCER_EPOCH');
    expect(await run.client.endTxn('nobody', producer, true)).toBe('INVALID_PRODUCER_ID_MAPPING');
    await run.restart();
    expect(await run.client.endTxn('tx', producer, true)).toBe('NONE');
    expect(await run.client.endTxn('tx', producer, false)).toBe('INVALID_TXN_STATE');
  });

  it('a second connection commits what a vanished writer left, also after a restart of the broker', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const writer = await run.connect();
    const producer = await begin(writer, 'tx');
    await write(writer, 'tx', producer, ['pre-committed']);
    writer.close();
    await run.restart();
    expect(await values(run.client)).toEqual([]);
    const committer = await run.connect();
    expect(await committer.endTxn('tx', producer, true)).toBe('NONE');
    expect(await values(run.client)).toEqual(['pre-committed']);
  });

  it('initialising an id again aborts its transaction and fences the former owner everywhere', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const old = await begin(run.client, 'tx');
    await write(run.client, 'tx', old, ['lost']);
    const fresh = await run.client.initProducer('tx');
    expect([fresh.producerId, fresh.epoch > old.epoch]).toEqual([old.producerId, true]);
    expect((await write(run.client, 'tx', old, ['zombie'], 1)).error).toBe('INVALID_PRODUCER_EPOCH');
    expect(await run.client.addPartitions('tx', old, 't')).toBe('INVALID_PRODUCER_EPOCH');
    expect(await run.client.endTxn('tx', old, true)).toBe('INVALID_PRODUCER_EPOCH');
    expect(await run.client.addPartitions('tx', fresh, 't')).toBe('NONE');
    expect((await write(run.client, 'tx', fresh, ['kept'])).error).toBe('NONE');
    expect(await run.client.endTxn('tx', fresh, true)).toBe('NONE');
    expect(await values(run.client)).toEqual(['kept']);
  });

  it('a partition that was not announced is refused, and so is an end without a transaction', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await run.client.initProducer('tx');
    expect((await write(run.client, 'tx', producer, ['x'])).error).toBe('INVALID_TXN_STATE');
    expect(await run.client.endTxn('tx', producer, true)).toBe('INVALID_TXN_STATE');
    expect((await run.client.initProducer('tx', 900_001)).error).toBe('INVALID_TRANSACTION_TIMEOUT');
  });

  it('a transaction that is open for too long is aborted and its producer fenced', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const producer = await begin(run.client, 'tx', 't', 30);
    await write(run.client, 'tx', producer, ['late']);
    await run.client.produce('t', batchOf(['free']));
    expect(
      await eventually(
        () => values(run.client),
        (v) => v.length > 0,
      ),
    ).toEqual(['free']);
    expect(await run.client.endTxn('tx', producer, true)).toBe('INVALID_PRODUCER_EPOCH');
  });

  it('only the open transaction holds readers back, and each partition has its own stable offset', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const a = await begin(run.client, 'a');
    const b = await begin(run.client, 'b');
    await write(run.client, 'a', a, ['a0']);
    await write(run.client, 'b', b, ['b0']);
    await run.client.endTxn('b', b, false);
    expect(await values(run.client)).toEqual([]);
    await run.client.endTxn('a', a, true);
    expect(await values(run.client)).toEqual(['a0']);
  });

  it('an epoch that its owner bumps again after a lost answer is bumped once; older epochs are fenced', async () => {
    await using run = await runBroker();
    const bump = async (from: ProducerAnswer): Promise<ProducerAnswer> => {
      const r = await run.client.call(
        22,
        4,
        (w) => w.nullableString('tx').int32(60_000).int64(from.producerId).int16(from.epoch).tags(),
        true,
      );
      r.int32();
      return { error: errorName(r.int16()), producerId: r.int64(), epoch: r.int16() };
    };
    const first = await run.client.initProducer('tx');
    const second = await bump(first);
    expect(second).toEqual({ ...first, epoch: first.epoch + 1 });
    expect(await bump(first)).toEqual(second);
    await run.restart();
    expect(await bump(first)).toEqual(second);
    const third = await bump(second);
    expect(third.epoch).toBe(second.epoch + 1);
    expect((await bump(first)).error).toBe('PRODUCER_FENCED');
    const other = await run.client.initProducer('tx');
    expect(other.epoch).toBe(third.epoch + 1);
    expect((await bump(third)).error).toBe('PRODUCER_FENCED');
  });
});
