import { errorName, type Reader, Writer } from '@millrace/kafka-protocol';
import { describe, expect, it } from 'vitest';
import type { RawClient } from '../testing/raw-client.ts';
import { runBroker } from '../testing/running-broker.ts';

/** CreateTopics v4 of one topic per wish; the errors, by name, in the order of the answer. */
async function create(
  client: RawClient,
  wishes: readonly {
    name: string;
    partitions: number;
    brokers?: readonly number[][];
    config?: [string, string | null];
  }[],
): Promise<[string, string][]> {
  const r = await client.call(19, 4, (w) =>
    w
      .array(wishes, ({ name, partitions, brokers = [], config }) => {
        w.string(name)
          .int32(partitions)
          .int16(partitions < 0 ? -1 : 1);
        w.array([...brokers.entries()], ([i, ids]) => w.int32(i).array(ids, (id) => w.int32(id)));
        w.array(config === undefined ? [] : [config], ([key, value]) => w.string(key).nullableString(value));
      })
      .int32(1000)
      .boolean(false),
  );
  r.int32();
  return r.array(() => {
    const answer: [string, string] = [r.string(), errorName(r.int16())];
    r.nullableString();
    return answer;
  });
}

/** IncrementalAlterConfigs v0 of topic `t`. */
async function alter(client: RawClient, changes: readonly [string, number, string | null][]): Promise<string> {
  const r = await client.call(44, 0, (w) =>
    w
      .array(['t'], (name) => {
        w.int8(2).string(name);
        w.array(changes, ([option, operation, value]) => w.string(option).int8(operation).nullableString(value));
      })
      .boolean(false),
  );
  r.int32();
  return r.array(() => errorName(r.int16()))[0] ?? '';
}

function readDeletions(r: Reader) {
  const error = errorName(r.int16());
  r.int32();
  const partitions = r.array(() => {
    r.string();
    return r.array(() => [r.int32(), errorName(r.int16())] as const);
  });
  return { error, partitions: partitions.flat() };
}

function deleteOffsets(client: RawClient, group: string, partitions: readonly number[]) {
  return client
    .call(47, 0, (w) => w.string(group).array(['t'], (t) => w.string(t).array(partitions, (p) => w.int32(p))))
    .then(readDeletions);
}

describe('a topic', () => {
  it('is made where its replicas can be: on the one broker there is', async () => {
    await using run = await runBroker();
    const wishes = [
      { name: 'fits', partitions: -1, brokers: [[1], [1]] },
      { name: 'stranger', partitions: -1, brokers: [[7]] },
      { name: 'twice', partitions: -1, brokers: [[1, 1]] },
      { name: 'nowhere', partitions: -1, brokers: [[]] },
      { name: 'counted', partitions: 1, brokers: [[1]] },
    ];
    expect(await create(run.client, wishes)).toEqual([
      ['fits', 'NONE'],
      ['stranger', 'INVALID_REPLICA_ASSIGNMENT'],
      ['twice', 'INVALID_REPLICA_ASSIGNMENT'],
      ['nowhere', 'INVALID_REPLICA_ASSIGNMENT'],
      ['counted', 'INVALID_REQUEST'],
    ]);
  });

  it('is named once in a request, and its options have values', async () => {
    await using run = await runBroker();
    const wishes = [
      { name: 'a', partitions: 1 },
      { name: 'b', partitions: 1, config: ['retention.ms', null] as [string, null] },
      { name: 'a', partitions: 2 },
    ];
    expect(await create(run.client, wishes)).toEqual([
      ['a', 'INVALID_REQUEST'],
      ['b', 'INVALID_CONFIG'],
    ]);
    expect(await create(run.client, [{ name: 'a', partitions: 1 }])).toEqual([['a', 'NONE']]);
  });

  it('keeps its options when a change makes no sense', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 1, { 'retention.ms': '5' });
    const retention = 'retention.ms';
    expect(await alter(run.client, [[retention, 0, null]])).toBe('INVALID_REQUEST');
    expect(await alter(run.client, [[retention, 9, '1']])).toBe('INVALID_REQUEST');
    expect(await alter(run.client, [[retention, 2, '1']])).toBe('INVALID_CONFIG');
    const twice: [string, number, string][] = [
      [retention, 0, '1'],
      [retention, 0, '2'],
    ];
    expect(await alter(run.client, twice)).toBe('INVALID_REQUEST');
    expect(run.broker.metrics().failedRequests).toBe(0);
    expect(await alter(run.client, [['cleanup.policy', 2, 'compact']])).toBe('NONE');
    expect(await alter(run.client, [['cleanup.policy', 3, 'delete']])).toBe('NONE');
  });
});

describe('offsets of a group', () => {
  it('are deleted one by one, and told when the group or the partition does not exist', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 2);
    await run.client.commitOffset('g', 't', 5);
    expect(await deleteOffsets(run.client, 'g', [0, 1, 7])).toEqual({
      error: 'NONE',
      partitions: [
        [0, 'NONE'],
        [1, 'NONE'],
        [7, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ],
    });
    expect((await deleteOffsets(run.client, 'nobody', [0])).error).toBe('GROUP_ID_NOT_FOUND');
    await run.restart();
    const r = await run.client.call(9, 1, (w) =>
      w.string('g').array(['t'], (t) => w.string(t).array([0], (p) => w.int32(p))),
    );
    const offset = r.array(() => [r.string(), r.array(() => [r.int32(), r.int64(), r.nullableString(), r.int16()])]);
    expect(offset).toEqual([['t', [[0, -1, '', 0]]]]);
  });

  it('are kept while a member reads the topic', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const member = await run.connect();
    const subscription = new Writer()
      .int16(0)
      .array(['t'], (topic, w) => w.string(topic))
      .bytes(Buffer.alloc(0))
      .toBuffer();
    await member.call(11, 3, (w) =>
      w
        .string('g')
        .int32(10_000)
        .int32(10_000)
        .string('')
        .string('consumer')
        .array(['range'], (name) => w.string(name).bytes(subscription)),
    );
    expect((await deleteOffsets(run.client, 'g', [0])).partitions).toEqual([[0, 'GROUP_SUBSCRIBED_TO_TOPIC']]);
  });
});
