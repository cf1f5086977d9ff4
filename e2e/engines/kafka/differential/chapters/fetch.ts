import { EPOCH_MS } from '../batches.ts';
import { batch, type Chapter, from, type Step } from '../history.ts';
import { classicFetch, createTopics, fetch, listOffsets, produce } from './bodies.ts';

const T = 'fetch-plain';
const five = { values: ['a', 'b', 'c', 'd', 'e'] };

/** Asks one topic twice by name in sessions of Fetch v12. */
function inSession(sessionId: unknown, epoch: number, topics: readonly unknown[], forgotten: readonly unknown[] = []) {
  return {
    replica_id: -1,
    max_wait_ms: 100,
    min_bytes: 1,
    max_bytes: 1 << 20,
    isolation_level: 0,
    session_id: sessionId as never,
    session_epoch: epoch,
    topics: topics as never,
    forgotten_topics_data: forgotten as never,
  };
}

function wanted(partition: number, offset: number) {
  return {
    partition,
    current_leader_epoch: -1,
    fetch_offset: offset,
    last_fetched_epoch: -1,
    log_start_offset: -1,
    partition_max_bytes: 1 << 20,
  };
}

const append = (
  title: string,
  topic: string,
  values: readonly string[],
  partition = 0,
  timestampMs?: number,
): Step => ({
  title,
  call: 'Produce',
  v: 9,
  on: 'producer',
  body: produce({ topic, partition, records: batch(timestampMs === undefined ? { values } : { values, timestampMs }) }),
});

export const fetched: Chapter = {
  title: 'fetch',
  steps: [
    ...createTopics(
      { name: T, partitions: 2 },
      { name: 'fetch-quiet' },
      { name: 'fetch-deleted' },
      { name: 'fetch-times' },
    ),
    append('five records', T, five.values),
    append('and five more', T, five.values),
    append('and ten in the other partition', T, [...five.values, ...five.values], 1),
    {
      title: 'reading begins with the batch that has the offset',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: T, offset: 7 }),
    },
    { title: 'from the end there is nothing yet', call: 'Fetch', v: 12, body: fetch({ topic: T, offset: 10 }) },
    {
      title: 'beyond the end is out of range',
      call: 'Fetch',
      v: 12,
      gives: ['OFFSET_OUT_OF_RANGE'],
      body: fetch({ topic: T, offset: 11 }),
    },
    {
      title: 'a negative offset is out of range',
      call: 'Fetch',
      v: 12,
      gives: ['OFFSET_OUT_OF_RANGE'],
      body: fetch({ topic: T, offset: -1 }),
    },
    {
      title: 'the first batch comes whole, however little is asked for',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: T, offset: 0, maxBytes: 1, partitionMaxBytes: 1 }),
    },
    {
      title: 'further batches come while they fit',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: T, offset: 0, partitionMaxBytes: 150 }),
    },
    {
      title: 'the classic encoding has the same records',
      call: 'Fetch',
      v: 11,
      body: classicFetch({ topic: T, offset: 0 }),
    },
    {
      title: 'v4 has the same records',
      call: 'Fetch',
      v: 4,
      body: {
        replica_id: -1,
        max_wait_ms: 100,
        min_bytes: 1,
        max_bytes: 1 << 20,
        isolation_level: 0,
        topics: [{ topic: T, partitions: [{ partition: 0, fetch_offset: 0, partition_max_bytes: 1 << 20 }] }],
      },
    },
    {
      title: 'unknown topics and partitions are told',
      call: 'Fetch',
      v: 12,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: inSession(0, -1, [
        { topic: 'fetch-nowhere', partitions: [wanted(0, 0)] },
        { topic: T, partitions: [wanted(5, 0), wanted(1, 0)] },
      ]),
    },
    {
      title: 'an old leader epoch is fenced',
      call: 'Fetch',
      v: 12,
      gives: ['UNKNOWN_LEADER_EPOCH'],
      body: fetch({ topic: T, offset: 0, leaderEpoch: 99 }),
    },
    {
      title: 'the epoch of the leader is accepted',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: T, offset: 0, leaderEpoch: 0 }),
    },
    {
      title: 'a fetch waits for records',
      call: 'Fetch',
      v: 12,
      as: 'waiting',
      parked: true,
      body: fetch({ topic: 'fetch-quiet', offset: 0, maxWaitMs: 8_000 }),
    },
    append('they are produced', 'fetch-quiet', ['x']),
    { title: 'and end the wait', finish: 'waiting' },
    {
      title: 'a fetch waits for enough bytes',
      call: 'Fetch',
      v: 12,
      as: 'enough',
      parked: true,
      body: fetch({ topic: 'fetch-quiet', offset: 0, maxWaitMs: 8_000, minBytes: 150 }),
    },
    append('a second batch', 'fetch-quiet', ['y']),
    append('and a third', 'fetch-quiet', ['z']),
    { title: 'as many as it asked for end the wait', finish: 'enough' },
    {
      title: 'too few bytes are given when the time is over',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'fetch-quiet', offset: 2, maxWaitMs: 50, minBytes: 5_000 }),
    },
    {
      title: 'topic ids are known',
      call: 'Metadata',
      v: 12,
      as: 'topics',
      body: { topics: [{ name: T }] },
    },
    {
      title: 'a fetch by topic id',
      call: 'Fetch',
      v: 13,
      body: {
        replica_id: -1,
        max_wait_ms: 100,
        min_bytes: 1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: [{ topic_id: from('topics', 'topics.0.topic_id'), partitions: [wanted(0, 5)] }],
      },
    },
    {
      title: 'a fetch by the id of no topic',
      call: 'Fetch',
      v: 16,
      gives: ['UNKNOWN_TOPIC_ID'],
      body: {
        max_wait_ms: 100,
        min_bytes: 1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: [{ topic_id: '00000000-0000-4000-8000-000000000001', partitions: [wanted(0, 5)] }],
      },
    },
    {
      title: 'a session is opened',
      call: 'Fetch',
      v: 12,
      as: 'session',
      body: inSession(0, 0, [{ topic: T, partitions: [wanted(0, 0), wanted(1, 10)] }]),
    },
    {
      title: 'a session is told only what is new',
      call: 'Fetch',
      v: 12,
      body: inSession(from('session', 'session_id'), 1, [{ topic: T, partitions: [wanted(0, 10)] }]),
    },
    append('news of the other partition', T, ['n'], 1),
    {
      title: 'news of any of its partitions reach a session',
      call: 'Fetch',
      v: 12,
      body: inSession(from('session', 'session_id'), 2, []),
    },
    {
      title: 'a session may not skip an epoch',
      call: 'Fetch',
      v: 12,
      gives: ['INVALID_FETCH_SESSION_EPOCH'],
      body: inSession(from('session', 'session_id'), 9, []),
    },
    {
      title: 'a session can forget a partition',
      call: 'Fetch',
      v: 12,
      body: inSession(from('session', 'session_id'), 3, [], [{ topic: T, partitions: [1] }]),
    },
    {
      title: 'an unknown session is told',
      call: 'Fetch',
      v: 12,
      gives: ['FETCH_SESSION_ID_NOT_FOUND'],
      body: inSession(77_777, 4, []),
    },
    { title: 'a session is closed', call: 'Fetch', v: 12, body: inSession(from('session', 'session_id'), -1, []) },
    {
      title: 'a closed session is gone',
      call: 'Fetch',
      v: 12,
      gives: ['FETCH_SESSION_ID_NOT_FOUND'],
      body: inSession(from('session', 'session_id'), 4, []),
    },
    append('records of another hour', 'fetch-times', ['1', '2', '3'], 0, EPOCH_MS),
    append('records of the next hour', 'fetch-times', ['4', '5'], 0, EPOCH_MS + 3_600_000),
    append('a late record', 'fetch-times', ['6'], 0, EPOCH_MS + 500),
    ...[
      ['latest', -1],
      ['earliest', -2],
      ['of the largest time', -3],
      ['local earliest', -4],
      ['latest tiered', -5],
      ['at a time', EPOCH_MS + 1],
      ['between times', EPOCH_MS + 1000],
      ['before all', 0],
      ['after all', EPOCH_MS + 7_200_000],
    ].map(([what, timestamp]) => ({
      title: `the offset ${what} is listed`,
      call: 'ListOffsets',
      v: 9,
      body: listOffsets('fetch-times', [Number(timestamp)]),
    })),
    { title: 'offsets are listed by v1', call: 'ListOffsets', v: 1, body: v1Offsets('fetch-times', [-1]) },
    { title: 'offsets are listed by v4', call: 'ListOffsets', v: 4, body: listOffsets('fetch-times', [-2]) },
    {
      title: 'an unknown partition has no offsets',
      call: 'ListOffsets',
      v: 9,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: listOffsets('fetch-times', [-1, -1]),
    },
    { title: 'an empty partition', call: 'ListOffsets', v: 9, body: listOffsets('fetch-deleted', [-3]) },
    append('records to be deleted', 'fetch-deleted', five.values),
    append('and to be kept', 'fetch-deleted', five.values),
    {
      title: 'records are deleted up to an offset',
      call: 'DeleteRecords',
      v: 2,
      body: { topics: [{ name: 'fetch-deleted', partitions: [{ partition_index: 0, offset: 7 }] }], timeout_ms: 5000 },
    },
    {
      title: 'what was deleted is out of range',
      call: 'Fetch',
      v: 12,
      gives: ['OFFSET_OUT_OF_RANGE'],
      body: fetch({ topic: 'fetch-deleted', offset: 3 }),
    },
    {
      title: 'reading begins inside a batch whose head was deleted',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'fetch-deleted', offset: 7 }),
    },
    { title: 'the earliest offset moved', call: 'ListOffsets', v: 9, body: listOffsets('fetch-deleted', [-2]) },
    {
      title: 'deleting backwards changes nothing',
      call: 'DeleteRecords',
      v: 2,
      body: { topics: [{ name: 'fetch-deleted', partitions: [{ partition_index: 0, offset: 2 }] }], timeout_ms: 5000 },
    },
    {
      title: 'deleting beyond the end, or of what does not exist, is refused',
      call: 'DeleteRecords',
      v: 2,
      gives: ['OFFSET_OUT_OF_RANGE', 'UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        topics: [
          {
            name: 'fetch-deleted',
            partitions: [
              { partition_index: 0, offset: 11 },
              { partition_index: 3, offset: 0 },
            ],
          },
          { name: 'fetch-nowhere', partitions: [{ partition_index: 0, offset: 0 }] },
        ],
        timeout_ms: 5000,
      },
    },
    {
      title: 'everything is deleted by -1',
      call: 'DeleteRecords',
      v: 1,
      body: { topics: [{ name: 'fetch-deleted', partitions: [{ partition_index: 0, offset: -1 }] }], timeout_ms: 5000 },
    },
    {
      title: 'an emptied partition keeps its end',
      call: 'ListOffsets',
      v: 9,
      body: listOffsets('fetch-deleted', [-1]),
    },
    append('it goes on from there', 'fetch-deleted', ['next']),
    {
      title: 'the end of a leader epoch',
      call: 'OffsetForLeaderEpoch',
      v: 4,
      gives: ['UNKNOWN_LEADER_EPOCH', 'UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        replica_id: -1,
        topics: [
          { topic: T, partitions: [{ partition: 0, current_leader_epoch: -1, leader_epoch: 0 }] },
          { topic: 'fetch-times', partitions: [{ partition: 0, current_leader_epoch: 9, leader_epoch: 0 }] },
          { topic: 'fetch-quiet', partitions: [{ partition: 0, current_leader_epoch: -1, leader_epoch: 5 }] },
          { topic: 'fetch-nowhere', partitions: [{ partition: 0, current_leader_epoch: -1, leader_epoch: 0 }] },
        ],
      },
    },
  ],
};

function v1Offsets(topic: string, timestamps: readonly number[]) {
  return {
    replica_id: -1,
    topics: [{ name: topic, partitions: timestamps.map((timestamp, i) => ({ partition_index: i, timestamp })) }],
  };
}
