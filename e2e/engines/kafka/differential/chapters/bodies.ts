import type { Body, Step } from '../history.ts';

/** Requests that several chapters send, with the fields that differ from step to step. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export interface TopicWish {
  readonly name: string;
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Creates topics and waits until their leaders are known: Kafka answers earlier than that. */
export function createTopics(...topics: readonly TopicWish[]): Step[] {
  const names = topics.map(({ name }) => name);
  return [
    {
      title: `topics ${names.join(', ')} are created with their partitions and configs`,
      call: 'CreateTopics',
      v: 4,
      body: { topics: topics.map(wish), timeout_ms: 10_000 },
    },
    {
      title: `topics ${names.join(', ')} have leaders`,
      call: 'Metadata',
      v: 9,
      body: { topics: names.map((name) => ({ name })) },
      until: (answer) =>
        names.every(
          (_, i) => answer(`topics.${i}.error_code`) === 0 && answer(`topics.${i}.partitions.0.error_code`) === 0,
        ),
    },
    {
      title: `leaders of ${names.join(', ')} serve`,
      call: 'ListOffsets',
      v: 9,
      body: {
        replica_id: -1,
        topics: topics.map(({ name, partitions = 1 }) => ({
          name,
          partitions: Array.from({ length: partitions }, (_, i) => ({
            partition_index: i,
            current_leader_epoch: -1,
            timestamp: -1,
          })),
        })),
      },
      until: (answer) =>
        topics.every(({ partitions = 1 }, t) =>
          Array.from({ length: partitions }, (_, i) => answer(`topics.${t}.partitions.${i}.error_code`)).every(
            (error) => error === 0,
          ),
        ),
    },
  ];
}

/** Waits until the coordinator of a group serves: Kafka makes it when it is first looked for. */
export function coordinator(group: string): Step[] {
  return [
    {
      title: `the coordinator of ${group} is found`,
      call: 'FindCoordinator',
      v: 2,
      body: { key: group, key_type: 0 },
      until: (answer) => answer('error_code') === 0,
    },
    {
      title: `the coordinator of ${group} serves`,
      call: 'OffsetFetch',
      v: 5,
      body: { group_id: group, topics: [] },
      until: (answer) => answer('error_code') === 0,
    },
  ];
}

export function wish({ name, partitions = 1, configs = {} }: TopicWish): Body {
  return {
    name,
    num_partitions: partitions,
    replication_factor: 1,
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
}

export interface ProduceWish {
  readonly topic: string;
  readonly records: Body;
  readonly partition?: number;
  readonly acks?: number;
  readonly transactionalId?: string;
}

export function produce({ topic, records, partition = 0, acks = -1, transactionalId }: ProduceWish): Body {
  return {
    transactional_id: transactionalId ?? null,
    acks,
    timeout_ms: 10_000,
    topic_data: [{ name: topic, partition_data: [{ index: partition, records }] }],
  };
}

export interface FetchWish {
  readonly topic: string;
  readonly offset: number;
  readonly partition?: number;
  readonly committed?: boolean;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly leaderEpoch?: number;
}

/** For Fetch v9 to v12; without a session. */
export function fetch(wanted: FetchWish): Body {
  const { topic, offset, partition = 0, committed = false, maxWaitMs = 100, minBytes = 1 } = wanted;
  const { maxBytes = 1 << 20, partitionMaxBytes = 1 << 20, leaderEpoch = -1 } = wanted;
  return {
    replica_id: -1,
    max_wait_ms: maxWaitMs,
    min_bytes: minBytes,
    max_bytes: maxBytes,
    isolation_level: committed ? 1 : 0,
    session_epoch: -1,
    topics: [
      {
        topic,
        partitions: [
          {
            partition,
            current_leader_epoch: leaderEpoch,
            fetch_offset: offset,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: partitionMaxBytes,
          },
        ],
      },
    ],
  };
}

/** For Fetch v11, which has no epoch of the last fetch. */
export function classicFetch(wanted: FetchWish): Body {
  const { topics, ...body } = fetch(wanted) as { topics: { topic: Body; partitions: Record<string, Body>[] }[] };
  const without = topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ last_fetched_epoch: _, ...partition }) => partition),
  }));
  return { ...body, topics: without } as Body;
}

export function listOffsets(topic: string, timestamps: readonly number[], committed = false): Body {
  return {
    replica_id: -1,
    isolation_level: committed ? 1 : 0,
    topics: [
      {
        name: topic,
        partitions: timestamps.map((timestamp, i) => ({ partition_index: i, current_leader_epoch: -1, timestamp })),
      },
    ],
  };
}

export { NIL_UUID };
