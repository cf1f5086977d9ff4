import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  CompressionTypes,
  type Consumer,
  Kafka,
  type KafkaMessage,
  logLevel,
  type Producer,
  ResourcePatternTypes,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { eventually, type RunningBroker, runBroker } from './testing/running-broker.ts';

/** A client whose parts are closed with the test. */
async function clientOf(run: RunningBroker) {
  const brokers = [`127.0.0.1:${run.port}`];
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
  const producer = kafka.producer({ createPartitioner: () => () => 0 });
  const admin = kafka.admin();
  const consumers: Consumer[] = [];
  await Promise.all([producer.connect(), admin.connect()]);
  return {
    producer,
    admin,
    consumer: async (groupId: string, topic: string | RegExp, fromBeginning = true) => {
      const options = { sessionTimeout: 10_000, heartbeatInterval: 50, maxWaitTimeInMs: 50, metadataMaxAge: 200 };
      const consumer = kafka.consumer({ groupId, ...options });
      consumers.push(consumer);
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning });
      return consumer;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...consumers, producer, admin].map((part) => part.disconnect()));
    },
  };
}

async function numbers(producer: Producer, topic: string, count: number, first = 0): Promise<void> {
  await producer.send({ topic, messages: Array.from({ length: count }, (_, i) => ({ value: `${first + i}` })) });
}

const until = (seen: readonly unknown[], count: number) =>
  eventually(
    async () => seen,
    (all) => all.length >= count,
    20_000,
  );

describe('what the documentation of kafkajs promises', () => {
  it('producing: every acks, gzip, headers, tombstones, timestamps and several topics at once', async () => {
    await using run = await runBroker();
    await using client = await clientOf(run);
    const { producer } = client;
    await run.client.createTopic('a');
    await run.client.createTopic('b');
    for (const acks of [0, 1, -1]) await producer.send({ topic: 'a', acks, messages: [{ value: `acks ${acks}` }] });
    const messages = [
      { key: 'k', value: null },
      { key: Buffer.of(0, 255), value: 'x', headers: { one: 'text', many: ['first', 'second'], raw: Buffer.of(7) } },
      { value: 'late', timestamp: '1000' },
    ];
    const [answer] = await producer.sendBatch({
      acks: -1,
      compression: CompressionTypes.GZIP,
      topicMessages: [
        { topic: 'a', messages },
        { topic: 'b', messages: [{ value: 'b' }] },
      ],
    });
    expect(answer).toMatchObject({ topicName: 'a', partition: 0, errorCode: 0, baseOffset: '3' });
    const seen: KafkaMessage[] = [];
    const consumer = await client.consumer('readers', 'a');
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message) });
    await until(seen, 6);
    expect(seen.slice(0, 3).map(({ value }) => `${value}`)).toEqual(['acks 0', 'acks 1', 'acks -1']);
    const [tombstone, full, late] = seen.slice(3);
    expect([`${tombstone?.key}`, tombstone?.value]).toEqual(['k', null]);
    expect(full?.key).toEqual(Buffer.of(0, 255));
    expect(full?.headers).toEqual({
      one: Buffer.from('text'),
      many: [Buffer.from('first'), Buffer.from('second')],
      raw: Buffer.of(7),
    });
    expect(late?.timestamp).toBe('1000');
  });

  it('consuming in batches: what was resolved is committed, what was not comes again', async () => {
    await using run = await runBroker();
    await using client = await clientOf(run);
    await numbers(client.producer, 't', 6);
    const first = await client.consumer('g', 't');
    const resolved: string[] = [];
    await first.run({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, uncommittedOffsets }) => {
        expect([batch.topic, batch.partition, batch.highWatermark]).toEqual(['t', 0, '6']);
        for (const message of batch.messages) {
          if (Number(message.offset) >= 4) break;
          resolveOffset(message.offset);
          resolved.push(`${message.value}`);
          await heartbeat();
        }
        await commitOffsetsIfNecessary(uncommittedOffsets());
      },
    });
    await until(resolved, 4);
    const committed = async () => (await client.admin.fetchOffsets({ groupId: 'g', topics: ['t'] }))[0]?.partitions;
    await eventually(committed, (partitions) => partitions?.[0]?.offset === '4');
    await first.disconnect();
    const rest: string[] = [];
    const second = await client.consumer('g', 't');
    await second.run({ eachMessage: async ({ message }) => void rest.push(`${message.value}`) });
    await until(rest, 2);
    expect(rest).toEqual(['4', '5']);
  });

  it('consuming with commits by hand, from the latest, and from wherever it seeks', async () => {
    await using run = await runBroker();
    await using client = await clientOf(run);
    await numbers(client.producer, 't', 5);
    const seen: string[] = [];
    const consumer = await client.consumer('g', 't', false);
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void seen.push(`${message.value}`) });
    // The position of a consumer that begins at the end is known once it reads what came after.
    await eventually(
      async () => {
        if (seen.length === 0) await numbers(client.producer, 't', 1, 5);
        return seen;
      },
      (all) => all.length > 0,
      20_000,
    );
    expect(seen[0]).toBe('5');
    consumer.seek({ topic: 't', partition: 0, offset: '2' });
    await eventually(
      async () => seen,
      (all) => all.includes('2'),
    );
    await consumer.commitOffsets([{ topic: 't', partition: 0, offset: '3', metadata: 'by hand' }]);
    const [committed] = await client.admin.fetchOffsets({ groupId: 'g', topics: ['t'] });
    expect(committed?.partitions).toEqual([{ partition: 0, offset: '3', metadata: 'by hand' }]);
  });

  it('pausing and resuming one topic while another goes on, and topics by pattern', async () => {
    await using run = await runBroker();
    await using client = await clientOf(run);
    await numbers(client.producer, 'by-pattern-1', 1);
    await numbers(client.producer, 'by-pattern-2', 1);
    const seen: string[] = [];
    const consumer = await client.consumer('g', /^by-pattern-.$/);
    await consumer.run({ eachMessage: async ({ topic, message }) => void seen.push(`${topic}: ${message.value}`) });
    await until(seen, 2);
    consumer.pause([{ topic: 'by-pattern-1' }]);
    expect(consumer.paused()).toEqual([{ topic: 'by-pattern-1', partitions: [0] }]);
    await numbers(client.producer, 'by-pattern-1', 1, 1);
    await numbers(client.producer, 'by-pattern-2', 1, 1);
    await until(seen, 3);
    expect(seen.slice(2)).toEqual(['by-pattern-2: 1']);
    consumer.resume([{ topic: 'by-pattern-1' }]);
    await until(seen, 4);
    expect(seen.slice(3)).toEqual(['by-pattern-1: 1']);
  });

  it('administration of groups: described, their offsets reset', async () => {
    await using run = await runBroker();
    await using client = await clientOf(run);
    const { admin } = client;
    await numbers(client.producer, 't', 4);
    const seen: string[] = [];
    const consumer = await client.consumer('g', 't');
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(`${message.value}`) });
    await until(seen, 4);
    const { groups } = await admin.describeGroups(['g', 'nobody']);
    expect(groups.map(({ groupId, state, protocol }) => [groupId, state, protocol])).toEqual([
      ['g', 'Stable', 'RoundRobinAssigner'],
      ['nobody', 'Dead', ''],
    ]);
    expect(groups[0]?.members[0]).toMatchObject({ clientId: 'kafkajs', clientHost: '/127.0.0.1' });
    await expect(admin.deleteGroups(['g'])).rejects.toThrow();
    await consumer.disconnect();
    const offset = async () => (await admin.fetchOffsets({ groupId: 'g', topics: ['t'] }))[0]?.partitions[0]?.offset;
    // Through a consumer of its own, which waits out its default fetch of five seconds.
    await admin.resetOffsets({ groupId: 'g', topic: 't', earliest: true });
    expect(await offset()).toBe('-2');
    await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset: '-1' }] });
    expect(await admin.fetchTopicOffsets('t')).toMatchObject([{ partition: 0, low: '4', high: '4' }]);
  });

  it('administration of rules and of reassignments', async () => {
    await using run = await runBroker({ superUsers: ['User:ANONYMOUS'] });
    await using client = await clientOf(run);
    const { admin } = client;
    await run.client.createTopic('t');
    const rule = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: 't',
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:ann',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    };
    expect(await admin.createAcls({ acl: [rule] })).toBe(true);
    const { principal, host, operation, permissionType } = rule;
    const acls = [{ principal, host, operation, permissionType }];
    expect((await admin.describeAcls(rule)).resources).toMatchObject([{ resourceName: 't', acls }]);
    const deleted = await admin.deleteAcls({ filters: [rule] });
    expect(deleted.filterResponses[0]?.matchingAcls).toHaveLength(1);
    expect((await admin.listPartitionReassignments({})).topics).toEqual([]);
  });
});
