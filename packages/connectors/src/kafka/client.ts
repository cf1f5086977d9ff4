import { StreamError } from '@millrace/model';
import { GuardedNetwork } from '../network/connect.ts';
import { KafkaAnswer, kafkaError } from './errors.ts';
import {
  createCluster,
  type Exchange,
  exchangeOver,
  type KafkajsBroker,
  type KafkajsCluster,
  TRANSACTION_COORDINATOR,
} from './kafkajs.ts';
import { retryingKafka } from './retry.ts';
import type { KafkaConnection } from './table.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** ListOffsets' names for the ends of a log. */
export const LATEST = -1;
export const EARLIEST = -2;

const CONNECT_DEADLINE_MS = 15_000;
const READ_COMMITTED = 1;

/**
 * One Kafka cluster as this connector needs it: partitions and their leaders, positions, coordinators, and
 * raw exchanges with a leader. Owned by one reader, writer or committer; not shared between tasks.
 */
export class KafkaClient {
  readonly #cluster: KafkajsCluster;
  readonly #network: GuardedNetwork;
  readonly #brokers: readonly string[];
  readonly #deadlineMs: number;

  /** `deadlineMs`: how long an unreachable cluster is tried before a call fails. */
  constructor(connection: KafkaConnection, owner: string, deadlineMs = CONNECT_DEADLINE_MS) {
    const clientId = `${connection.clientId ?? 'millrace'}-${owner.replace(/[^A-Za-z0-9._-]+/g, '-')}`;
    this.#network = new GuardedNetwork(connection.network, 'properties.bootstrap.servers');
    this.#cluster = createCluster(connection, clientId, this.#network);
    this.#brokers = connection.brokers;
    this.#deadlineMs = deadlineMs;
  }

  /** Metadata of these topics is loaded and kept fresh. Throws `kafka.topic-missing` naming the topic. */
  async open(topics: readonly string[], signal: AbortSignal): Promise<void> {
    for (const broker of this.#brokers) await this.#network.check(...hostAndPort(broker));
    await this.#attempt(`connecting to ${this.#brokers.join(', ')}`, signal, async () => {
      await this.#cluster.connect();
      if (topics.length === 0) await this.#cluster.refreshMetadata();
    });
    for (const topic of topics) {
      await this.#attempt(`looking up topic '${topic}'`, signal, () => this.#cluster.addMultipleTargetTopics([topic]), {
        retriable: (error) => kafkaError(error, '').retry === 'backoff',
      });
    }
  }

  refresh(): Promise<void> {
    return this.#cluster.refreshMetadata();
  }

  /** Partition numbers in ascending order, as of the last refresh. */
  partitionsOf(topic: string): readonly number[] {
    return this.#cluster
      .findTopicPartitionMetadata(topic)
      .map((partition) => partition.partitionId)
      .sort((a, b) => a - b);
  }

  /** Undefined while a partition has no leader. */
  leaderOf({ topic, partition }: TopicPartition): number | undefined {
    const found = this.#cluster.findTopicPartitionMetadata(topic).find((each) => each.partitionId === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  /** Sends a request of our own encoding to a broker. */
  async exchange<Answer>(nodeId: number, exchange: Exchange<Answer>): Promise<Answer> {
    const broker = await this.#guarded(() => this.#cluster.findBroker({ nodeId }));
    return exchangeOver(broker, exchange);
  }

  /** The offset at `timestamp` (epoch ms, {@link LATEST} or {@link EARLIEST}) of each partition; LATEST is the last stable offset. */
  async offsetsAt(
    partitions: readonly TopicPartition[],
    timestamp: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(`listing offsets of ${describe(partitions)}`, signal, async () => {
      const offsets = new Map<string, number>();
      for (const [nodeId, own] of this.#byLeader(partitions)) {
        const broker = await this.#cluster.findBroker({ nodeId });
        const topics = byTopic(own).map(({ topic, partitions: numbers }) => ({
          topic,
          partitions: numbers.map((partition) => ({ partition, timestamp })),
        }));
        const { responses } = await broker.listOffsets({ replicaId: -1, isolationLevel: READ_COMMITTED, topics });
        for (const { topic, partitions: found } of responses) {
          for (const { partition, offset } of found) offsets.set(keyOf({ topic, partition }), Number(offset));
        }
      }
      return offsets;
    });
  }

  /** What a group committed; partitions it never committed are absent. */
  async committedOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(`reading the offsets of group '${groupId}'`, signal, async () => {
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId });
      const topics = byTopic(partitions).map(({ topic, partitions: numbers }) => ({
        topic,
        partitions: numbers.map((partition) => ({ partition })),
      }));
      const { responses } = await coordinator.offsetFetch({ groupId, topics });
      const offsets = new Map<string, number>();
      for (const { topic, partitions: found } of responses) {
        for (const { partition, offset } of found) {
          if (Number(offset) >= 0) offsets.set(keyOf({ topic, partition }), Number(offset));
        }
      }
      return offsets;
    });
  }

  /** A commit outside any group generation; refused by the broker while the group has members. */
  async commitOffsets(groupId: string, positions: readonly (TopicPartition & { offset: number })[]): Promise<void> {
    const coordinator = await this.#cluster.findGroupCoordinator({ groupId });
    const topics = byTopic(positions).map(({ topic, entries }) => ({
      topic,
      partitions: entries.map(({ partition, offset }) => ({ partition, offset: String(offset), metadata: null })),
    }));
    await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics });
  }

  async createTopic(topic: string, partitions: number, signal: AbortSignal): Promise<void> {
    await this.#attempt(`creating topic '${topic}'`, signal, async () => {
      const controller = await this.#cluster.findControllerBroker();
      await controller.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: -1 }] });
    });
  }

  /** All topics the user of this connection may see. */
  async topics(signal: AbortSignal): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    return this.#attempt('listing topics', signal, async () => {
      const broker = await this.#cluster.findControllerBroker();
      const { topicMetadata } = await broker.metadata([]);
      return topicMetadata
        .filter(({ topic, isInternal }) => isInternal !== true && !topic.startsWith('__'))
        .map(({ topic, partitionMetadata }) => ({ topic, partitions: partitionMetadata.length }))
        .sort((a, b) => (a.topic < b.topic ? -1 : 1));
    });
  }

  /** Where requests about a transactional id go. Looked up anew each time: coordinators move. */
  transactionCoordinator(transactionalId: string): Promise<KafkajsBroker> {
    return this.#cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR });
  }

  /** A producer id without transactions. */
  async initProducerId(signal: AbortSignal): Promise<{ producerId: string; producerEpoch: number }> {
    return this.#attempt('getting a producer id', signal, async () => {
      const broker = await this.#cluster.findControllerBroker();
      return broker.initProducerId({ transactionalId: null, transactionTimeout: 60_000 });
    });
  }

  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  #byLeader(partitions: readonly TopicPartition[]): ReadonlyMap<number, TopicPartition[]> {
    const groups = new Map<number, TopicPartition[]>();
    for (const partition of partitions) {
      const leader = this.leaderOf(partition);
      if (leader === undefined) throw new KafkaAnswer(5, `partition ${keyOf(partition)}`);
      groups.set(leader, [...(groups.get(leader) ?? []), partition]);
    }
    return groups;
  }

  /** A host that may not be reached is told as such, whatever kafkajs makes of it. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    this.#network.refusal = undefined;
    try {
      return await work();
    } catch (error) {
      throw this.#network.refusal ?? error;
    }
  }

  async #attempt<T>(
    doing: string,
    signal: AbortSignal,
    attempt: () => Promise<T>,
    options: { retriable?: (error: unknown) => boolean } = {},
  ): Promise<T> {
    let first = true;
    try {
      return await retryingKafka(
        async () => {
          if (!first && this.#cluster.isConnected()) await this.#cluster.refreshMetadata();
          first = false;
          return this.#guarded(attempt);
        },
        { signal, deadlineMs: this.#deadlineMs, ...options },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw kafkaError(error, doing);
    }
  }
}

function hostAndPort(server: string): [host: string, port: number] {
  const at = server.lastIndexOf(':');
  return [server.slice(0, at).replace(/^\[|\]$/g, ''), Number(server.slice(at + 1))];
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Entries grouped by topic, in order of first appearance. */
export function byTopic<Entry extends TopicPartition>(
  entries: readonly Entry[],
): readonly { readonly topic: string; readonly partitions: number[]; readonly entries: Entry[] }[] {
  const groups = new Map<string, { topic: string; partitions: number[]; entries: Entry[] }>();
  for (const entry of entries) {
    const group = groups.get(entry.topic) ?? { topic: entry.topic, partitions: [], entries: [] };
    group.partitions.push(entry.partition);
    group.entries.push(entry);
    groups.set(entry.topic, group);
  }
  return [...groups.values()];
}

function describe(partitions: readonly TopicPartition[]): string {
  const topics = [...new Set(partitions.map(({ topic }) => `'${topic}'`))];
  return `topic ${topics.join(', ')}`;
}

/** Thrown by readers and writers when a partition they hold is gone. */
export function partitionMissing(partition: TopicPartition): StreamError {
  const message = `partition ${partition.partition} of topic '${partition.topic}' no longer exists; was the topic deleted? Start the job without its savepoint, or restore the topic`;
  return new StreamError('kafka.partition-missing', message, { domain: 'external', retry: 'backoff' });
}
