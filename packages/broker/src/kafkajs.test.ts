import { type Consumer, Kafka, logLevel, type Producer } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { eventually, type RunningBroker, runBroker } from './testing/running-broker.ts';

function kafkaOf(run: RunningBroker): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${run.port}`], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
}

function producerOf(kafka: Kafka, transactionalId?: string): Producer {
  const createPartitioner = () => () => 0;
  return kafka.producer({
    createPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    ...(transactionalId ? { transactionalId } : {}),
  });
}

async function consume(consumer: Consumer, topic: string, into: string[]): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: async ({ partition, message }) => void into.push(`${partition}:${message.offset}:${message.value}`),
  });
}

const consumerOptions = { sessionTimeout: 10_000, heartbeatInterval: 50, maxWaitTimeInMs: 100 };

describe('with kafkajs', () => {
  it('a group reads what was produced, and goes on where it stopped after a restart of both', async () => {
    await using run = await runBroker({ flush: 'group-commit' });
    const kafka = kafkaOf(run);
    const producer = producerOf(kafka);
    await producer.connect();
    const headers = { h: 'x' };
    await producer.send({
      topic: 'orders',
      messages: [
        { key: 'a', value: '1', headers },
        { key: 'b', value: '2' },
      ],
    });
    await producer.disconnect();
    const seen: string[] = [];
    const first = kafka.consumer({ groupId: 'g', ...consumerOptions });
    await consume(first, 'orders', seen);
    await eventually(
      async () => seen,
      (s) => s.length === 2,
    );
    await first.disconnect();
    await run.restart();
    const again = kafkaOf(run);
    const late = producerOf(again);
    await late.connect();
    await late.send({ topic: 'orders', messages: [{ value: '3' }] });
    const second = again.consumer({ groupId: 'g', ...consumerOptions });
    await consume(second, 'orders', seen);
    await eventually(
      async () => seen,
      (s) => s.length >= 3,
    );
    await Promise.all([second.disconnect(), late.disconnect()]);
    expect(seen).toEqual(['0:0:1', '0:1:2', '0:2:3']);
  });

  it('two members share the partitions, and the survivor takes over all of them', async () => {
    await using run = await runBroker();
    const kafka = kafkaOf(run);
    await run.client.createTopic('shared', 4);
    const owned = new Map<string, number[]>();
    const start = async (name: string) => {
      const consumer = kafka.consumer({ groupId: 'g', ...consumerOptions });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => owned.set(name, payload.memberAssignment.shared ?? []));
      await consume(consumer, 'shared', []);
      return consumer;
    };
    const one = await start('one');
    await eventually(
      async () => owned.get('one') ?? [],
      (p) => p.length === 4,
    );
    const two = await start('two');
    await eventually(
      async () => [...(owned.get('one') ?? []), ...(owned.get('two') ?? [])].sort(),
      (all) => all.join() === '0,1,2,3' && owned.get('two')?.length === 2,
    );
    await two.disconnect();
    await eventually(
      async () => owned.get('one') ?? [],
      (p) => p.length === 4,
    );
    await one.disconnect();
  });

  it('offsets sent with a transaction count when it commits and vanish when it aborts', async () => {
    await using run = await runBroker();
    const kafka = kafkaOf(run);
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'in' }, { topic: 'out' }] });
    const producer = producerOf(kafka, 'tx');
    await producer.connect();
    const committed = async () =>
      (await admin.fetchOffsets({ groupId: 'g', topics: ['in'] }))[0]?.partitions[0]?.offset;
    for (const [offset, end, expected] of [
      ['5', 'abort', '-1'],
      ['7', 'commit', '7'],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'out', messages: [{ value: end }] });
      await transaction.sendOffsets({
        consumerGroupId: 'g',
        topics: [{ topic: 'in', partitions: [{ partition: 0, offset }] }],
      });
      expect(await committed()).toBe('-1');
      await transaction[end]();
      expect(await committed()).toBe(expected);
    }
    const seen: string[] = [];
    const consumer = kafka.consumer({ groupId: 'r', readUncommitted: false, ...consumerOptions });
    await consume(consumer, 'out', seen);
    await eventually(
      async () => seen,
      (s) => s.length >= 1,
    );
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
    expect(seen).toEqual(['0:2:commit']);
  });

  it('topics, groups, configurations and records are administered', async () => {
    await using run = await runBroker();
    const kafka = kafkaOf(run);
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({
      topics: [{ topic: 't', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '1000000' }] }],
    });
    await admin.createPartitions({ topicPartitions: [{ topic: 't', count: 3 }] });
    expect((await admin.fetchTopicMetadata({ topics: ['t'] })).topics[0]?.partitions).toHaveLength(3);
    const described = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: 't' }] });
    expect(described.resources[0]?.configEntries.find((e) => e.configName === 'retention.ms')?.configValue).toBe(
      '1000000',
    );
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: 't', configEntries: [{ name: 'retention.bytes', value: '7' }] }],
    });
    await expect(
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: 't', configEntries: [{ name: 'nonsense', value: '7' }] }],
      }),
    ).rejects.toThrow();
    const producer = producerOf(kafka);
    await producer.connect();
    await producer.send({
      topic: 't',
      messages: [
        { value: '0', timestamp: '1000' },
        { value: '1', timestamp: '2000' },
        { value: '2', timestamp: '3000' },
      ],
    });
    const byTime = await admin.fetchTopicOffsetsByTimestamp('t', 1500);
    expect(byTime.find((p) => p.partition === 0)?.offset).toBe('1');
    await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset: '2' }] });
    expect((await admin.fetchTopicOffsets('t')).find((p) => p.partition === 0)).toMatchObject({ low: '2', high: '3' });
    await run.client.commitOffset('g', 't', 2);
    expect((await admin.listGroups()).groups.map((g) => g.groupId)).toEqual(['g']);
    await admin.deleteGroups(['g']);
    expect((await admin.listGroups()).groups).toEqual([]);
    expect((await admin.describeCluster()).brokers).toMatchObject([{ host: '127.0.0.1', port: run.port }]);
    await admin.deleteTopics({ topics: ['t'] });
    expect(await admin.listTopics()).toEqual([]);
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });

  it('a topic is created on first use only where that is allowed', async () => {
    await using run = await runBroker({ autoCreateTopics: false });
    const kafka = new Kafka({ brokers: [`127.0.0.1:${run.port}`], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    const producer = kafka.producer();
    await producer.connect();
    await expect(producer.send({ topic: 'absent', messages: [{ value: 'x' }] })).rejects.toThrow(
      /does not host this topic/,
    );
    await producer.disconnect();
  });
});
