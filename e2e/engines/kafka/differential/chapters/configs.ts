import type { Body, Chapter } from '../history.ts';
import { createTopics } from './bodies.ts';

const TOPIC = 2;
const BROKER = 4;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

function change(name: string, changes: readonly (readonly [string, number, string | null])[], type = TOPIC): Body {
  return {
    resources: [
      {
        resource_type: type,
        resource_name: name,
        configs: changes.map(([key, operation, value]) => ({ name: key, config_operation: operation, value })),
      },
    ],
  };
}

function ask(name: string, keys: readonly string[] | null, more: { [field: string]: Body } = {}, type = TOPIC): Body {
  return { resources: [{ resource_type: type, resource_name: name, configuration_keys: keys }], ...more };
}

const KEYS = ['cleanup.policy', 'retention.ms', 'max.message.bytes', 'message.timestamp.type', 'min.insync.replicas'];

export const configs: Chapter = {
  title: 'configs',
  steps: [
    ...createTopics({ name: 'configs-a', configs: { 'retention.ms': '5000' } }, { name: 'configs-b' }),
    { title: 'chosen configs of a topic', call: 'DescribeConfigs', v: 2, body: ask('configs-a', KEYS) },
    { title: 'all configs of a topic', call: 'DescribeConfigs', v: 1, body: ask('configs-a', null) },
    {
      title: 'with synonyms',
      call: 'DescribeConfigs',
      v: 2,
      body: ask('configs-a', ['retention.ms', 'segment.bytes', 'cleanup.policy'], { include_synonyms: true }),
    },
    { title: 'with their types', call: 'DescribeConfigs', v: 4, body: ask('configs-a', null) },
    { title: 'unknown keys are left out', call: 'DescribeConfigs', v: 2, body: ask('configs-a', ['no.such.key']) },
    { title: 'no keys are all keys', call: 'DescribeConfigs', v: 2, body: ask('configs-a', []) },
    {
      title: 'unknown topics are told',
      call: 'DescribeConfigs',
      v: 2,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: ask('configs-nowhere', null),
    },
    {
      title: 'impossible topics are told',
      call: 'DescribeConfigs',
      v: 2,
      gives: ['INVALID_TOPIC_EXCEPTION'],
      body: ask('configs no', null),
    },
    {
      title: 'chosen configs of the broker',
      call: 'DescribeConfigs',
      v: 2,
      body: ask('1', ['num.partitions', 'auto.create.topics.enable', 'log.retention.bytes'], {}, BROKER),
    },
    {
      title: 'another broker is told',
      call: 'DescribeConfigs',
      v: 2,
      gives: ['INVALID_REQUEST'],
      body: ask('9', null, {}, BROKER),
    },
    {
      title: 'a broker that is no number is told',
      call: 'DescribeConfigs',
      v: 2,
      gives: ['INVALID_REQUEST'],
      body: ask('nine', null, {}, BROKER),
    },
    {
      title: 'an unknown kind of resource is told',
      call: 'DescribeConfigs',
      v: 2,
      gives: ['INVALID_REQUEST'],
      body: ask('x', null, {}, 77),
    },
    {
      title: 'configs are changed one by one',
      call: 'IncrementalAlterConfigs',
      v: 1,
      body: change('configs-a', [
        ['max.message.bytes', SET, '5000'],
        ['retention.ms', DELETE, null],
        ['cleanup.policy', APPEND, 'compact'],
      ]),
    },
    {
      title: 'and are as they were set',
      call: 'DescribeConfigs',
      v: 2,
      body: ask('configs-a', KEYS),
      until: (answer) => [0, 1, 2, 3, 4].some((i) => answer(`results.0.configs.${i}.value`) === '5000'),
    },
    {
      title: 'list values are taken out',
      call: 'IncrementalAlterConfigs',
      v: 1,
      body: change('configs-a', [['cleanup.policy', SUBTRACT, 'delete']]),
    },
    {
      title: 'what is left',
      call: 'DescribeConfigs',
      v: 2,
      body: ask('configs-a', ['cleanup.policy']),
      until: (answer) => answer('results.0.configs.0.value') === 'compact',
    },
    {
      title: 'a change that is only validated',
      call: 'IncrementalAlterConfigs',
      v: 1,
      body: { ...(change('configs-a', [['retention.ms', SET, '1']]) as object), validate_only: true },
    },
    { title: 'changes nothing', call: 'DescribeConfigs', v: 2, body: ask('configs-a', ['retention.ms']) },
    {
      title: 'unknown keys are not set',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['INVALID_CONFIG'],
      body: change('configs-a', [['no.such.key', SET, '1']]),
    },
    {
      title: 'nor wrong values',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['INVALID_CONFIG'],
      body: change('configs-a', [['retention.ms', SET, 'x']]),
    },
    {
      title: 'nor null',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['INVALID_REQUEST'],
      body: change('configs-a', [['retention.ms', SET, null]]),
    },
    {
      title: 'nor twice in one request',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['INVALID_REQUEST'],
      body: change('configs-a', [
        ['retention.ms', SET, '1'],
        ['retention.ms', SET, '2'],
      ]),
    },
    {
      title: 'what is no list has nothing appended',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['INVALID_CONFIG'],
      body: change('configs-a', [['retention.ms', APPEND, '1']]),
    },
    {
      title: 'unknown operations are refused',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['UNKNOWN_SERVER_ERROR'],
      body: change('configs-a', [['retention.ms', 9, '1']]),
    },
    {
      title: 'unknown topics are not changed',
      call: 'IncrementalAlterConfigs',
      v: 1,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: change('configs-nowhere', [['retention.ms', SET, '1']]),
    },
    {
      title: 'the old way replaces them all',
      call: 'AlterConfigs',
      v: 2,
      body: {
        resources: [
          { resource_type: TOPIC, resource_name: 'configs-a', configs: [{ name: 'segment.bytes', value: '2000000' }] },
        ],
      },
    },
    {
      title: 'those not named are defaults again',
      call: 'DescribeConfigs',
      v: 2,
      body: ask('configs-a', [...KEYS, 'segment.bytes']),
      until: (answer) => [0, 1, 2, 3, 4, 5].some((i) => answer(`results.0.configs.${i}.value`) === '2000000'),
    },
    {
      title: 'the old way refuses what is wrong',
      call: 'AlterConfigs',
      v: 2,
      gives: ['INVALID_CONFIG', 'UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        resources: [
          { resource_type: TOPIC, resource_name: 'configs-b', configs: [{ name: 'segment.bytes', value: 'x' }] },
          { resource_type: TOPIC, resource_name: 'configs-nowhere', configs: [] },
        ],
      },
    },
  ],
};
