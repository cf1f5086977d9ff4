import type { Chapter } from '../history.ts';
import { from } from '../history.ts';
import { createTopics, NIL_UUID, wish } from './bodies.ts';

const RECORDS_CONFIGS = { 'cleanup.policy': 'compact', 'retention.ms': '86400000', 'max.message.bytes': '2000000' };

export const topics: Chapter = {
  title: 'topics',
  steps: [
    ...createTopics({ name: 'topics-plain' }, { name: 'topics-wide', partitions: 3, configs: RECORDS_CONFIGS }),
    {
      title: 'a creation tells what was made, configs included',
      call: 'CreateTopics',
      v: 7,
      as: 'created',
      body: {
        topics: [wish({ name: 'topics-told', partitions: 2, configs: { 'segment.bytes': '2097152' } })],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a creation that is only validated tells the same and makes nothing',
      call: 'CreateTopics',
      v: 7,
      body: { topics: [wish({ name: 'topics-validated', partitions: 2 })], timeout_ms: 5000, validate_only: true },
    },
    {
      title: 'a validated topic does not exist',
      call: 'Metadata',
      v: 9,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: { topics: [{ name: 'topics-validated' }] },
    },
    {
      title: 'a name is taken once',
      call: 'CreateTopics',
      v: 4,
      gives: ['TOPIC_ALREADY_EXISTS'],
      body: { topics: [wish({ name: 'topics-plain' })], timeout_ms: 5000 },
    },
    {
      title: 'each topic of a request is made or refused for itself',
      call: 'CreateTopics',
      v: 4,
      gives: ['INVALID_PARTITIONS', 'INVALID_REPLICATION_FACTOR', 'INVALID_TOPIC_EXCEPTION'],
      body: {
        topics: [
          wish({ name: 'topics bad name' }),
          wish({ name: '..' }),
          wish({ name: 'topics-none', partitions: 0 }),
          { name: 'topics-copies', num_partitions: 1, replication_factor: 3 },
          { name: 'topics-zero-copies', num_partitions: 1, replication_factor: 0 },
          wish({ name: 'topics-good' }),
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a name twice in one request is refused',
      call: 'CreateTopics',
      v: 4,
      gives: ['INVALID_REQUEST'],
      body: { topics: [wish({ name: 'topics-twice' }), wish({ name: 'topics-twice' })], timeout_ms: 5000 },
    },
    {
      title: 'unknown configs and values out of range are refused',
      call: 'CreateTopics',
      v: 4,
      gives: ['INVALID_CONFIG'],
      body: {
        topics: [
          wish({ name: 'topics-config-a', configs: { 'no.such.config': '1' } }),
          wish({ name: 'topics-config-b', configs: { 'retention.ms': 'soon' } }),
          wish({ name: 'topics-config-c', configs: { 'cleanup.policy': 'burn' } }),
          wish({ name: 'topics-config-d', configs: { 'segment.bytes': '1' } }),
          wish({ name: 'topics-config-e', configs: { 'max.message.bytes': '-1' } }),
          wish({ name: 'topics-config-f', configs: { 'compression.type': 'rar' } }),
          wish({ name: 'topics-config-g', configs: { 'min.cleanable.dirty.ratio': '1.5' } }),
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a null config value is refused',
      call: 'CreateTopics',
      v: 4,
      gives: ['INVALID_CONFIG'],
      body: {
        topics: [
          {
            name: 'topics-null',
            num_partitions: 1,
            replication_factor: 1,
            configs: [{ name: 'retention.ms', value: null }],
          },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'partitions may be assigned to brokers by hand',
      call: 'CreateTopics',
      v: 4,
      body: {
        topics: [
          {
            name: 'topics-assigned',
            num_partitions: -1,
            replication_factor: -1,
            assignments: [
              { partition_index: 0, broker_ids: [1] },
              { partition_index: 1, broker_ids: [1] },
            ],
          },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'assignments to unknown brokers, with gaps, or beside a count are refused',
      call: 'CreateTopics',
      v: 4,
      gives: ['INVALID_REPLICA_ASSIGNMENT', 'INVALID_REQUEST'],
      body: {
        topics: [
          assigned('topics-assigned-a', -1, [{ partition_index: 0, broker_ids: [7] }]),
          assigned('topics-assigned-b', -1, [{ partition_index: 1, broker_ids: [1] }]),
          assigned('topics-assigned-c', 1, [{ partition_index: 0, broker_ids: [1] }]),
          assigned('topics-assigned-d', -1, [{ partition_index: 0, broker_ids: [1, 1] }]),
          assigned('topics-assigned-e', -1, [{ partition_index: 0, broker_ids: [] }]),
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'defaults of the broker stand in for -1',
      call: 'CreateTopics',
      v: 5,
      body: {
        topics: [{ name: 'topics-default', num_partitions: -1, replication_factor: -1 }],
        timeout_ms: 5000,
        validate_only: true,
      },
    },
    {
      title: 'metadata is the same in every version',
      call: 'Metadata',
      v: 12,
      as: 'metadata',
      body: { topics: [{ name: 'topics-wide' }], include_topic_authorized_operations: false },
      until: (answer) => answer('topics.0.error_code') === 0,
    },
    ...[0, 1, 4, 5, 7, 8].map((v) => ({
      title: `metadata v${v}`,
      call: 'Metadata',
      v,
      body: { topics: [{ name: 'topics-wide' }], ...(v >= 4 ? { allow_auto_topic_creation: false } : {}) },
    })),
    {
      title: 'topics are described by page, unknown ones told',
      call: 'DescribeTopicPartitions',
      v: 0,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        topics: [{ name: 'topics-nowhere' }, { name: 'topics-wide' }],
        response_partition_limit: 100,
        cursor: null,
      },
    },
    {
      title: 'a page that is full names the next partition',
      call: 'DescribeTopicPartitions',
      v: 0,
      body: { topics: [{ name: 'topics-wide' }], response_partition_limit: 2, cursor: null },
    },
    {
      title: 'the next page begins there',
      call: 'DescribeTopicPartitions',
      v: 0,
      body: {
        topics: [{ name: 'topics-wide' }],
        response_partition_limit: 2,
        cursor: { topic_name: 'topics-wide', partition_index: 2 },
      },
    },
    {
      title: 'a topic is found by its id',
      call: 'Metadata',
      v: 12,
      body: { topics: [{ topic_id: from('metadata', 'topics.0.topic_id'), name: null }] },
    },
    {
      title: 'an id of no topic is unknown',
      call: 'Metadata',
      v: 12,
      gives: ['UNKNOWN_TOPIC_ID'],
      body: { topics: [{ topic_id: '00000000-0000-4000-8000-000000000001', name: null }] },
    },
    {
      title: 'no topic asked for, none described',
      call: 'Metadata',
      v: 9,
      body: { topics: [] },
    },
    {
      title: 'a name that cannot be a topic is invalid',
      call: 'Metadata',
      v: 9,
      gives: ['INVALID_TOPIC_EXCEPTION'],
      body: { topics: [{ name: 'no/such' }, { name: '' }], allow_auto_topic_creation: true },
    },
    {
      title: 'without leave an unknown topic is not created',
      call: 'Metadata',
      v: 9,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: { topics: [{ name: 'topics-unasked' }], allow_auto_topic_creation: false },
    },
    {
      title: 'operations are told when asked for',
      call: 'Metadata',
      v: 9,
      body: {
        topics: [{ name: 'topics-wide' }],
        include_cluster_authorized_operations: true,
        include_topic_authorized_operations: true,
      },
    },
    {
      title: 'partitions are added',
      call: 'CreatePartitions',
      v: 1,
      body: { topics: [{ name: 'topics-plain', count: 4, assignments: null }], timeout_ms: 5000 },
    },
    {
      title: 'added partitions have leaders',
      call: 'Metadata',
      v: 9,
      body: { topics: [{ name: 'topics-plain' }] },
      until: (answer) => answer('topics.0.partitions.3.error_code') === 0,
    },
    {
      title: 'partitions are never taken away, nor added to what does not exist',
      call: 'CreatePartitions',
      v: 3,
      gives: ['INVALID_PARTITIONS', 'INVALID_REPLICA_ASSIGNMENT', 'UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        topics: [
          { name: 'topics-plain', count: 2, assignments: null },
          { name: 'topics-wide', count: 3, assignments: null },
          { name: 'topics-nowhere', count: 3, assignments: null },
          { name: 'topics-good', count: 2, assignments: [{ broker_ids: [9] }] },
          { name: 'topics-assigned', count: 5, assignments: [{ broker_ids: [1] }] },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a growth that is only validated changes nothing',
      call: 'CreatePartitions',
      v: 2,
      body: { topics: [{ name: 'topics-good', count: 9, assignments: null }], timeout_ms: 5000, validate_only: true },
    },
    {
      title: 'the same topic twice in one growth is refused',
      call: 'CreatePartitions',
      v: 2,
      gives: ['INVALID_REQUEST'],
      body: {
        topics: [
          { name: 'topics-good', count: 3, assignments: null },
          { name: 'topics-good', count: 4, assignments: null },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'topics are deleted by name, unknown ones told',
      call: 'DeleteTopics',
      v: 5,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: { topic_names: ['topics-good', 'topics-nowhere'], timeout_ms: 5000 },
    },
    {
      title: 'topics are deleted by id, unknown ones told',
      call: 'DeleteTopics',
      v: 6,
      gives: ['UNKNOWN_TOPIC_ID'],
      body: {
        topics: [
          { name: null, topic_id: from('metadata', 'topics.0.topic_id') },
          { name: null, topic_id: '00000000-0000-4000-8000-000000000001' },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a deletion by name and id at once is refused',
      call: 'DeleteTopics',
      v: 6,
      gives: ['INVALID_REQUEST'],
      body: {
        topics: [
          { name: 'topics-plain', topic_id: from('created', 'topics.0.topic_id') },
          { name: null, topic_id: NIL_UUID },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'a deleted topic is gone',
      call: 'Metadata',
      v: 9,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: { topics: [{ name: 'topics-good' }, { name: 'topics-wide' }] },
      until: (answer) => answer('topics.0.error_code') === 3 && answer('topics.1.error_code') === 3,
    },
    {
      title: 'a name is free again after its topic was deleted, under another id',
      call: 'CreateTopics',
      v: 7,
      body: { topics: [wish({ name: 'topics-wide' })], timeout_ms: 5000 },
    },
  ],
};

function assigned(
  name: string,
  partitions: number,
  assignments: readonly { partition_index: number; broker_ids: number[] }[],
) {
  return { name, num_partitions: partitions, replication_factor: -1, assignments };
}
