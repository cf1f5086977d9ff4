import { type Body, batch, type Chapter, from, type Step } from '../history.ts';
import { coordinator, createTopics, fetch, listOffsets, produce } from './bodies.ts';

const T = 'transactions-data';
const RETRIED: ReadonlySet<unknown> = new Set([14, 15, 16, 51]);

/** Kafka finishes a transaction after it has answered EndTxn, and loads coordinators on first use. */
const settled = (answer: (path: string) => unknown) => !RETRIED.has(answer('error_code'));

function init(
  id: string,
  as: string,
  more: Partial<Pick<Extract<Step, { call: string }>, 'gives' | 'title'>> & {
    timeoutMs?: number;
    producerId?: Body;
    epoch?: Body;
  } = {},
): Step {
  const { timeoutMs = 60_000, producerId = -1, epoch = -1, title = `${id} is opened as ${as}`, ...rest } = more;
  const body = {
    transactional_id: id,
    transaction_timeout_ms: timeoutMs,
    producer_id: producerId,
    producer_epoch: epoch,
  };
  return { title, call: 'InitProducerId', v: 4, as, until: settled, body, ...rest };
}

const who = (as: string) => ({ producer_id: from(as, 'producer_id'), producer_epoch: from(as, 'producer_epoch') });

function add(
  id: string,
  as: string,
  topic: string,
  gives: readonly string[] = [],
  partitions: readonly number[] = [0],
): Step {
  return {
    title: `${as} adds ${topic} ${partitions} to its transaction`,
    call: 'AddPartitionsToTxn',
    v: 3,
    gives,
    until: (answer) =>
      !RETRIED.has(answer('results_by_topic_v3_and_below.0.results_by_partition.0.partition_error_code')),
    body: {
      v3_and_below_transactional_id: id,
      v3_and_below_producer_id: from(as, 'producer_id'),
      v3_and_below_producer_epoch: from(as, 'producer_epoch'),
      v3_and_below_topics: [{ name: topic, partitions }],
    },
  };
}

function write(
  id: string,
  as: string,
  baseSequence: number,
  values: readonly string[],
  gives: readonly string[] = [],
  topic = T,
): Step {
  return {
    title: `${as} produces ${values} at sequence ${baseSequence}`,
    call: 'Produce',
    v: 9,
    gives,
    body: produce({
      topic,
      transactionalId: id,
      records: batch({
        values,
        producerId: from(as, 'producer_id'),
        producerEpoch: from(as, 'producer_epoch'),
        baseSequence,
        transactional: true,
      }),
    }),
  };
}

function end(id: string, as: string, committed: boolean, gives: readonly string[] = []): Step {
  return {
    title: `${as} ${committed ? 'commits' : 'aborts'}`,
    call: 'EndTxn',
    v: 3,
    gives,
    until: settled,
    body: { transactional_id: id, ...who(as), committed },
  };
}

const stableUpTo = (offset: number): Step => ({
  title: `the stable offset is ${offset}`,
  call: 'ListOffsets',
  v: 9,
  body: listOffsets(T, [-1], true),
  until: (answer) => answer('topics.0.partitions.0.offset') === offset,
});

const read = (title: string, offset: number, committed: boolean): Step => ({
  title,
  call: 'Fetch',
  v: 12,
  body: fetch({ topic: T, offset, committed, maxWaitMs: 200 }),
});

const commitOffsets = (
  title: string,
  as: string,
  offset: number,
  more: { [field: string]: Body } = {},
  gives: readonly string[] = [],
): Step => ({
  title,
  call: 'TxnOffsetCommit',
  v: 3,
  gives,
  until: (answer) => !RETRIED.has(answer('topics.0.partitions.0.error_code')),
  body: {
    transactional_id: 'transactions-offsets',
    group_id: 'transactions-group',
    ...who(as),
    generation_id: -1,
    topics: [
      {
        name: T,
        partitions: [
          { partition_index: 0, committed_offset: offset, committed_leader_epoch: -1, committed_metadata: 'm' },
        ],
      },
    ],
    ...more,
  },
});

const committedOffset = (title: string, requireStable: boolean, gives: readonly string[] = []): Step => ({
  title,
  call: 'OffsetFetch',
  v: 8,
  gives,
  body: {
    groups: [{ group_id: 'transactions-group', topics: [{ name: T, partition_indexes: [0] }] }],
    require_stable: requireStable,
  },
});

export const transactions: Chapter = {
  title: 'transactions',
  steps: [
    ...createTopics({ name: T }, { name: 'transactions-other' }),
    {
      title: 'the coordinator is found',
      call: 'FindCoordinator',
      v: 3,
      body: { key: 'transactions-a', key_type: 1 },
      until: (answer) => !RETRIED.has(answer('error_code')),
    },
    {
      title: 'coordinators of many are found at once',
      call: 'FindCoordinator',
      v: 4,
      body: { key_type: 1, coordinator_keys: ['transactions-a', 'transactions-b'] },
    },
    init('transactions-a', 'a'),
    write('transactions-a', 'a', 0, ['unasked'], ['INVALID_TXN_STATE']),
    add('transactions-a', 'a', T),
    write('transactions-a', 'a', 0, ['a0', 'a1']),
    read('an open transaction is seen by who reads everything', 0, false),
    read('and by nobody else', 0, true),
    stableUpTo(0),
    {
      title: 'the latest offset of everything is the end',
      call: 'ListOffsets',
      v: 9,
      body: listOffsets(T, [-1]),
    },
    {
      title: 'an open transaction is described',
      call: 'DescribeTransactions',
      v: 0,
      gives: ['TRANSACTIONAL_ID_NOT_FOUND'],
      body: { transactional_ids: ['transactions-a', 'transactions-none'] },
    },
    {
      title: 'its producer is described with the first offset of its transaction',
      call: 'DescribeProducers',
      v: 0,
      body: { topics: [{ name: T, partition_indexes: [0] }] },
    },
    {
      title: 'open transactions are listed',
      call: 'ListTransactions',
      v: 0,
      body: { state_filters: ['Ongoing', 'Sleeping'], producer_id_filters: [] },
    },
    end('transactions-a', 'a', true),
    stableUpTo(3),
    read('a committed transaction is seen with its marker', 0, true),
    end('transactions-a', 'a', true),
    end('transactions-a', 'a', false, ['INVALID_TXN_STATE']),
    add('transactions-a', 'a', T),
    write('transactions-a', 'a', 2, ['a2']),
    end('transactions-a', 'a', false),
    stableUpTo(5),
    read('an aborted transaction is told to who reads what is committed', 0, true),
    read('and not told to who reads everything', 0, false),
    end('transactions-a', 'a', false),
    end('transactions-a', 'a', true, ['INVALID_TXN_STATE']),
    init('transactions-b', 'b'),
    add('transactions-a', 'a', T),
    add('transactions-b', 'b', T),
    write('transactions-a', 'a', 3, ['a3']),
    write('transactions-b', 'b', 0, ['b0']),
    end('transactions-b', 'b', true),
    stableUpTo(5),
    read('a transaction waits for those that began before it', 5, true),
    end('transactions-a', 'a', false),
    stableUpTo(9),
    read('interleaved transactions are told apart', 5, true),
    read('from the middle, too', 7, true),
    init('transactions-a', 'again'),
    add('transactions-a', 'a', T, ['PRODUCER_FENCED']),
    write('transactions-a', 'a', 4, ['zombie'], ['INVALID_PRODUCER_EPOCH']),
    end('transactions-a', 'a', true, ['PRODUCER_FENCED']),
    add('transactions-a', 'again', T),
    write('transactions-a', 'again', 0, ['left open']),
    init('transactions-a', 'third', { title: 'who comes again aborts what was left open' }),
    stableUpTo(11),
    read('what was left open is aborted', 9, true),
    init('transactions-a', 'bumped', {
      title: 'an epoch is bumped by who holds it',
      producerId: from('third', 'producer_id'),
      epoch: from('third', 'producer_epoch'),
    }),
    init('transactions-a', 'retried', {
      title: 'the bump of the last epoch is repeated with the same answer',
      producerId: from('third', 'producer_id'),
      epoch: from('third', 'producer_epoch'),
    }),
    init('transactions-a', 'late', {
      title: 'an older epoch is fenced',
      gives: ['PRODUCER_FENCED'],
      producerId: from('third', 'producer_id'),
      epoch: from('again', 'producer_epoch'),
    }),
    init('transactions-a', 'foreign', {
      title: 'an id of another transaction is no bump',
      gives: ['PRODUCER_FENCED'],
      producerId: from('b', 'producer_id'),
      epoch: 0,
    }),
    end('transactions-none', 'a', true, ['INVALID_PRODUCER_ID_MAPPING']),
    add('transactions-none', 'a', T, ['INVALID_PRODUCER_ID_MAPPING']),
    init('transactions-c', 'none', {
      title: 'a time-out must be positive',
      timeoutMs: 0,
      gives: ['INVALID_TRANSACTION_TIMEOUT'],
    }),
    init('transactions-c', 'long', {
      title: 'and not too long',
      timeoutMs: 10_000_000,
      gives: ['INVALID_TRANSACTION_TIMEOUT'],
    }),
    init('', 'empty', { title: 'an empty transactional id is refused', gives: ['INVALID_REQUEST'] }),
    {
      title: 'partitions of topics that do not exist are not added, and none beside them',
      call: 'AddPartitionsToTxn',
      v: 3,
      gives: ['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        v3_and_below_transactional_id: 'transactions-b',
        v3_and_below_producer_id: from('b', 'producer_id'),
        v3_and_below_producer_epoch: from('b', 'producer_epoch'),
        v3_and_below_topics: [
          { name: T, partitions: [0, 4] },
          { name: 'transactions-nowhere', partitions: [0] },
        ],
      },
    },
    end('transactions-b', 'b', true),
    add('transactions-b', 'b', T),
    {
      title: 'a batch outside the transaction is refused while it is open',
      call: 'Produce',
      v: 9,
      body: produce({
        topic: 'transactions-other',
        records: batch({ values: ['x'], producerId: from('b', 'producer_id'), producerEpoch: 0, baseSequence: 0 }),
      }),
    },
    write('transactions-b', 'b', 1, ['b1']),
    {
      title: 'a plain batch in the middle of its own transaction is refused',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_TXN_STATE'],
      body: produce({
        topic: T,
        records: batch({ values: ['x'], producerId: from('b', 'producer_id'), producerEpoch: 0, baseSequence: 2 }),
      }),
    },
    write('transactions-b', 'b', 7, ['gap'], ['OUT_OF_ORDER_SEQUENCE_NUMBER']),
    write('transactions-b', 'b', 1, ['b1']),
    write('transactions-b', 'b', 2, ['b2'], ['INVALID_TXN_STATE'], 'transactions-other'),
    end('transactions-b', 'b', true),
    stableUpTo(13),
    init('transactions-offsets', 'o'),
    ...coordinator('transactions-group'),
    commitOffsets('offsets are not taken before their group is added', 'o', 1, {}, ['INVALID_TXN_STATE']),
    {
      title: 'a group is added',
      call: 'AddOffsetsToTxn',
      v: 3,
      until: settled,
      body: { transactional_id: 'transactions-offsets', ...who('o'), group_id: 'transactions-group' },
    },
    commitOffsets('offsets are taken into the transaction', 'o', 5),
    committedOffset('they are not seen while it is open', false),
    committedOffset('who wants stable ones is told to wait', true, ['UNSTABLE_OFFSET_COMMIT']),
    end('transactions-offsets', 'o', true),
    {
      ...committedOffset('they are seen when it is committed', true),
      until: (answer) => answer('groups.0.topics.0.partitions.0.error_code') === 0,
    } as Step,
    {
      title: 'the group is added again',
      call: 'AddOffsetsToTxn',
      v: 3,
      until: settled,
      body: { transactional_id: 'transactions-offsets', ...who('o'), group_id: 'transactions-group' },
    },
    commitOffsets('further offsets', 'o', 9),
    commitOffsets('of a member nobody knows are refused', 'o', 9, { generation_id: 3, member_id: 'nobody' }, [
      'UNKNOWN_MEMBER_ID',
    ]),
    commitOffsets(
      'of unknown partitions are told',
      'o',
      9,
      {
        topics: [
          {
            name: 'transactions-nowhere',
            partitions: [{ partition_index: 0, committed_offset: 1, committed_leader_epoch: -1 }],
          },
        ],
      },
      ['UNKNOWN_TOPIC_OR_PARTITION'],
    ),
    end('transactions-offsets', 'o', false),
    {
      ...committedOffset('an aborted transaction leaves the offsets before it', true),
      until: (answer) => answer('groups.0.topics.0.partitions.0.error_code') === 0,
    } as Step,
    init('transactions-slow', 'slow', { timeoutMs: 300 }),
    add('transactions-slow', 'slow', T),
    write('transactions-slow', 'slow', 0, ['too slow']),
    stableUpTo(15),
    read('a transaction that takes too long is aborted', 13, true),
    end('transactions-slow', 'slow', true, ['PRODUCER_FENCED']),
    write('transactions-slow', 'slow', 1, ['after'], ['INVALID_PRODUCER_EPOCH']),
    init('transactions-slow', 'slow again', {
      title: 'who was too slow is fenced for good',
      gives: ['PRODUCER_FENCED'],
      producerId: from('slow', 'producer_id'),
      epoch: from('slow', 'producer_epoch'),
    }),
    {
      title: 'ended transactions are described',
      call: 'DescribeTransactions',
      v: 0,
      body: { transactional_ids: ['transactions-b', 'transactions-offsets', 'transactions-slow'] },
    },
    {
      title: 'an offset of nobody is refused',
      call: 'AddOffsetsToTxn',
      v: 3,
      gives: ['INVALID_PRODUCER_ID_MAPPING'],
      body: {
        transactional_id: 'transactions-none',
        producer_id: 1,
        producer_epoch: 0,
        group_id: 'transactions-group',
      },
    },
  ],
};
