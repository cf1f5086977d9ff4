import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { configValue, TOPIC_OPTIONS } from '../log/topic-config.ts';
import { isTopicName } from '../log/topics.ts';
import { DEFAULTS } from '../options.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';
import { findForbiddenConfig, RESOURCE_BROKER, RESOURCE_TOPIC } from './config-resources.ts';
import { TOPIC_NAME_RULE } from './topic-creation.ts';

const SOURCE_TOPIC = 1;
const SOURCE_STATIC_BROKER = 4;
const SOURCE_DEFAULT = 5;
const TYPE_NUMBERS = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
} as const;

interface Option {
  readonly name: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly source: number;
  readonly type: number;
  /** Where the value comes from and what would take its place, the strongest first. */
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[];
}

interface Problem {
  readonly error: KafkaErrorName;
  readonly message: string;
}

/**
 * DescribeConfigs (32), v0-4.
 *
 *     request   [int8 type (2 topic, 4 broker) · string name · nullable [string option]] · v1+ bool synonyms · v3+ bool documentation
 *     response  int32 throttleMs · [int16 error · nullable string message · int8 type · string name
 *               · [string option · nullable string value · bool readOnly · v0 bool isDefault · v1+ int8 source · bool sensitive
 *                 · v1+ [string name · nullable string value · int8 source] · v3+ int8 valueType · nullable string documentation]]
 */
export const describeConfigs: Api = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [0, 4],
  flexibleFrom: 4,
  handle: ({ version, body, access }, broker) => {
    const wanted = body.array((r) => {
      const entry = {
        type: r.int8(),
        name: r.string(),
        names: r.nullableArray(() => r.string()),
      };
      r.tags();
      return entry;
    });
    const withSynonyms = version >= 1 && body.boolean();
    return (writer) => {
      writer.int32(0);
      writer.array(wanted, ({ type, name, names }, w) => {
        const forbidden = findForbiddenConfig({ type, name }, 'DescribeConfigs', access);
        const found =
          forbidden === undefined ? optionsOf(type, name, broker) : problem(forbidden, 'Authorization failed.');
        const options = 'error' in found ? [] : found;
        w.int16(errorCode('error' in found ? found.error : 'NONE'))
          .nullableString('error' in found ? found.message : null)
          .int8(type)
          .string(name);
        const shown = options.filter((option) => names === null || names.length === 0 || names.includes(option.name));
        w.array(shown, (option) => writeOption(w, version, withSynonyms ? option : { ...option, synonyms: [] }));
        w.tags();
      });
      writer.tags();
    };
  },
};

function optionsOf(type: number, name: string, broker: BrokerState): readonly Option[] | Problem {
  if (type === RESOURCE_TOPIC) return topicOptions(name, broker);
  if (type !== RESOURCE_BROKER) return problem('INVALID_REQUEST', `resources of type ${type} have no options here`);
  if (name === '' || name === String(NODE_ID)) return brokerOptions(broker);
  return problem('INVALID_REQUEST', `there is no broker ${name}; the only one is ${NODE_ID}`);
}

function topicOptions(name: string, broker: BrokerState): readonly Option[] | Problem {
  if (!isTopicName(name)) return problem('INVALID_TOPIC_EXCEPTION', TOPIC_NAME_RULE);
  const topic = broker.topics.get(name);
  if (topic === undefined) return problem('UNKNOWN_TOPIC_OR_PARTITION', `topic ${name} does not exist`);
  return Object.entries(TOPIC_OPTIONS).map(([option, { type, fallback, brokerOption }]) => {
    const set = topic.config[option];
    const own = set === undefined ? [] : [{ name: option, value: set, source: SOURCE_TOPIC }];
    const inherited =
      brokerOption === undefined ? [] : [{ name: brokerOption, value: fallback, source: SOURCE_DEFAULT }];
    return {
      ...{ name: option, value: configValue(topic.config, option), readOnly: false, type: TYPE_NUMBERS[type] },
      ...{ source: set === undefined ? SOURCE_DEFAULT : SOURCE_TOPIC, synonyms: [...own, ...inherited] },
    };
  });
}

/** What the broker was started with, and the defaults of its topics. */
function brokerOptions({ settings }: BrokerState): Option[] {
  const values = {
    'broker.id': [NODE_ID, undefined],
    'auto.create.topics.enable': [settings.autoCreateTopics, DEFAULTS.autoCreateTopics],
    'num.partitions': [settings.defaultPartitions, DEFAULTS.defaultPartitions],
    'transaction.max.timeout.ms': [settings.transactionTimeoutMsMax, DEFAULTS.transactionTimeoutMsMax],
    'group.initial.rebalance.delay.ms': [settings.groupInitialDelayMs, DEFAULTS.groupInitialDelayMs],
    'socket.request.max.bytes': [settings.requestBytesMax, DEFAULTS.requestBytesMax],
    'max.connections': [settings.connectionsMax, DEFAULTS.connectionsMax],
  } as const;
  const started = Object.entries(values).map(([name, [value, fallback]]) => {
    const source = value === fallback ? SOURCE_DEFAULT : SOURCE_STATIC_BROKER;
    const type = typeof value === 'boolean' ? TYPE_NUMBERS.boolean : TYPE_NUMBERS.int;
    return brokerOption(name, String(value), source, type);
  });
  const defaults = Object.values(TOPIC_OPTIONS).flatMap(({ brokerOption: name, fallback, type }) =>
    name === undefined ? [] : [brokerOption(name, fallback, SOURCE_DEFAULT, TYPE_NUMBERS[type])],
  );
  return [...started, ...defaults];
}

/** A running broker changes none of its options. */
function brokerOption(name: string, value: string, source: number, type: number): Option {
  return { name, value, readOnly: true, source, type, synonyms: [{ name, value, source }] };
}

function problem(error: KafkaErrorName, message: string): Problem {
  return { error, message };
}

function writeOption(writer: Writer, version: number, option: Option): void {
  writer.string(option.name).nullableString(option.value).boolean(option.readOnly);
  if (version === 0) writer.boolean(option.source === SOURCE_DEFAULT);
  else writer.int8(option.source);
  writer.boolean(false);
  if (version >= 1) {
    writer.array(option.synonyms, ({ name, value, source }, w) =>
      w.string(name).nullableString(value).int8(source).tags(),
    );
  }
  if (version >= 3) writer.int8(option.type).nullableString(null);
  writer.tags();
}
