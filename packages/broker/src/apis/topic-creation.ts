import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { findConfigProblem, type TopicConfig } from '../log/topic-config.ts';
import { isTopicName } from '../log/topics.ts';
import type { BrokerState } from './api.ts';

/** One topic may not have more partitions than this: each is an open file. */
export const PARTITIONS_MAX = 1000;

export const TOPIC_NAME_RULE = 'topic names are 1 to 249 of a-z A-Z 0-9 . _ -';

/** Why a topic cannot be created, with a sentence for its author; undefined when it can. */
export function findCreationError(
  topic: {
    readonly name: string;
    readonly partitions: number;
    readonly replication: number;
    readonly config: TopicConfig;
  },
  broker: BrokerState,
): { readonly error: KafkaErrorName; readonly message: string } | undefined {
  if (!isTopicName(topic.name))
    return {
      error: 'INVALID_TOPIC_EXCEPTION',
      message: TOPIC_NAME_RULE,
    };
  if (broker.topics.get(topic.name) !== undefined)
    return {
      error: 'TOPIC_ALREADY_EXISTS',
      message: `topic ${topic.name} exists`,
    };
  if (topic.partitions < 1 || topic.partitions > PARTITIONS_MAX) {
    return {
      error: 'INVALID_PARTITIONS',
      message: `a topic has 1 to ${PARTITIONS_MAX} partitions`,
    };
  }
  if (topic.replication !== 1 && topic.replication !== -1) {
    return {
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'this cluster has one broker: the replication factor is 1',
    };
  }
  const problem = findConfigProblem(topic.config);
  return problem === undefined ? undefined : { error: 'INVALID_CONFIG', message: problem };
}
