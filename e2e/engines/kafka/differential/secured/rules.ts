import { coordinator, createTopics, fetch, listOffsets, produce } from '../chapters/bodies.ts';
import { type Body, batch, type Chapter, type Step } from '../history.ts';
import { logIn } from './log-in.ts';

const [TOPIC, GROUP, CLUSTER, ID] = [2, 3, 4, 5];
const [ANY, MATCH, LITERAL, PREFIXED] = [1, 2, 3, 4];
const [ALL, READ, WRITE, CREATE] = [2, 3, 4, 5];
const [DENY, ALLOW] = [2, 3];

interface Rule {
  readonly type: number;
  readonly name: string;
  readonly pattern?: number;
  readonly principal?: string;
  readonly host?: string;
  readonly operation: number;
  readonly permission?: number;
}

const rule = ({
  type,
  name,
  pattern = LITERAL,
  principal = 'User:alice',
  host = '*',
  operation,
  permission = ALLOW,
}: Rule): Body => ({
  ...{ resource_type: type, resource_name: name, resource_pattern_type: pattern },
  ...{ principal, host, operation, permission_type: permission },
});

function create(title: string, rules: readonly Rule[], gives: readonly string[] = []): Step {
  return { title, call: 'CreateAcls', v: 3, gives, body: { creations: rules.map(rule) } };
}

interface Filter {
  readonly type?: number;
  readonly name?: string | null;
  readonly pattern?: number;
  readonly principal?: string | null;
  readonly host?: string | null;
  readonly operation?: number;
  readonly permission?: number;
}

const filter = ({
  type = ANY,
  name = null,
  pattern = ANY,
  principal = null,
  host = null,
  operation = ANY,
  permission = ANY,
}: Filter): Body => ({
  ...{ resource_type_filter: type, resource_name_filter: name, pattern_type_filter: pattern },
  ...{ principal_filter: principal, host_filter: host, operation, permission_type: permission },
});

/** Asks until both brokers know as many rules as were made: Kafka answers a creation before it applies it. */
function describeRules(title: string, asked: Filter, resources: number, gives: readonly string[] = []): Step {
  const until = (answer: (path: string) => unknown) =>
    gives.length > 0 ||
    (answer(`resources.${resources}`) === undefined &&
      (resources === 0 || answer(`resources.${resources - 1}`) !== undefined));
  return { title, call: 'DescribeAcls', v: 3, gives, until, body: filter(asked) };
}

const RECORDS = batch({ values: ['a'] });

export const rules: Chapter = {
  title: 'rules',
  steps: [
    ...logIn('root'),
    ...logIn('alice', 'alice'),
    ...createTopics({ name: 'rules-open' }, { name: 'rules-shut' }),
    create('rules are made', [
      { type: TOPIC, name: 'rules-open', operation: READ },
      { type: TOPIC, name: 'rules-', pattern: PREFIXED, operation: WRITE },
      { type: TOPIC, name: 'rules-shut', operation: ALL, permission: DENY },
      { type: GROUP, name: '*', principal: 'User:*', host: '10.0.0.1', operation: READ },
      { type: GROUP, name: 'rules-group', operation: READ },
    ]),
    create('the same rule again is no error', [{ type: TOPIC, name: 'rules-open', operation: READ }]),
    create('what means nothing is refused', [{ type: ANY, name: 'x', operation: READ }], ['UNKNOWN_SERVER_ERROR']),
    create('nor the cluster by another name', [{ type: CLUSTER, name: 'x', operation: READ }], ['INVALID_REQUEST']),
    create(
      'nor a pattern that is a filter',
      [{ type: TOPIC, name: 'x', pattern: MATCH, operation: READ }],
      ['UNKNOWN_SERVER_ERROR'],
    ),
    create('nor any operation', [{ type: TOPIC, name: 'x', operation: ANY }], ['UNKNOWN_SERVER_ERROR']),
    create(
      'nor any permission',
      [{ type: TOPIC, name: 'x', operation: READ, permission: ANY }],
      ['UNKNOWN_SERVER_ERROR'],
    ),
    create(
      'nor a principal without a type',
      [{ type: TOPIC, name: 'x', principal: 'alice', operation: READ }],
      ['INVALID_REQUEST'],
    ),
    create('nor a resource without a name', [{ type: TOPIC, name: '', operation: READ }], ['INVALID_REQUEST']),
    describeRules('all rules', {}, 5),
    describeRules('of a type', { type: GROUP }, 2),
    describeRules('of a name', { name: 'rules-open', pattern: LITERAL }, 1),
    describeRules('of a prefix', { name: 'rules-', pattern: PREFIXED }, 1),
    describeRules('of whatever holds for a name', { type: TOPIC, name: 'rules-open', pattern: MATCH }, 2),
    describeRules('of whatever holds for a group', { type: GROUP, name: 'anything', pattern: MATCH }, 1),
    describeRules('of a principal', { principal: 'User:*' }, 1),
    describeRules('of a host', { host: '10.0.0.1' }, 1),
    describeRules('of an operation', { operation: READ }, 3),
    describeRules('of a permission', { permission: DENY }, 1),
    describeRules('of nothing there is', { type: ID }, 0),
    describeRules('unknown numbers find nothing', { type: 99 }, 0),
    {
      title: 'alice writes where she may',
      on: 'alice',
      call: 'Produce',
      v: 9,
      body: produce({ topic: 'rules-open', records: RECORDS }),
    },
    {
      title: 'and not where it is denied',
      on: 'alice',
      gives: ['TOPIC_AUTHORIZATION_FAILED'],
      call: 'Produce',
      v: 9,
      body: produce({ topic: 'rules-shut', records: RECORDS }),
    },
    {
      title: 'alice reads where she may',
      on: 'alice',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'rules-open', offset: 0 }),
    },
    {
      title: 'who may write may describe',
      on: 'alice',
      call: 'ListOffsets',
      v: 7,
      body: listOffsets('rules-open', [-1]),
    },
    {
      title: 'alice sees what she may describe',
      on: 'alice',
      call: 'Metadata',
      v: 9,
      body: { topics: null, include_topic_authorized_operations: true },
    },
    {
      title: 'topics that she may not describe are not told from others',
      on: 'alice',
      gives: ['TOPIC_AUTHORIZATION_FAILED'],
      call: 'Metadata',
      v: 9,
      body: {
        topics: [{ name: 'rules-shut' }, { name: 'absent' }, { name: 'rules-open' }],
        include_topic_authorized_operations: true,
      },
    },
    ...coordinator('rules-group'),
    {
      title: 'alice finds the coordinator of her group',
      on: 'alice',
      call: 'FindCoordinator',
      v: 3,
      body: { key: 'rules-group', key_type: 0 },
    },
    {
      title: 'she is an idempotent producer',
      until: (answer) => answer('error_code') === 0,
      on: 'alice',
      call: 'InitProducerId',
      v: 4,
      body: { transactional_id: null, transaction_timeout_ms: 60_000, producer_id: -1, producer_epoch: -1 },
    },
    {
      title: 'what she may do with the cluster is nothing',
      on: 'alice',
      call: 'DescribeCluster',
      v: 0,
      body: { include_cluster_authorized_operations: true },
    },
    {
      title: 'and all for a super user',
      call: 'DescribeCluster',
      v: 0,
      body: { include_cluster_authorized_operations: true },
    },
    {
      title: 'groups show what may be done with them',
      call: 'DescribeGroups',
      v: 5,
      body: { groups: ['rules-group'], include_authorized_operations: true },
    },
    {
      title: 'topics are made by who may make this one',
      gives: [],
      call: 'CreateAcls',
      v: 3,
      body: { creations: [rule({ type: TOPIC, name: 'rules-new', operation: CREATE })] },
    },
    describeRules('the rule is there', { name: 'rules-new' }, 1),
    {
      title: 'its configuration is hidden',
      on: 'alice',
      gives: ['TOPIC_AUTHORIZATION_FAILED'],
      call: 'CreateTopics',
      v: 7,
      body: { topics: [{ name: 'rules-new', num_partitions: 1, replication_factor: 1 }], timeout_ms: 10_000 },
    },
    {
      title: 'rules are deleted and told',
      call: 'DeleteAcls',
      v: 3,
      body: { filters: [filter({ type: TOPIC, name: 'rules-open' }), filter({ type: ID }), filter({ type: GROUP })] },
    },
    describeRules('and are gone', { type: GROUP }, 0),
    {
      title: 'a deletion by unknown numbers is refused',
      gives: ['INVALID_REQUEST'],
      call: 'DeleteAcls',
      v: 3,
      body: { filters: [filter({ operation: 99 })] },
    },
    {
      title: 'who lost the rule reads no more',
      on: 'alice',
      gives: ['TOPIC_AUTHORIZATION_FAILED'],
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'rules-open', offset: 0 }),
    },
    { title: 'all rules are deleted', call: 'DeleteAcls', v: 1, body: { filters: [filter({})] } },
    describeRules('none is left', {}, 0),
    { title: 'without a rule nothing is seen', on: 'alice', call: 'Metadata', v: 9, body: { topics: null } },
  ],
};
