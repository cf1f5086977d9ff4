import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { findConfigProblem, type TopicConfig } from '../log/topic-config.ts';
import type { Access } from '../security/access.ts';
import type { BrokerState } from './api.ts';
import { orStorageError } from './storage-error.ts';

export const RESOURCE_TOPIC = 2;
export const RESOURCE_BROKER = 4;

export interface ConfigResource {
  readonly type: number;
  readonly name: string;
}

export interface ConfigAnswer extends ConfigResource {
  readonly error: KafkaErrorName;
  readonly message: string | null;
}

/** Why a change cannot be made, apart from what it would lead to. */
export class ConfigProblem {
  readonly error: KafkaErrorName;
  readonly message: string;

  constructor(error: KafkaErrorName, message: string) {
    this.error = error;
    this.message = message;
  }
}

/** Why the options of a resource may not be looked at, or changed. Those of a broker belong to the cluster. */
export function findForbiddenConfig(
  { type, name }: ConfigResource,
  operation: 'DescribeConfigs' | 'AlterConfigs',
  access: Access,
): KafkaErrorName | undefined {
  if (type === RESOURCE_TOPIC) {
    return access.may(`Topic:${operation}`, name) ? undefined : 'TOPIC_AUTHORIZATION_FAILED';
  }
  return access.may(`Cluster:${operation}`) ? undefined : 'CLUSTER_AUTHORIZATION_FAILED';
}

/** Changes the options of a topic; a broker's are fixed when it starts. */
export function alterConfig(
  { type, name }: ConfigResource,
  change: (before: TopicConfig) => TopicConfig | ConfigProblem,
  validateOnly: boolean,
  access: Access,
  broker: BrokerState,
): ConfigAnswer {
  const failed = (error: KafkaErrorName, message: string): ConfigAnswer => ({
    type,
    name,
    error,
    message,
  });
  const forbidden = findForbiddenConfig({ type, name }, 'AlterConfigs', access);
  if (forbidden !== undefined) return failed(forbidden, 'Authorization failed.');
  if (type !== RESOURCE_TOPIC) return failed('INVALID_REQUEST', 'only topics have options that can be changed');
  const topic = broker.topics.get(name);
  if (topic === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION', `topic ${name} does not exist`);
  const config = change(topic.config);
  if (config instanceof ConfigProblem) return failed(config.error, config.message);
  const problem = findConfigProblem(config);
  if (problem !== undefined) return failed('INVALID_CONFIG', problem);
  const refused = validateOnly ? undefined : orStorageError(() => broker.topics.configure(topic, config), broker);
  return { type, name, error: refused ?? 'NONE', message: null };
}

/** `int32 throttleMs · [int16 error · nullable string message · int8 type · string name]` */
export function writeConfigAnswers(writer: Writer, answers: readonly ConfigAnswer[]): void {
  writer.int32(0);
  writer.array(answers, ({ type, name, error, message }, w) => {
    w.int16(errorCode(error)).nullableString(message).int8(type).string(name).tags();
  });
  writer.tags();
}
