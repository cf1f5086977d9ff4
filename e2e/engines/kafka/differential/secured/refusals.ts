import { createTopics, fetch, listOffsets, NIL_UUID, produce } from '../chapters/bodies.ts';
import { type Body, batch, type Chapter, from, type Step } from '../history.ts';
import { logIn } from './log-in.ts';

const [A_TOPIC, A_GROUP, A_ID, A_CLUSTER] = ['TOPIC', 'GROUP', 'TRANSACTIONAL_ID', 'CLUSTER'].map(
  (kind) => `${kind}_AUTHORIZATION_FAILED`,
);
const T = 'refusals-t';
const G = 'refusals-g';
const X = 'refusals-x';

function refused(call: string, v: number, body: Body, ...gives: readonly (string | undefined)[]): Step {
  return {
    title: `${call} v${v} is refused`,
    on: 'alice',
    call,
    v,
    body,
    gives: [...new Set(gives.flatMap((name) => name ?? []))].sort(),
  };
}

const partitions = [{ partition_index: 0, committed_offset: 1, committed_leader_epoch: -1, committed_metadata: '' }];

/** Whoever may do nothing, and what each API says to her. */
export const refusals: Chapter = {
  title: 'refusals',
  steps: [
    ...logIn('root'),
    ...logIn('alice', 'alice'),
    ...createTopics({ name: T }),
    {
      title: 'the topic has an id',
      call: 'Metadata',
      v: 12,
      body: { topics: [{ topic_id: NIL_UUID, name: T }] },
      as: 'topic',
    },
    refused('Produce', 9, produce({ topic: T, records: batch({ values: ['a'] }) }), A_TOPIC),
    refused('Produce', 7, produce({ topic: 'absent', records: batch({ values: ['a'] }) }), A_TOPIC),
    refused(
      'Produce',
      8,
      produce({
        topic: T,
        transactionalId: X,
        records: batch({ values: ['a'], producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true }),
      }),
      A_ID,
    ),
    refused('Fetch', 12, fetch({ topic: T, offset: 0 }), A_TOPIC),
    refused('ListOffsets', 7, listOffsets(T, [-1]), A_TOPIC),
    refused('Metadata', 9, { topics: [{ name: T }], allow_auto_topic_creation: true }, A_TOPIC),
    refused('Metadata', 12, { topics: [{ topic_id: from('topic', 'topics.0.topic_id'), name: null }] }, A_TOPIC),
    refused(
      'OffsetCommit',
      8,
      { group_id: G, generation_id_or_member_epoch: -1, member_id: '', topics: [{ name: T, partitions }] },
      A_GROUP,
    ),
    refused('OffsetFetch', 7, { group_id: G, topics: [{ name: T, partition_indexes: [0] }] }, A_GROUP),
    refused('OffsetFetch', 8, { groups: [{ group_id: G, topics: null }] }, A_GROUP),
    refused('OffsetFetch', 1, { group_id: G, topics: [{ name: T, partition_indexes: [0] }] }, A_GROUP),
    refused('FindCoordinator', 3, { key: G, key_type: 0 }, A_GROUP),
    refused('FindCoordinator', 2, { key: X, key_type: 1 }, A_ID),
    refused('FindCoordinator', 4, { key_type: 0, coordinator_keys: [G, 'other'] }, A_GROUP, A_GROUP),
    refused(
      'JoinGroup',
      5,
      {
        group_id: G,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: '',
        protocol_type: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      },
      A_GROUP,
    ),
    refused(
      'JoinGroup',
      9,
      {
        group_id: G,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: '',
        protocol_type: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      },
      A_GROUP,
    ),
    refused('Heartbeat', 4, { group_id: G, generation_id: 1, member_id: 'm' }, A_GROUP),
    refused('LeaveGroup', 4, { group_id: G, members: [{ member_id: 'm' }] }, A_GROUP),
    refused('LeaveGroup', 1, { group_id: G, member_id: 'm' }, A_GROUP),
    refused(
      'SyncGroup',
      5,
      { group_id: G, generation_id: 1, member_id: 'm', protocol_type: 'consumer', protocol_name: 'range' },
      A_GROUP,
    ),
    refused('DescribeGroups', 5, { groups: [G], include_authorized_operations: true }, A_GROUP),
    { title: 'no groups are listed', on: 'alice', call: 'ListGroups', v: 4, body: {} },
    refused('DeleteGroups', 2, { groups_names: [G] }, A_GROUP),
    refused(
      'CreateTopics',
      7,
      { topics: [{ name: 'refusals-new', num_partitions: 1, replication_factor: 1 }], timeout_ms: 1000 },
      A_TOPIC,
    ),
    refused('DeleteTopics', 5, { topic_names: [T, 'absent'], timeout_ms: 1000 }, A_TOPIC, A_TOPIC),
    refused(
      'DeleteTopics',
      6,
      { topics: [{ name: null, topic_id: from('topic', 'topics.0.topic_id') }], timeout_ms: 1000 },
      A_TOPIC,
    ),
    refused(
      'DeleteRecords',
      2,
      { topics: [{ name: T, partitions: [{ partition_index: 0, offset: 0 }] }], timeout_ms: 1000 },
      A_TOPIC,
    ),
    refused(
      'CreatePartitions',
      2,
      { topics: [{ name: T, count: 2, assignments: null }], timeout_ms: 1000, validate_only: true },
      A_TOPIC,
    ),
    refused(
      'InitProducerId',
      4,
      { transactional_id: X, transaction_timeout_ms: 1000, producer_id: -1, producer_epoch: -1 },
      A_ID,
    ),
    refused(
      'InitProducerId',
      3,
      { transactional_id: null, transaction_timeout_ms: 1000, producer_id: -1, producer_epoch: -1 },
      A_CLUSTER,
    ),
    refused(
      'OffsetForLeaderEpoch',
      4,
      {
        replica_id: -1,
        topics: [{ topic: T, partitions: [{ partition: 0, current_leader_epoch: -1, leader_epoch: 0 }] }],
      },
      A_TOPIC,
    ),
    refused(
      'AddPartitionsToTxn',
      3,
      {
        v3_and_below_transactional_id: X,
        v3_and_below_producer_id: 1,
        v3_and_below_producer_epoch: 0,
        v3_and_below_topics: [{ name: T, partitions: [0] }],
      },
      A_ID,
    ),
    refused('AddOffsetsToTxn', 3, { transactional_id: X, producer_id: 1, producer_epoch: 0, group_id: G }, A_ID),
    refused('EndTxn', 3, { transactional_id: X, producer_id: 1, producer_epoch: 0, committed: true }, A_ID),
    refused(
      'TxnOffsetCommit',
      3,
      {
        transactional_id: X,
        group_id: G,
        producer_id: 1,
        producer_epoch: 0,
        generation_id: -1,
        topics: [{ name: T, partitions }],
      },
      A_ID,
    ),
    refused(
      'DescribeConfigs',
      4,
      {
        resources: [
          { resource_type: 2, resource_name: T, configuration_keys: null },
          { resource_type: 4, resource_name: '1', configuration_keys: null },
        ],
      },
      A_TOPIC,
      A_CLUSTER,
    ),
    refused(
      'IncrementalAlterConfigs',
      1,
      {
        resources: [
          { resource_type: 2, resource_name: T, configs: [{ name: 'retention.ms', config_operation: 0, value: '1' }] },
          { resource_type: 4, resource_name: '1', configs: [{ name: 'x', config_operation: 0, value: '1' }] },
        ],
        validate_only: true,
      },
      A_TOPIC,
      A_CLUSTER,
    ),
    refused(
      'AlterConfigs',
      2,
      { resources: [{ resource_type: 2, resource_name: T, configs: [] }], validate_only: true },
      A_TOPIC,
    ),
    refused(
      'DescribeAcls',
      3,
      { resource_type_filter: 1, pattern_type_filter: 1, operation: 1, permission_type: 1 },
      A_CLUSTER,
    ),
    refused(
      'CreateAcls',
      3,
      {
        creations: [
          {
            resource_type: 2,
            resource_name: 'x',
            resource_pattern_type: 3,
            principal: 'User:a',
            host: '*',
            operation: 3,
            permission_type: 3,
          },
        ],
      },
      A_CLUSTER,
    ),
    refused(
      'DeleteAcls',
      3,
      { filters: [{ resource_type_filter: 1, pattern_type_filter: 1, operation: 1, permission_type: 1 }] },
      A_CLUSTER,
    ),
    refused('DescribeUserScramCredentials', 0, { users: [{ name: 'x' }] }, A_CLUSTER),
    refused('AlterUserScramCredentials', 0, { deletions: [{ name: 'x', mechanism: 1 }] }, A_CLUSTER),
    refused('DescribeClientQuotas', 1, { components: [], strict: false }, A_CLUSTER),
    refused(
      'AlterClientQuotas',
      1,
      {
        entries: [
          {
            entity: [{ entity_type: 'user', entity_name: 'x' }],
            ops: [{ key: 'producer_byte_rate', value: 1, remove: false }],
          },
        ],
      },
      A_CLUSTER,
    ),
    {
      title: 'what may be done with the cluster is not told',
      on: 'alice',
      call: 'DescribeCluster',
      v: 0,
      body: { include_cluster_authorized_operations: true },
    },
    {
      title: 'no topics are listed',
      on: 'alice',
      call: 'Metadata',
      v: 9,
      body: { topics: null, include_cluster_authorized_operations: true },
    },
  ],
};
