import { Writer } from '../../../../../packages/kafka-protocol/src/index.ts';
import { type Body, type Call, type Chapter, from, type Step } from '../history.ts';
import { coordinator, createTopics } from './bodies.ts';

const G = 'groups-main';
const T = 'groups-topic';

interface Joining {
  readonly as: string;
  readonly member?: Body;
  readonly group?: string;
  readonly v?: number;
  readonly gives?: readonly string[];
  readonly title?: string;
  readonly instance?: string;
  readonly protocols?: Body;
  readonly type?: string;
  readonly sessionMs?: number;
  readonly parked?: true;
}

/** What a consumer says when it joins, v0: `int16 version · [string topic] · nullable bytes userData`. The coordinator reads it. */
function subscription(userData: string): Buffer {
  return new Writer()
    .int16(0)
    .array([T], (topic, w) => w.string(topic))
    .bytes(Buffer.from(userData))
    .toBuffer();
}

/** A join on a connection of the member's own: a parked one holds up what follows on it. */
function join({
  as,
  member = '',
  group = G,
  v = 7,
  gives,
  title,
  instance,
  protocols,
  type = 'consumer',
  sessionMs = 20_000,
  parked,
}: Joining): Call {
  return {
    title: title ?? `${as} joins ${group}`,
    call: 'JoinGroup',
    v,
    as,
    on: as.split(' ')[0] ?? as,
    ...(gives === undefined ? {} : { gives }),
    ...(parked === undefined ? {} : { parked }),
    body: {
      group_id: group,
      session_timeout_ms: sessionMs,
      ...(v >= 1 ? { rebalance_timeout_ms: 5_000 } : {}),
      member_id: member,
      ...(v >= 5 ? { group_instance_id: instance ?? null } : {}),
      protocol_type: type,
      protocols: protocols ?? [
        { name: 'range', metadata: subscription(`of ${as.split(' ')[0]}`) },
        { name: 'roundrobin', metadata: subscription('') },
      ],
    },
  };
}

function sync(title: string, on: string, body: { [field: string]: Body }, more: Partial<Call> = {}): Call {
  return {
    title,
    call: 'SyncGroup',
    v: 5,
    on,
    body: { group_id: G, protocol_type: 'consumer', protocol_name: 'range', ...body },
    ...more,
  };
}

function heartbeat(
  title: string,
  member: Body,
  generation: Body,
  gives: readonly string[] = [],
  more: Partial<Call> & { group?: string; instance?: string } = {},
): Call {
  const { group = G, instance, ...rest } = more;
  return {
    title,
    call: 'Heartbeat',
    v: 4,
    gives,
    body: { group_id: group, generation_id: generation, member_id: member, group_instance_id: instance ?? null },
    ...rest,
  };
}

function commit(title: string, body: { [field: string]: Body }, gives: readonly string[] = [], v = 8): Call {
  return {
    title,
    call: 'OffsetCommit',
    v,
    gives,
    body: {
      group_id: G,
      generation_id_or_member_epoch: -1,
      member_id: '',
      topics: [
        {
          name: T,
          partitions: [
            { partition_index: 0, committed_offset: 42, committed_leader_epoch: 0, committed_metadata: 'note' },
          ],
        },
      ],
      ...body,
    },
  };
}

const described = (title: string, groups: readonly string[], until?: Call['until']): Call => ({
  title,
  call: 'DescribeGroups',
  v: 5,
  body: { groups },
  ...(until === undefined ? {} : { until }),
});

const inState = (state: string) => (answer: (path: string) => unknown) => answer('groups.0.group_state') === state;
const id = (as: string) => from(as, 'member_id');
const generation = (as: string) => from(as, 'generation_id');
const finish = (title: string, name: string, gives?: readonly string[]): Step => ({
  title,
  finish: name,
  ...(gives === undefined ? {} : { gives }),
});

const oneMember: Step[] = [
  ...coordinator(G),
  described('a group nobody joined is dead', ['groups-none']),
  join({ as: 'ann first', gives: ['MEMBER_ID_REQUIRED'], title: 'who joins without an id gets one and joins again' }),
  join({ as: 'ann', member: id('ann first'), title: 'and is then alone and leader' }),
  heartbeat('an unsynced member may wait', id('ann'), generation('ann')),
  sync('the leader brings the assignment', 'ann', {
    generation_id: generation('ann'),
    member_id: id('ann'),
    assignments: [{ member_id: id('ann'), assignment: Buffer.from('all') }],
  }),
  heartbeat('a stable member is alive', id('ann'), generation('ann')),
  heartbeat('of another generation it is not', id('ann'), 99, ['ILLEGAL_GENERATION']),
  heartbeat('an unknown member is told', 'nobody', generation('ann'), ['UNKNOWN_MEMBER_ID']),
  heartbeat('in an unknown group, too', 'nobody', 1, ['UNKNOWN_MEMBER_ID'], { group: 'groups-none' }),
  sync('a repeated sync has the same assignment', 'ann', {
    generation_id: generation('ann'),
    member_id: id('ann'),
    assignments: [],
  }),
  sync(
    'a sync of another protocol is refused',
    'ann',
    { generation_id: generation('ann'), member_id: id('ann'), protocol_name: 'sticky', assignments: [] },
    { gives: ['INCONSISTENT_GROUP_PROTOCOL'] },
  ),
  sync(
    'a sync of another generation is refused',
    'ann',
    { generation_id: 77, member_id: id('ann'), assignments: [] },
    { gives: ['ILLEGAL_GENERATION'] },
  ),
  described('a stable group is described', [G]),
  {
    title: 'groups are listed by state and type',
    call: 'ListGroups',
    v: 5,
    body: { states_filter: ['Stable'], types_filter: ['classic'] },
    until: (answer) => answer('groups.0.group_id') !== undefined,
  },
  { title: 'groups of an unknown state are none', call: 'ListGroups', v: 4, body: { states_filter: ['Asleep'] } },
  commit('a member commits', { generation_id_or_member_epoch: generation('ann'), member_id: id('ann') }),
  commit('of another generation it may not', { generation_id_or_member_epoch: 9, member_id: id('ann') }, [
    'ILLEGAL_GENERATION',
  ]),
  commit('an unknown member may not', { generation_id_or_member_epoch: generation('ann'), member_id: 'nobody' }, [
    'UNKNOWN_MEMBER_ID',
  ]),
  commit('nobody may commit past the members', {}, ['UNKNOWN_MEMBER_ID']),
  {
    title: 'a group with members is not deleted',
    call: 'DeleteGroups',
    v: 2,
    gives: ['GROUP_ID_NOT_FOUND', 'NON_EMPTY_GROUP'],
    body: { groups_names: [G, 'groups-none'] },
  },
  {
    title: 'offsets of a subscribed topic are not deleted',
    call: 'OffsetDelete',
    v: 0,
    gives: ['GROUP_SUBSCRIBED_TO_TOPIC'],
    body: { group_id: G, topics: [{ name: T, partitions: [{ partition_index: 1 }] }] },
  },
];

const twoMembers: Step[] = [
  join({ as: 'bob first', gives: ['MEMBER_ID_REQUIRED'], title: 'a second member gets its id' }),
  join({ as: 'bob', member: id('bob first'), parked: true, title: 'and waits for the first to come again' }),
  heartbeat('the first is told to', id('ann'), generation('ann'), ['REBALANCE_IN_PROGRESS'], {
    until: (answer) => answer('error_code') === 27,
  }),
  commit('a member may still commit', { generation_id_or_member_epoch: generation('ann'), member_id: id('ann') }),
  described('the group prepares', [G], inState('PreparingRebalance')),
  join({ as: 'ann again', member: id('ann'), title: 'the leader has all members' }),
  finish('the follower none', 'bob'),
  described('the group waits for its leader', [G]),
  sync(
    'the follower waits for its assignment',
    'bob',
    { generation_id: generation('bob'), member_id: id('bob'), assignments: [] },
    { parked: true, as: 'bob synced' },
  ),
  commit(
    'commits wait for the assignment',
    { generation_id_or_member_epoch: generation('bob'), member_id: id('bob') },
    ['REBALANCE_IN_PROGRESS'],
  ),
  sync('the leader brings it', 'ann', {
    generation_id: generation('ann again'),
    member_id: id('ann'),
    assignments: [
      { member_id: id('ann'), assignment: Buffer.from('half') },
      { member_id: id('bob'), assignment: Buffer.from('other half') },
    ],
  }),
  finish('and the follower gets its part', 'bob synced'),
  described('both are described', [G]),
  join({ as: 'bob same', member: id('bob'), title: 'a follower that joins as before stays in the generation' }),
  join({
    as: 'cat',
    member: '',
    gives: ['INCONSISTENT_GROUP_PROTOCOL'],
    protocols: [{ name: 'sticky', metadata: subscription('') }],
    title: 'without a common protocol nobody joins',
  }),
  join({ as: 'cat typed', gives: ['INCONSISTENT_GROUP_PROTOCOL'], type: 'connect', title: 'nor with another type' }),
  join({ as: 'cat none', gives: ['INCONSISTENT_GROUP_PROTOCOL'], protocols: [], title: 'nor with none' }),
  join({ as: 'cat unknown', member: 'nobody', gives: ['UNKNOWN_MEMBER_ID'], title: 'nor with an id nobody gave out' }),
  join({ as: 'cat quick', gives: ['INVALID_SESSION_TIMEOUT'], sessionMs: 50, title: 'nor with too short a session' }),
  join({
    as: 'cat slow',
    gives: ['INVALID_SESSION_TIMEOUT'],
    sessionMs: 100_000_000,
    title: 'nor with too long a one',
  }),
  join({ as: 'cat nameless', group: '', gives: ['INVALID_GROUP_ID'], title: 'nor in a group without a name' }),
  {
    title: 'members leave one by one, unknown ones are told',
    call: 'LeaveGroup',
    v: 4,
    gives: ['UNKNOWN_MEMBER_ID'],
    body: { group_id: G, members: [{ member_id: id('bob') }, { member_id: 'nobody' }] },
  },
  heartbeat('the rest is told', id('ann'), generation('ann again'), ['REBALANCE_IN_PROGRESS']),
  { title: 'the last one leaves', call: 'LeaveGroup', v: 1, body: { group_id: G, member_id: id('ann') } },
  described('the group is empty', [G]),
  heartbeat('who left is unknown', id('ann'), generation('ann again'), ['UNKNOWN_MEMBER_ID']),
];

const statics: Step[] = [
  join({ as: 'eve', group: 'groups-static', instance: 'one', v: 7, title: 'a static member joins at once' }),
  sync('and syncs', 'eve', {
    group_id: 'groups-static',
    generation_id: generation('eve'),
    member_id: id('eve'),
    group_instance_id: 'one',
    assignments: [{ member_id: id('eve'), assignment: Buffer.from('all') }],
  }),
  join({
    as: 'eve again',
    group: 'groups-static',
    instance: 'one',
    v: 9,
    title: 'restarted it keeps its place under a new id, without a rebalance',
  }),
  heartbeat('its former id is fenced', id('eve'), generation('eve'), ['FENCED_INSTANCE_ID'], {
    group: 'groups-static',
    instance: 'one',
  }),
  heartbeat('its new id is alive', id('eve again'), generation('eve again'), [], {
    group: 'groups-static',
    instance: 'one',
  }),
  sync('it gets its assignment again', 'eve', {
    group_id: 'groups-static',
    generation_id: generation('eve again'),
    member_id: id('eve again'),
    group_instance_id: 'one',
    assignments: [],
  }),
  commit(
    'its former id may not commit',
    {
      group_id: 'groups-static',
      generation_id_or_member_epoch: generation('eve'),
      member_id: id('eve'),
      group_instance_id: 'one',
    },
    ['FENCED_INSTANCE_ID'],
  ),
  described('it is described with its instance', ['groups-static']),
  {
    title: 'a static member leaves by its instance',
    call: 'LeaveGroup',
    v: 4,
    gives: ['UNKNOWN_MEMBER_ID'],
    body: {
      group_id: 'groups-static',
      members: [
        { member_id: '', group_instance_id: 'one' },
        { member_id: '', group_instance_id: 'two' },
      ],
    },
  },
];

const expiry: Step[] = [
  join({ as: 'gus', group: 'groups-expiry', v: 3, sessionMs: 6_000, title: 'a member of an old client joins at once' }),
  sync('syncs', 'gus', {
    group_id: 'groups-expiry',
    generation_id: generation('gus'),
    member_id: id('gus'),
    assignments: [{ member_id: id('gus'), assignment: Buffer.from('x') }],
  }),
  described('and is gone when its session ends', ['groups-expiry'], inState('Empty')),
];

const offsets: Step[] = [
  {
    title: 'committed offsets are fetched',
    call: 'OffsetFetch',
    v: 7,
    body: {
      group_id: G,
      topics: [
        { name: T, partition_indexes: [0, 1] },
        { name: 'groups-nowhere', partition_indexes: [0] },
      ],
    },
  },
  { title: 'all of them', call: 'OffsetFetch', v: 7, body: { group_id: G, topics: null } },
  {
    title: 'of several groups at once',
    call: 'OffsetFetch',
    v: 9,
    body: {
      groups: [
        { group_id: G, topics: null },
        { group_id: 'groups-none', topics: null },
      ],
    },
  },
  {
    title: 'by v1',
    call: 'OffsetFetch',
    v: 1,
    body: { group_id: G, topics: [{ name: T, partition_indexes: [0, 1] }] },
  },
  commit('without members anybody commits', {
    topics: [{ name: T, partitions: [{ partition_index: 1, committed_offset: 7, committed_metadata: null }] }],
  }),
  commit('a member that is none may not', { member_id: 'nobody', generation_id_or_member_epoch: 1 }, [
    'UNKNOWN_MEMBER_ID',
  ]),
  commit(
    'offsets of unknown partitions are refused, beside good ones',
    {
      topics: [
        {
          name: T,
          partitions: [
            { partition_index: 0, committed_offset: 50 },
            { partition_index: 9, committed_offset: 50 },
          ],
        },
        { name: 'groups-nowhere', partitions: [{ partition_index: 0, committed_offset: 1 }] },
      ],
    },
    ['UNKNOWN_TOPIC_OR_PARTITION'],
  ),
  commit(
    'notes may not be too long',
    {
      topics: [
        { name: T, partitions: [{ partition_index: 0, committed_offset: 50, committed_metadata: 'n'.repeat(5_000) }] },
      ],
    },
    ['OFFSET_METADATA_TOO_LARGE'],
  ),
  commit('a group begins with a commit', {
    group_id: 'groups-simple',
    topics: [{ name: T, partitions: [{ partition_index: 0, committed_offset: 1 }] }],
  }),
  described('and is empty, without a type', ['groups-simple']),
  {
    title: 'commits of v2',
    call: 'OffsetCommit',
    v: 2,
    body: {
      group_id: G,
      generation_id_or_member_epoch: -1,
      member_id: '',
      retention_time_ms: -1,
      topics: [{ name: T, partitions: [{ partition_index: 0, committed_offset: 3, committed_metadata: 'old' }] }],
    },
  },
  {
    title: 'are there',
    call: 'OffsetFetch',
    v: 3,
    body: { group_id: G, topics: [{ name: T, partition_indexes: [0] }] },
  },
  {
    title: 'offsets are deleted',
    call: 'OffsetDelete',
    v: 0,
    gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
    body: { group_id: G, topics: [{ name: T, partitions: [{ partition_index: 1 }, { partition_index: 8 }] }] },
  },
  {
    title: 'of unknown groups not',
    call: 'OffsetDelete',
    v: 0,
    gives: ['GROUP_ID_NOT_FOUND'],
    body: { group_id: 'groups-none', topics: [{ name: T, partitions: [{ partition_index: 1 }] }] },
  },
  { title: 'what was deleted is not there', call: 'OffsetFetch', v: 7, body: { group_id: G, topics: null } },
  { title: 'empty groups are deleted', call: 'DeleteGroups', v: 1, body: { groups_names: [G, 'groups-simple'] } },
  described('deleted groups are dead', [G]),
  { title: 'and have no offsets', call: 'OffsetFetch', v: 7, body: { group_id: G, topics: null } },
];

export const groups: Chapter = {
  title: 'groups',
  steps: [...createTopics({ name: T, partitions: 2 }), ...oneMember, ...twoMembers, ...statics, ...expiry, ...offsets],
};
