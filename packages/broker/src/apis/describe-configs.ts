import { errorCode, type Writer } from '@millrace/kafka-protocol';
import { configValue, TOPIC_OPTIONS } from '../log/topic-config.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';
import { findForbiddenConfig, RESOURCE_BROKER, RESOURCE_TOPIC } from './config-resources.ts';

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
    return (writer) => {
      writer.int32(0);
      writer.array(wanted, ({ type, name, names }, w) => {
        const forbidden = findForbiddenConfig({ type, name }, 'DescribeConfigs', access);
        const options = forbidden === undefined ? optionsOf(type, name, broker) : undefined;
        const error =
          options !== undefined ? 'NONE' : type === RESOURCE_TOPIC ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_REQUEST';
        w.int16(errorCode(forbidden ?? error))
          .nullableString(forbidden === undefined ? null : 'Authorization failed.')
          .int8(type)
          .string(name);
        const shown = (options ?? []).filter(
          (option) => names === null || names.length === 0 || names.includes(option.name),
        );
        w.array(shown, (option) => writeOption(w, version, option));
        w.tags();
      });
      writer.tags();
    };
  },
};

function optionsOf(type: number, name: string, broker: BrokerState): Option[] | undefined {
  if (type === RESOURCE_TOPIC) {
    const topic = broker.topics.get(name);
    if (topic === undefined) return undefined;
    return Object.entries(TOPIC_OPTIONS).map(([option, { type: valueType }]) => ({
      ...{
        name: option,
        value: configValue(topic.config, option),
        readOnly: false,
      },
      ...{
        source: option in topic.config ? SOURCE_TOPIC : SOURCE_DEFAULT,
        type: TYPE_NUMBERS[valueType],
      },
    }));
  }
  if (type !== RESOURCE_BROKER || (name !== '' && name !== String(NODE_ID))) return undefined;
  const { settings } = broker;
  const values = {
    'broker.id': NODE_ID,
    'auto.create.topics.enable': settings.autoCreateTopics,
    'num.partitions': settings.defaultPartitions,
    'transaction.max.timeout.ms': settings.transactionTimeoutMsMax,
    'group.initial.rebalance.delay.ms': settings.groupInitialDelayMs,
    'socket.request.max.bytes': settings.requestBytesMax,
    'max.connections': settings.connectionsMax,
  };
  return Object.entries(values).map(([option, value]) => ({
    ...{
      name: option,
      value: String(value),
      readOnly: true,
      source: SOURCE_STATIC_BROKER,
    },
    type: typeof value === 'boolean' ? TYPE_NUMBERS.boolean : TYPE_NUMBERS.int,
  }));
}

function writeOption(writer: Writer, version: number, option: Option): void {
  writer.string(option.name).nullableString(option.value).boolean(option.readOnly);
  if (version === 0) writer.boolean(option.source === SOURCE_DEFAULT);
  else writer.int8(option.source);
  writer.boolean(false);
  if (version >= 1) writer.array([], () => {});
  if (version >= 3) writer.int8(option.type).nullableString(null);
  writer.tags();
}
