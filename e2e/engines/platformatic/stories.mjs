// Plain JavaScript, run by a Node.js of its own: `node stories.mjs <folder of the packages> <port> <story>`.
// Does what an application would do with @platformatic/kafka and prints what it saw, as one line of JSON.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [home, port, story, argument] = process.argv.slice(2);
const entry = createRequire(path.join(home, 'package.json')).resolve('@platformatic/kafka');
const { Admin, Connection, Consumer, endTxnV4, Producer, stringDeserializers, stringSerializers } = await import(
  pathToFileURL(entry).href
);

const at = { bootstrapBrokers: [`127.0.0.1:${port}`], clientId: 'story', timeout: 10_000, strict: true };
const TOPIC_RESOURCE = 2;
const READ_COMMITTED = 1;

const admin = (options = {}) => new Admin({ ...at, ...options });
const producer = (options = {}) => new Producer({ ...at, serializers: stringSerializers, ...options });
const consumer = (options = {}) =>
  new Consumer({
    ...at,
    deserializers: stringDeserializers,
    sessionTimeout: 6_000,
    heartbeatInterval: 200,
    ...options,
  });

/** Reads until `count` records came, from the beginning unless the group has committed. */
async function read(client, topics, count, options = {}) {
  const stream = await client.consume({
    topics,
    mode: 'committed',
    fallbackMode: 'earliest',
    maxWaitTime: 100,
    ...options,
  });
  const seen = [];
  for await (const message of stream) {
    const { topic, partition, offset, key, value, headers } = message;
    seen.push({ topic, partition, offset: Number(offset), key, value, headers: Object.fromEntries(headers) });
    if (seen.length >= count) break;
  }
  return seen;
}

const records = (topic, count) =>
  Array.from({ length: count }, (_, i) => ({
    topic,
    partition: 0,
    key: `key ${i % 7}`,
    value: `value ${i} ${'xyz'.repeat(i % 50)}`,
  }));

const STORIES = {
  /** Topics, configurations, offsets, records, quotas and log directories. */
  async administer() {
    const client = admin();
    const [created] = await client.createTopics({
      topics: ['made'],
      partitions: 2,
      replicas: 1,
      configs: [{ name: 'retention.ms', value: '1000000' }],
    });
    await client.createPartitions({ topics: [{ name: 'made', count: 3, assignments: [{ brokerIds: [1] }] }] });
    await producer().send({ messages: records('made', 5) });
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: 'made' };
    await client.incrementalAlterConfigs({
      resources: [{ ...resource, configs: [{ name: 'cleanup.policy', configOperation: 0, value: 'compact' }] }],
    });
    const [{ configs }] = await client.describeConfigs({ resources: [{ ...resource, configurationKeys: null }] });
    const configured = (name) => configs.find((config) => config.name === name)?.value;
    const offsetsAt = async (timestamp) =>
      (
        await client.listOffsets({ topics: [{ name: 'made', partitions: [{ partitionIndex: 0, timestamp }] }] })
      ).flatMap(({ partitions }) => partitions.map(({ offset }) => Number(offset)));
    await client.deleteRecords({ topics: [{ name: 'made', partitions: [{ partition: 0, offset: 2n }] }] });
    const bounds = [...(await offsetsAt(-2n)), ...(await offsetsAt(-1n))];
    const [{ results }] = await client.describeLogDirs({ topics: [{ name: 'made', partitions: [0, 1, 2] }] });
    await client.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: 'client-id', entityName: 'other' }],
          ops: [{ key: 'producer_byte_rate', value: 1_000_000, remove: false }],
        },
      ],
    });
    const quotas = await client.describeClientQuotas({
      components: [{ entityType: 'client-id', matchType: 0, match: 'other' }],
    });
    const metadata = await client.metadata({ topics: ['made'] });
    await client.deleteTopics({ topics: ['made'] });
    return {
      isTheSameTopic: created.id === metadata.topics.get('made').id,
      partitions: metadata.topics.get('made').partitionsCount,
      configs: ['retention.ms', 'cleanup.policy'].map(configured),
      bounds,
      logDirectories: results.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions.length)),
      quotas: quotas.flatMap(({ values }) => values),
      isLeft: (await client.listTopics()).includes('made'),
    };
  },

  /** Produces with one codec, idempotently, and reads it all back. */
  async compress() {
    const topic = `codec-${argument}`;
    await admin().createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    const sender = producer({ compression: argument, idempotent: true });
    const sent = records(topic, 500);
    for (let i = 0; i < sent.length; i += 50) await sender.send({ messages: sent.slice(i, i + 50) });
    const seen = await read(consumer({ groupId: topic }), [topic], sent.length);
    const isSame = ({ key, value, offset }, i) => key === sent[i].key && value === sent[i].value && offset === i;
    return { seen: seen.length, same: seen.filter(isSame).length };
  },

  /** Headers, nulls and text beyond ASCII. */
  async carry() {
    await admin().createTopics({ topics: ['carried'], partitions: 1, replicas: 1 });
    await producer().send({
      messages: [
        { topic: 'carried', key: 'ключ', value: '値', headers: { from: 'platformatic' } },
        { topic: 'carried', value: 'no key' },
      ],
    });
    return (await read(consumer({ groupId: 'carriers' }), ['carried'], 2)).map(({ key, value, headers }) => ({
      key: key ?? null,
      value,
      headers,
    }));
  },

  /** Two members share four partitions; what is committed is not read again. */
  async share() {
    const client = admin();
    await client.createTopics({ topics: ['shared'], partitions: 4, replicas: 1 });
    const send = (value) =>
      producer().send({ messages: [0, 1, 2, 3].map((partition) => ({ topic: 'shared', partition, key: 'k', value })) });
    await send('first');
    const members = [consumer({ groupId: 'sharers' }), consumer({ groupId: 'sharers' })];
    const streams = await Promise.all(
      members.map((member) =>
        member.consume({
          topics: ['shared'],
          mode: 'committed',
          fallbackMode: 'earliest',
          maxWaitTime: 100,
          autocommit: true,
        }),
      ),
    );
    for (const stream of streams) stream.on('data', () => {});
    const assigned = () =>
      members.map(({ assignments }) => (assignments ?? []).flatMap(({ partitions }) => partitions));
    while (!assigned().every((partitions) => partitions.length === 2)) await soon();
    const groups = await client.listGroups();
    const described = (await client.describeGroups({ groups: ['sharers'] })).get('sharers');
    const split = assigned();
    const committed = async () =>
      (await client.listConsumerGroupOffsets({ groups: ['sharers'] })).flatMap(({ topics }) =>
        topics.flatMap(({ partitions }) => partitions.map(({ committedOffset }) => Number(committedOffset))),
      );
    while ((await committed()).filter((offset) => offset === 1).length < 4) await soon();
    await Promise.all(members.map((member) => member.close(true)));
    await send('second');
    const later = await read(consumer({ groupId: 'sharers' }), ['shared'], 4);
    return {
      type: groups.get('sharers')?.groupType,
      state: described?.state,
      members: described?.members.size,
      split: split.flat().sort(),
      later: later.map(({ value }) => value),
    };
  },

  /** One transaction commits, one aborts; offsets go with the first. */
  async transact() {
    await admin().createTopics({ topics: ['exact', 'input'], partitions: 1, replicas: 1 });
    await producer().send({ messages: records('input', 3) });
    const sender = producer({ transactionalId: 'exactly', idempotent: true, producerId: -1n, producerEpoch: -1 });
    const aborted = await sender.beginTransaction();
    await aborted.send({ messages: [{ topic: 'exact', key: 'k', value: 'aborted' }] });
    await aborted.abort();
    const committed = await sender.beginTransaction();
    const reader = consumer({ groupId: 'movers', autocommit: false });
    const stream = await reader.consume({ topics: ['input'], mode: 'earliest', maxWaitTime: 100 });
    await committed.addConsumer(reader);
    for await (const message of stream) {
      await committed.send({ messages: [{ topic: 'exact', key: message.key, value: `moved ${message.offset}` }] });
      await committed.addOffset(message);
      if (message.offset === 2n) break;
    }
    await committed.commit();
    const values = async (isolationLevel, count) =>
      (await read(consumer({ groupId: `readers-${isolationLevel}` }), ['exact'], count, { isolationLevel })).map(
        ({ value }) => value,
      );
    const offsets = await admin().listConsumerGroupOffsets({ groups: ['movers'] });
    return {
      committed: await values(READ_COMMITTED, 3),
      all: (await values(0, 4)).length,
      offsets: offsets.flatMap(({ topics }) =>
        topics.flatMap(({ partitions }) => partitions.map((p) => Number(p.committedOffset))),
      ),
    };
  },

  /** A transaction is committed by another connection that knows its identity: how a sink finishes after a crash. */
  async resume() {
    await admin().createTopics({ topics: ['resumed'], partitions: 1, replicas: 1 });
    const sender = producer({ transactionalId: 'left', idempotent: true, producerId: -1n, producerEpoch: -1 });
    const transaction = await sender.beginTransaction();
    await transaction.send({ messages: [{ topic: 'resumed', key: 'k', value: 'prepared' }] });
    const { producerId, producerEpoch } = sender;
    await transaction.cancel();
    const connection = new Connection('committer');
    await connection.connect('127.0.0.1', Number(port));
    for (const _ of ['once', 'again']) await endTxnV4.api.async(connection, 'left', producerId, producerEpoch, true);
    await connection.close();
    return (await read(consumer({ groupId: 'resumers' }), ['resumed'], 1, { isolationLevel: READ_COMMITTED })).map(
      ({ value }) => value,
    );
  },

  /** Logs in by the mechanism of the argument. */
  async logIn() {
    const sasl = { mechanism: argument, username: 'ann', password: 'secret of ann' };
    const client = admin({ sasl });
    await client.createTopics({ topics: [`of-${argument}`], partitions: 1, replicas: 1 });
    const stranger = admin({ retries: 0, sasl: { ...sasl, password: 'wrong' } });
    const refusal = await stranger.listTopics().then(
      () => 'none',
      (error) => causes(error),
    );
    return { topics: await client.listTopics(), refusal };
  },
};

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

function causes(error) {
  return [error.message, ...(error.errors ?? []).map(causes), ...(error.cause ? [causes(error.cause)] : [])].join(
    ' < ',
  );
}

// The clients are not closed: what they still have under way ends with the process.
try {
  process.stdout.write(`${JSON.stringify(await STORIES[story]())}\n`, () => process.exit(0));
} catch (error) {
  console.error(error);
  process.exit(1);
}
