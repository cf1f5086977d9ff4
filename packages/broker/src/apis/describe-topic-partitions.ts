import { errorCode, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import { LEADER_EPOCH } from '../log/partition.ts';
import { isTopicName, type Topic } from '../log/topics.ts';
import type { Access } from '../security/access.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
/** One page never has more partitions, whatever the client asks for. */
const PARTITIONS_MAX = 2000;

interface Cursor {
  readonly topic: string;
  readonly partition: number;
}

interface Page {
  readonly entries: readonly Entry[];
  readonly next: Cursor | undefined;
}

interface Entry {
  readonly name: string;
  readonly error: KafkaErrorName;
  readonly topic: Topic | undefined;
  readonly partitions: readonly number[];
}

/**
 * DescribeTopicPartitions (75), v0: what Metadata says about topics, page by page. No topics named: all of them.
 *
 *     request   [string topic] · int32 partitionsMax · nullable (string topic · int32 partition) cursor
 *     response  int32 throttleMs
 *               · [int16 error · nullable string topic · uuid id · bool internal
 *                 · [int16 error · int32 partition · int32 leader · int32 leaderEpoch · [int32] replicas · [int32] isr
 *                   · nullable [int32] eligible leaders · nullable [int32] last known eligible leaders · [int32] offline]
 *                 · int32 operations]
 *               · nullable (string topic · int32 partition) next
 */
export const describeTopicPartitions: Api = {
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ body, access }, broker) => {
    const named = body.array((r) => {
      const name = r.string();
      r.tags();
      return name;
    });
    const partitionsMax = Math.min(Math.max(1, body.int32()), PARTITIONS_MAX);
    const cursor = readCursor(body);
    const { entries, next } = pageOf(named, cursor, partitionsMax, access, broker);
    return (writer) => {
      writer.int32(0);
      writer.array(entries, (entry, w) => writeEntry(w, entry, access));
      writeCursor(writer, next);
      writer.tags();
    };
  },
};

function readCursor(body: Reader): Cursor | undefined {
  if (body.int8() < 0) return undefined;
  const cursor = { topic: body.string(), partition: body.int32() };
  body.tags();
  return cursor;
}

function writeCursor(writer: Writer, cursor: Cursor | undefined): void {
  if (cursor === undefined) writer.int8(-1);
  else writer.int8(1).string(cursor.topic).int32(cursor.partition).tags();
}

/** Topics in the order of their names, from the cursor on, until the page is full. */
function pageOf(
  named: readonly string[],
  cursor: Cursor | undefined,
  partitionsMax: number,
  access: Access,
  broker: BrokerState,
): Page {
  const asked = named.length > 0 ? [...new Set(named)] : broker.topics.all().map(({ name }) => name);
  const visible = named.length > 0 ? asked : asked.filter((name) => access.may('Topic:Describe', name));
  const names = visible.sort().filter((name) => cursor === undefined || name >= cursor.topic);
  const entries: Entry[] = [];
  let room = partitionsMax;
  for (const name of names) {
    const { error, topic } = find(name, access, broker);
    if (topic === undefined) {
      entries.push({ name, error, topic, partitions: [] });
      continue;
    }
    const from = cursor?.topic === name ? Math.max(0, cursor.partition) : 0;
    if (room === 0) return { entries, next: { topic: name, partition: from } };
    const left = [...topic.partitions.keys()].slice(from);
    const partitions = left.slice(0, room);
    entries.push({ name, error, topic, partitions });
    room -= partitions.length;
    if (partitions.length < left.length) {
      return { entries, next: { topic: name, partition: from + partitions.length } };
    }
  }
  return { entries, next: undefined };
}

function find(
  name: string,
  access: Access,
  broker: BrokerState,
): { readonly error: KafkaErrorName; readonly topic: Topic | undefined } {
  if (!access.may('Topic:Describe', name)) return { error: 'TOPIC_AUTHORIZATION_FAILED', topic: undefined };
  const topic = broker.topics.get(name);
  if (topic !== undefined) return { error: 'NONE', topic };
  return { error: isTopicName(name) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION', topic };
}

/** "Not told". */
const NO_OPERATIONS = -2_147_483_648;

function writeEntry(writer: Writer, { name, error, topic, partitions }: Entry, access: Access): void {
  const operations = error === 'TOPIC_AUTHORIZATION_FAILED' ? NO_OPERATIONS : access.operationBits('Topic', name);
  writer.int16(errorCode(error)).nullableString(name);
  writer.uuid(topic?.id ?? NIL_UUID).boolean(false);
  const replicas = [NODE_ID];
  writer.array(partitions, (partition, w) => {
    w.int16(0).int32(partition).int32(NODE_ID).int32(LEADER_EPOCH);
    w.array(replicas, (id) => w.int32(id)).array(replicas, (id) => w.int32(id));
    // Eligible leaders exist where there are in-sync sets to shrink. Never null: Java's describeTopics fails on it.
    for (const nobody of [[], [], []]) w.array(nobody, () => {});
    w.tags();
  });
  writer.int32(operations).tags();
}
