import { errorName, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type SASLOptions,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { APIS } from './apis/table.ts';
import type { ListenerOptions } from './connections/listener-options.ts';
import type { BrokerOptions } from './options.ts';
import { NEEDED_OPERATIONS } from './security/needed-operations.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';
import { type RunningBroker, runBroker } from './testing/running-broker.ts';

const LISTENERS: readonly ListenerOptions[] = [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }];
const PROTECTED: Partial<BrokerOptions> = {
  listeners: LISTENERS,
  authorizer: 'acls',
  superUsers: ['User:root'],
  users: { root: 'secret', alice: 'secret' },
};

async function connectAs(run: RunningBroker, user: string): Promise<RawClient> {
  const client = await RawClient.connect(run.broker.listeners[1]?.port ?? 0);
  await client.logIn(user, 'secret');
  return client;
}

function kafkaOf(run: RunningBroker, username: string): Kafka {
  const sasl: SASLOptions = { mechanism: 'scram-sha-256', username, password: 'secret' };
  const brokers = [`127.0.0.1:${run.broker.listeners[1]?.port}`];
  return new Kafka({ brokers, sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 } });
}

const A_GROUP = 'GROUP_AUTHORIZATION_FAILED';
const A_TOPIC = 'TOPIC_AUTHORIZATION_FAILED';
const A_ID = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
const A_CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
const PRODUCER = { error: 'NONE', producerId: 1, epoch: 0 } as const;

type Ask = (client: RawClient) => Promise<KafkaErrorName>;

/** A request of one version and where its error stands. */
function call(key: number, version: number, write: (w: Writer) => void, error: (r: Reader) => number): Ask {
  return async (client) => errorName(error(await client.call(key, version, write)));
}
function flexible(key: number, version: number, write: (w: Writer) => void, error: (r: Reader) => number): Ask {
  return async (client) => errorName(error(await client.call(key, version, write, true)));
}
/** Skips fields of these widths, then reads an int16. */
function at(...skip: readonly ('int32' | 'string' | 'array' | 'nullable' | 'int8' | 'int64')[]): (r: Reader) => number {
  return (r) => {
    for (const field of skip) {
      if (field === 'string' || field === 'nullable') r.nullableString();
      else if (field === 'array') r.flexible ? r.uvarint() : r.int32();
      else r[field]();
    }
    return r.int16();
  };
}
const one = (w: Writer, name: string) => w.array([name], () => w.string(name));
const topic0 = (w: Writer, name = 't') => w.array([name], () => w.string(name).array([0], () => w.int32(0)));

const tagged0 = (w: Writer) =>
  w.array(['t'], () =>
    w
      .string('t')
      .array([0], () => w.int32(0))
      .tags(),
  );

/** Every API that needs something, asked by somebody who has nothing. */
const REFUSALS: readonly (readonly [api: string, denied: KafkaErrorName, ask: Ask])[] = [
  ['Produce', A_TOPIC, async (c) => (await c.produce('t', batchOf(['a']))).error],
  [
    'Produce',
    A_ID,
    async (c) => {
      const batch = batchOf(['a'], { producerId: 1, epoch: 0, baseSequence: 0, transactional: true });
      return (await c.produce('t', batch, { transactionalId: 'x' })).error;
    },
  ],
  ['Fetch', A_TOPIC, async (c) => (await c.fetch('t', 0)).error],
  [
    'ListOffsets',
    A_TOPIC,
    call(
      2,
      1,
      (w) => w.int32(-1).array(['t'], () => w.string('t').array([0], () => w.int32(0).int64(-1))),
      at('array', 'string', 'array', 'int32'),
    ),
  ],
  ['Metadata', A_TOPIC, async (c) => metadataOf(c, 't')],
  [
    'OffsetCommit',
    A_GROUP,
    call(
      8,
      2,
      (w) => {
        w.string('g')
          .int32(-1)
          .string('')
          .int64(-1)
          .array(['t'], () => w.string('t').array([0], () => w.int32(0).int64(1).nullableString(null)));
      },
      at('array', 'string', 'array', 'int32'),
    ),
  ],
  [
    'OffsetFetch',
    A_GROUP,
    call(
      9,
      2,
      (w) => {
        w.string('g').array([], () => {});
      },
      at('array'),
    ),
  ],
  [
    'OffsetFetch',
    A_GROUP,
    call(
      9,
      1,
      (w) => {
        topic0(w.string('g'));
      },
      at('array', 'string', 'array', 'int32', 'int64', 'nullable'),
    ),
  ],
  ['FindCoordinator', A_GROUP, call(10, 1, (w) => w.string('g').int8(0), at('int32'))],
  ['FindCoordinator', A_ID, call(10, 1, (w) => w.string('x').int8(1), at('int32'))],
  [
    'JoinGroup',
    A_GROUP,
    call(
      11,
      2,
      (w) => {
        w.string('g').int32(10_000).int32(10_000).string('').string('consumer');
        w.array(['range'], () => w.string('range').bytes(Buffer.alloc(0)));
      },
      at('int32'),
    ),
  ],
  ['Heartbeat', A_GROUP, call(12, 1, (w) => w.string('g').int32(1).string('m'), at('int32'))],
  ['LeaveGroup', A_GROUP, call(13, 1, (w) => w.string('g').string('m'), at('int32'))],
  [
    'SyncGroup',
    A_GROUP,
    call(
      14,
      1,
      (w) =>
        w
          .string('g')
          .int32(1)
          .string('m')
          .array([], () => {}),
      at('int32'),
    ),
  ],
  ['DescribeGroups', A_GROUP, call(15, 0, (w) => one(w, 'g'), at('array'))],
  ['CreateTopics', A_TOPIC, (c) => c.createTopic('new')],
  ['DeleteTopics', A_TOPIC, call(20, 1, (w) => one(w, 'doomed').int32(1000), at('int32', 'array', 'string'))],
  [
    'DeleteRecords',
    A_TOPIC,
    call(
      21,
      0,
      (w) => w.array(['t'], () => w.string('t').array([0], () => w.int32(0).int64(0))).int32(1000),
      at('int32', 'array', 'string', 'array', 'int32', 'int64'),
    ),
  ],
  ['InitProducerId', A_ID, async (c) => (await c.initProducer('x')).error],
  ['InitProducerId', A_CLUSTER, async (c) => (await c.initProducer(null)).error],
  [
    'OffsetForLeaderEpoch',
    A_TOPIC,
    call(
      23,
      0,
      (w) => w.array(['t'], () => w.string('t').array([0], () => w.int32(0).int32(0))),
      at('array', 'string', 'array'),
    ),
  ],
  ['AddPartitionsToTxn', A_ID, (c) => c.addPartitions('x', PRODUCER, 't')],
  ['AddOffsetsToTxn', A_ID, call(25, 0, (w) => w.string('x').int64(1).int16(0).string('g'), at('int32'))],
  ['EndTxn', A_ID, (c) => c.endTxn('x', PRODUCER, true)],
  [
    'TxnOffsetCommit',
    A_ID,
    call(
      28,
      0,
      (w) => {
        w.string('x')
          .string('g')
          .int64(1)
          .int16(0)
          .array(['t'], () => w.string('t').array([0], () => w.int32(0).int64(1).nullableString(null)));
      },
      at('int32', 'array', 'string', 'array', 'int32'),
    ),
  ],
  ['DescribeAcls', A_CLUSTER, call(29, 1, (w) => anyAcl(w), at('int32'))],
  [
    'CreateAcls',
    A_CLUSTER,
    call(
      30,
      1,
      (w) => w.array([0], () => w.int8(2).string('t').int8(3).string('User:x').string('*').int8(3).int8(3)),
      at('int32', 'array'),
    ),
  ],
  ['DeleteAcls', A_CLUSTER, call(31, 1, (w) => w.array([0], () => anyAcl(w)), at('int32', 'array'))],
  [
    'DescribeConfigs',
    A_TOPIC,
    call(
      32,
      0,
      (w) =>
        w.array([0], () =>
          w
            .int8(2)
            .string('t')
            .nullableArray(null, () => {}),
        ),
      at('int32', 'array'),
    ),
  ],
  [
    'DescribeConfigs',
    A_CLUSTER,
    call(
      32,
      0,
      (w) =>
        w.array([0], () =>
          w
            .int8(4)
            .string('1')
            .nullableArray(null, () => {}),
        ),
      at('int32', 'array'),
    ),
  ],
  [
    'AlterConfigs',
    A_TOPIC,
    call(
      33,
      0,
      (w) =>
        w
          .array([0], () =>
            w
              .int8(2)
              .string('t')
              .array([], () => {}),
          )
          .boolean(true),
      at('int32', 'array'),
    ),
  ],
  [
    'IncrementalAlterConfigs',
    A_TOPIC,
    call(
      44,
      0,
      (w) =>
        w
          .array([0], () =>
            w
              .int8(2)
              .string('t')
              .array([], () => {}),
          )
          .boolean(true),
      at('int32', 'array'),
    ),
  ],
  [
    'IncrementalAlterConfigs',
    A_CLUSTER,
    call(
      44,
      0,
      (w) =>
        w
          .array([0], () =>
            w
              .int8(4)
              .string('1')
              .array([], () => {}),
          )
          .boolean(true),
      at('int32', 'array'),
    ),
  ],
  [
    'CreatePartitions',
    A_TOPIC,
    call(
      37,
      0,
      (w) =>
        w
          .array([0], () =>
            w
              .string('t')
              .int32(2)
              .nullableArray(null, () => {}),
          )
          .int32(1000)
          .boolean(true),
      at('int32', 'array', 'string'),
    ),
  ],
  ['DeleteGroups', A_GROUP, call(42, 0, (w) => one(w, 'g'), at('int32', 'array', 'string'))],
  ['OffsetDelete', A_GROUP, call(47, 0, (w) => topic0(w.string('g')), at())],
  ['DescribeClientQuotas', A_CLUSTER, call(48, 0, (w) => w.array([], () => {}).boolean(false), at('int32'))],
  [
    'AlterClientQuotas',
    A_CLUSTER,
    call(
      49,
      0,
      (w) => w.array([0], () => w.array([0], () => w.string('user').string('x')).array([], () => {})).boolean(true),
      at('int32', 'array'),
    ),
  ],
  ['DescribeLogDirs', A_CLUSTER, flexible(35, 3, (w) => w.nullableArray(null, () => {}).tags(), at('int32'))],
  [
    'DescribeProducers',
    A_TOPIC,
    flexible(61, 0, (w) => tagged0(w).tags(), at('int32', 'array', 'string', 'array', 'int32')),
  ],
  ['DescribeTransactions', A_ID, flexible(65, 0, (w) => one(w, 'x').tags(), at('int32', 'array'))],
  [
    'DescribeTopicPartitions',
    A_TOPIC,
    flexible(
      75,
      0,
      (w) =>
        w
          .array(['t'], (name) => w.string(name).tags())
          .int32(10)
          .int8(-1)
          .tags(),
      at('int32', 'array'),
    ),
  ],
  ['ElectLeaders', A_CLUSTER, flexible(43, 2, (w) => tagged0(w.int8(0)).int32(1000).tags(), at('int32'))],
  [
    'AlterPartitionReassignments',
    A_CLUSTER,
    flexible(
      45,
      0,
      (w) =>
        w
          .int32(1000)
          .array([], () => {})
          .tags(),
      at('int32'),
    ),
  ],
  [
    'ListPartitionReassignments',
    A_CLUSTER,
    flexible(
      46,
      0,
      (w) =>
        w
          .int32(1000)
          .nullableArray(null, () => {})
          .tags(),
      at('int32'),
    ),
  ],
  [
    'DescribeUserScramCredentials',
    A_CLUSTER,
    flexible(50, 0, (w) => w.nullableArray(null, () => {}).tags(), at('int32')),
  ],
  [
    'AlterUserScramCredentials',
    A_CLUSTER,
    flexible(
      51,
      0,
      (w) => {
        w.array(['nobody'], (user) => w.string(user).int8(1).tags())
          .array([], () => {})
          .tags();
      },
      at('int32', 'array', 'string'),
    ),
  ],
];

function anyAcl(w: Writer): void {
  w.int8(1).nullableString(null).int8(1).nullableString('User:nobody').nullableString(null).int8(1).int8(1);
}

async function metadataOf(client: RawClient, topic: string): Promise<KafkaErrorName> {
  const r = await client.call(3, 1, (w) => one(w, topic));
  r.array(() => [r.int32(), r.string(), r.int32(), r.nullableString()]);
  r.int32();
  r.int32();
  return errorName(r.int16());
}

/** Lists names; nothing is refused, what may not be seen is left out. */
const FILTERED = ['ListGroups', 'DescribeCluster', 'ListTransactions'];

describe('an API', () => {
  it('is served only when it says what it needs', () => {
    const served = APIS.map(({ name }) => name);
    expect(served.filter((name) => !(name in NEEDED_OPERATIONS))).toEqual([]);
  });

  it('is refused, with the error Kafka gives, to whoever may do nothing, and not to a super user', async () => {
    await using run = await runBroker(PROTECTED);
    const root = await connectAs(run, 'root');
    for (const name of ['t', 'doomed']) await root.createTopic(name);
    await root.commitOffset('g', 't', 0);
    const alice = await connectAs(run, 'alice');
    const failures = new Set<string>([A_GROUP, A_TOPIC, A_ID, A_CLUSTER]);
    for (const [api, denied, ask] of REFUSALS) {
      for (const client of [run.client, alice]) expect([api, await ask(client)]).toEqual([api, denied]);
      expect(failures, api).not.toContain(await ask(root));
    }
    // What was refused did not happen.
    expect((await root.listOffset('t', -1)).offset).toBe(1);
    expect(await metadataOf(root, 'doomed')).toBe('NONE');
    for (const client of [root, alice]) client.close();
  });

  it('that needs something is in the table above', () => {
    const needy = APIS.filter(({ name }) => (NEEDED_OPERATIONS[name]?.length ?? 0) > 0).map(({ name }) => name);
    const tested = new Set([...REFUSALS.map(([api]) => api), ...FILTERED]);
    expect(needy.filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe('a protected broker', () => {
  it('lets each do what its rules say, with kafkajs', async () => {
    await using run = await runBroker(PROTECTED);
    const admin = kafkaOf(run, 'root').admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'team.orders' }, { topic: 'secret' }] });
    const rule = {
      ...{ principal: 'User:alice', host: '*', permissionType: AclPermissionTypes.ALLOW },
      ...{ resourceType: AclResourceTypes.TOPIC, resourcePatternType: ResourcePatternTypes.PREFIXED },
    };
    const group = {
      resourceType: AclResourceTypes.GROUP,
      resourceName: 'alices',
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await admin.createAcls({
      acl: [
        { ...rule, resourceName: 'team.', operation: AclOperationTypes.WRITE },
        { ...rule, resourceName: 'team.', operation: AclOperationTypes.READ },
        { ...rule, ...group, operation: AclOperationTypes.READ },
      ],
    });
    const alice = kafkaOf(run, 'alice');
    const producer = alice.producer();
    await producer.connect();
    await producer.send({ topic: 'team.orders', messages: [{ value: 'mine' }] });
    await expect(producer.send({ topic: 'secret', messages: [{ value: 'not mine' }] })).rejects.toThrow(
      'Not authorized',
    );
    await producer.disconnect();
    const consumer = alice.consumer({ groupId: 'alices', maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic: 'team.orders', fromBeginning: true });
    const seen = new Promise<string>((resolve) => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
    });
    expect(await seen).toBe('mine');
    await consumer.disconnect();
    const strangers = alice.consumer({ groupId: 'others' });
    await strangers.connect();
    await strangers.subscribe({ topic: 'team.orders' });
    const crashed = new Promise<string>((resolve) =>
      strangers.on('consumer.crash', ({ payload }) => resolve(payload.error.message)),
    );
    await strangers.run({ eachMessage: async () => {} });
    // What kafkajs makes of GROUP_AUTHORIZATION_FAILED.
    expect(await crashed).toMatch('Failed to find group coordinator');
    await strangers.disconnect();
    const own = alice.admin();
    await own.connect();
    expect(await own.listTopics()).toEqual(['team.orders']);
    await own.disconnect();
    const found = await admin.describeAcls({
      ...rule,
      principal: 'User:alice',
      resourceName: 'team.orders',
      operation: AclOperationTypes.ANY,
      resourcePatternType: ResourcePatternTypes.MATCH,
      resourceType: AclResourceTypes.ANY,
    });
    expect(found.resources.map(({ resourceName, acls }) => [resourceName, acls.length])).toEqual([['team.', 2]]);
    const deleted = await admin.deleteAcls({
      filters: [{ ...rule, resourceName: 'team.', operation: AclOperationTypes.WRITE }],
    });
    expect(deleted.filterResponses.map(({ matchingAcls }) => matchingAcls.length)).toEqual([1]);
    const late = alice.producer();
    await late.connect();
    await expect(late.send({ topic: 'team.orders', messages: [{ value: 'late' }] })).rejects.toThrow('Not authorized');
    await late.disconnect();
    await admin.disconnect();
  });

  it('shows to each what it may see: topics, groups, operations', async () => {
    await using run = await runBroker(PROTECTED);
    const root = await connectAs(run, 'root');
    for (const name of ['a', 'b']) await root.createTopic(name);
    for (const group of ['g', 'h']) await root.commitOffset(group, 'a', 0);
    await allow(root, [2, 'a', 'User:alice', 8], [3, 'g', 'User:alice', 8]);
    const alice = await connectAs(run, 'alice');
    const groups = async (client: RawClient) => {
      const r = await client.call(16, 1, () => {});
      r.int32();
      r.int16();
      return r.array(() => [r.string(), r.string()][0]);
    };
    expect([await groups(root), await groups(alice), await groups(run.client)]).toEqual([['g', 'h'], ['g'], []]);
    const topics = async (client: RawClient) => {
      const r = await client.call(3, 8, (w) =>
        w
          .nullableArray(null, () => {})
          .boolean(false)
          .boolean(true)
          .boolean(true),
      );
      r.int32();
      r.array(() => [r.int32(), r.string(), r.int32(), r.nullableString()]);
      r.nullableString();
      r.int32();
      const found = r.array(() => {
        const [, name] = [r.int16(), r.string()];
        r.boolean();
        r.array(() => {
          for (const width of [2, 4, 4, 4]) r.raw(width);
          for (let i = 0; i < 3; i++) r.array(() => r.int32());
        });
        return [name, r.int32()];
      });
      return [...found, ['cluster', r.int32()]];
    };
    const all = [3, 4, 5, 6, 7, 8, 10, 11].reduce((bits, operation) => bits | (1 << operation), 0);
    const cluster = [5, 7, 8, 9, 10, 11, 12].reduce((bits, operation) => bits | (1 << operation), 0);
    expect(await topics(root)).toEqual([
      ['a', all],
      ['b', all],
      ['cluster', cluster],
    ]);
    expect(await topics(alice)).toEqual([
      ['a', 1 << 8],
      ['cluster', 0],
    ]);
    for (const client of [root, alice]) client.close();
  });

  it('keeps its rules when it is stopped, and forgets those that were deleted', async () => {
    await using run = await runBroker(PROTECTED);
    const root = await connectAs(run, 'root');
    await root.createTopic('t');
    await allow(root, [2, 't', 'User:ANONYMOUS', 4], [2, 't', 'User:ANONYMOUS', 3]);
    await root.call(31, 1, (w) =>
      w.array([0], () =>
        w.int8(2).nullableString('t').int8(3).nullableString(null).nullableString(null).int8(3).int8(1),
      ),
    );
    await run.restart();
    expect((await run.client.produce('t', batchOf(['a']))).error).toBe('NONE');
    expect((await run.client.fetch('t', 0)).error).toBe('TOPIC_AUTHORIZATION_FAILED');
  });

  it('lets whoever may write to some topic be an idempotent producer', async () => {
    await using run = await runBroker(PROTECTED);
    const root = await connectAs(run, 'root');
    expect((await run.client.initProducer(null)).error).toBe('CLUSTER_AUTHORIZATION_FAILED');
    await allow(root, [2, 't', 'User:ANONYMOUS', 4]);
    expect((await run.client.initProducer(null)).error).toBe('NONE');
    root.close();
  });
});

describe('a broker that nobody protected', () => {
  it('is open, until it has a user to log in or a rule', async () => {
    await using run = await runBroker({ listeners: LISTENERS });
    expect(await run.client.createTopic('t')).toBe('NONE');
    await run.broker.setPassword('alice', 'secret');
    expect(await run.client.createTopic('u')).toBe('TOPIC_AUTHORIZATION_FAILED');
    const alice = await connectAs(run, 'alice');
    expect(await alice.createTopic('u')).toBe('NONE');
    await allow(alice, [2, 't', 'User:bob', 3]);
    expect(await alice.createTopic('v')).toBe('TOPIC_AUTHORIZATION_FAILED');
    alice.close();
  });

  it('stays open when there is no listener on which a user could log in', async () => {
    await using run = await runBroker();
    await run.broker.setPassword('alice', 'secret');
    expect(await run.client.createTopic('t')).toBe('NONE');
  });

  it('cannot be given rules when the authorizer is off', async () => {
    await using run = await runBroker({ authorizer: 'off' });
    const create = (w: Writer) =>
      w.array([0], () => w.int8(2).string('t').int8(3).string('User:x').string('*').int8(3).int8(3));
    expect(errorName(at('int32', 'array')(await run.client.call(30, 1, create)))).toBe('SECURITY_DISABLED');
    expect(errorName(at('int32')(await run.client.call(29, 1, anyAcl)))).toBe('SECURITY_DISABLED');
  });

  it('refuses rules that mean nothing', async () => {
    await using run = await runBroker();
    const rules: readonly (readonly [number, string, number, string, number, number])[] = [
      [1, 't', 3, 'User:x', 3, 3],
      [2, '', 3, 'User:x', 3, 3],
      [2, 't', 2, 'User:x', 3, 3],
      [2, 't', 3, 'x', 3, 3],
      [2, 't', 3, 'User:x', 1, 3],
      [2, 't', 3, 'User:x', 3, 1],
      [4, 'other', 3, 'User:x', 3, 3],
    ];
    const r = await run.client.call(30, 1, (w) =>
      w.array(rules, ([type, name, pattern, principal, operation, permission]) =>
        w.int8(type).string(name).int8(pattern).string(principal).string('*').int8(operation).int8(permission),
      ),
    );
    r.int32();
    const errors = r.array(() => [errorName(r.int16()), r.nullableString()][0]);
    expect(errors).toEqual(rules.map(() => 'INVALID_REQUEST'));
  });
});

type Rule = readonly [type: number, name: string, principal: string, operation: number];

async function allow(client: RawClient, ...rules: readonly Rule[]): Promise<void> {
  await client.call(30, 1, (w) =>
    w.array(rules, ([type, name, principal, operation]) =>
      w.int8(type).string(name).int8(3).string(principal).string('*').int8(operation).int8(3),
    ),
  );
}
