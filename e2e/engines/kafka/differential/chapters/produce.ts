import { batch, type Chapter, from } from '../history.ts';
import { createTopics, fetch, produce } from './bodies.ts';

const T = 'produce-plain';
const LONG = 'long '.repeat(80);
const bare = { values: ['a', 'b', 'c'] };

const spoiledErrors = {
  crc: ['CORRUPT_MESSAGE'],
  magic: ['INVALID_RECORD'],
  codec: ['UNKNOWN_SERVER_ERROR'],
  count: ['INVALID_RECORD'],
  length: ['INVALID_RECORD'],
} as const;

/** A batch of the idempotent producer that the chapter asked for. */
function sequenced(baseSequence: number, values: readonly string[], producerEpoch = 0) {
  return batch({ values, producerId: from('idempotent', 'producer_id'), producerEpoch, baseSequence });
}

const idempotent = (records: ReturnType<typeof sequenced>) => produce({ topic: 'produce-idempotent', records });

export const produced: Chapter = {
  title: 'produce',
  steps: [
    ...createTopics(
      { name: T, partitions: 2 },
      { name: 'produce-idempotent' },
      { name: 'produce-codecs' },
      { name: 'produce-small', configs: { 'max.message.bytes': '200' } },
      { name: 'produce-stamped', configs: { 'message.timestamp.type': 'LogAppendTime' } },
      { name: 'produce-compacted', configs: { 'cleanup.policy': 'compact' } },
    ),
    ...[3, 5, 7, 8, 9, 11].map((v) => ({
      title: `records are appended by v${v}`,
      call: 'Produce',
      v,
      body: produce({ topic: T, records: batch(bare) }),
    })),
    {
      title: 'the leader alone may acknowledge',
      call: 'Produce',
      v: 9,
      body: produce({ topic: T, records: batch(bare), acks: 1 }),
    },
    {
      title: 'nobody acknowledges acks=0',
      send: 'Produce',
      v: 9,
      body: produce({ topic: T, records: batch(bare), acks: 0 }),
    },
    {
      title: 'what nobody acknowledged is there before the next answer',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: T, offset: 21 }),
      until: (answer) => answer('responses.0.partitions.0.high_watermark') === 24,
    },
    {
      title: 'other acks are refused',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_REQUIRED_ACKS'],
      body: produce({ topic: T, records: batch(bare), acks: 2 }),
    },
    {
      title: 'unknown topics and partitions are told, one by one',
      call: 'Produce',
      v: 9,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: {
        transactional_id: null,
        acks: -1,
        timeout_ms: 5000,
        topic_data: [
          { name: 'produce-nowhere', partition_data: [{ index: 0, records: batch(bare) }] },
          {
            name: T,
            partition_data: [
              { index: 1, records: batch(bare) },
              { index: 2, records: batch(bare) },
            ],
          },
        ],
      },
    },
    ...(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map((codec) => ({
      title: `${codec} batches are taken`,
      call: 'Produce',
      v: 9,
      body: produce({ topic: 'produce-codecs', records: batch({ values: [LONG, 'short'], codec }) }),
    })),
    {
      title: 'batches of every codec are given back byte by byte',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'produce-codecs', offset: 0 }),
    },
    {
      title: 'zstd is too new for v5',
      call: 'Produce',
      v: 5,
      gives: ['UNSUPPORTED_COMPRESSION_TYPE'],
      body: produce({ topic: 'produce-codecs', records: batch({ values: [LONG], codec: 'zstd' }) }),
    },
    {
      title: 'null keys, null values and headers are kept',
      call: 'Produce',
      v: 9,
      body: produce({
        topic: T,
        partition: 1,
        records: batch({
          values: ['v', null, ''],
          keys: [null, 'k', ''],
          headers: [
            ['h', Buffer.from('1')],
            ['h', null],
          ] as never,
        }),
      }),
    },
    { title: 'and come back', call: 'Fetch', v: 12, body: fetch({ topic: T, partition: 1, offset: 3 }) },
    ...(['crc', 'magic', 'codec', 'count', 'length'] as const).map((spoil) => ({
      title: `a batch with a wrong ${spoil} is refused`,
      call: 'Produce',
      v: 9,
      gives: spoiledErrors[spoil],
      body: produce({ topic: T, records: batch({ ...bare, spoil }) }),
    })),
    {
      title: 'no records at all are refused',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_RECORD'],
      body: produce({ topic: T, records: Buffer.alloc(0) }),
    },
    {
      title: 'a client may not write markers',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_RECORD'],
      body: produce({ topic: T, records: batch({ ...bare, control: true }) }),
    },
    {
      title: 'a batch beyond max.message.bytes is too large',
      call: 'Produce',
      v: 9,
      gives: ['MESSAGE_TOO_LARGE'],
      body: produce({ topic: 'produce-small', records: batch({ values: [LONG] }) }),
    },
    {
      title: 'a compacted topic wants keys',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_RECORD'],
      body: produce({ topic: 'produce-compacted', records: batch({ values: ['a', 'b'], keys: ['k', null] }) }),
    },
    {
      title: 'a compacted topic takes tombstones',
      call: 'Produce',
      v: 9,
      body: produce({ topic: 'produce-compacted', records: batch({ values: ['a', null], keys: ['k', 'k'] }) }),
    },
    {
      title: 'the broker stamps its time where the topic says so',
      call: 'Produce',
      v: 9,
      as: 'stamped',
      body: produce({ topic: 'produce-stamped', records: batch(bare) }),
    },
    {
      title: 'and the stamp is in the batch',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'produce-stamped', offset: 0 }),
    },
    {
      title: 'a record far in the future is refused',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_TIMESTAMP'],
      body: produce({ topic: T, records: batch({ ...bare, timestampMs: 4_000_000_000_000 }) }),
    },
    {
      title: 'an idempotent producer gets an id',
      call: 'InitProducerId',
      v: 4,
      as: 'idempotent',
      until: (answer) => answer('error_code') === 0,
      body: { transactional_id: null, transaction_timeout_ms: 60_000, producer_id: -1, producer_epoch: -1 },
    },
    {
      title: 'its first batch begins at sequence 0',
      call: 'Produce',
      v: 9,
      body: idempotent(sequenced(0, ['a', 'b'])),
    },
    { title: 'its next one follows', call: 'Produce', v: 9, body: idempotent(sequenced(2, ['c'])) },
    {
      title: 'a duplicate is acknowledged with its first offset',
      call: 'Produce',
      v: 9,
      body: idempotent(sequenced(0, ['a', 'b'])),
    },
    {
      title: 'a gap is out of order',
      call: 'Produce',
      v: 9,
      gives: ['OUT_OF_ORDER_SEQUENCE_NUMBER'],
      body: idempotent(sequenced(9, ['z'])),
    },
    {
      title: 'an overlap that is no duplicate is out of order',
      call: 'Produce',
      v: 9,
      gives: ['OUT_OF_ORDER_SEQUENCE_NUMBER'],
      body: idempotent(sequenced(1, ['b', 'c'])),
    },
    ...[3, 4, 5, 6, 7].map((sequence) => ({
      title: `sequence ${sequence} follows`,
      call: 'Produce',
      v: 9,
      body: idempotent(sequenced(sequence, ['d'])),
    })),
    {
      title: 'a duplicate older than five batches is out of order',
      call: 'Produce',
      v: 9,
      gives: ['OUT_OF_ORDER_SEQUENCE_NUMBER'],
      body: idempotent(sequenced(0, ['a', 'b'])),
    },
    { title: 'the fifth last batch is still known', call: 'Produce', v: 9, body: idempotent(sequenced(3, ['d'])) },
    {
      title: 'a new epoch begins at sequence 0',
      call: 'Produce',
      v: 9,
      gives: ['OUT_OF_ORDER_SEQUENCE_NUMBER'],
      body: idempotent(sequenced(8, ['e'], 1)),
    },
    { title: 'and then goes on', call: 'Produce', v: 9, body: idempotent(sequenced(0, ['e'], 1)) },
    {
      title: 'the old epoch is fenced',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_PRODUCER_EPOCH'],
      body: idempotent(sequenced(8, ['f'])),
    },
    {
      title: 'an unknown producer may begin anywhere',
      call: 'Produce',
      v: 9,
      body: produce({
        topic: 'produce-idempotent',
        records: batch({ values: ['u'], producerId: 1_000_000, producerEpoch: 0, baseSequence: 17 }),
      }),
    },
    {
      title: 'sequences wrap after the largest',
      call: 'Produce',
      v: 9,
      body: produce({
        topic: 'produce-idempotent',
        records: batch({ values: ['u', 'v'], producerId: 1_000_001, producerEpoch: 0, baseSequence: 2_147_483_646 }),
      }),
    },
    {
      title: 'to 0',
      call: 'Produce',
      v: 9,
      body: produce({
        topic: 'produce-idempotent',
        records: batch({ values: ['w'], producerId: 1_000_001, producerEpoch: 0, baseSequence: 0 }),
      }),
    },
    {
      title: 'a producer id without a sequence is refused',
      call: 'Produce',
      v: 9,
      gives: ['INVALID_RECORD'],
      body: produce({
        topic: 'produce-idempotent',
        records: batch({ values: ['u'], producerId: 1_000_002, producerEpoch: 0, baseSequence: -1 }),
      }),
    },
    {
      title: 'the log has every acknowledged batch once',
      call: 'Fetch',
      v: 12,
      body: fetch({ topic: 'produce-idempotent', offset: 0 }),
    },
    {
      title: 'the producers of a partition are told',
      call: 'DescribeProducers',
      v: 0,
      gives: ['UNKNOWN_TOPIC_OR_PARTITION'],
      body: { topics: [{ name: 'produce-idempotent', partition_indexes: [0, 1] }] },
    },
  ],
};
