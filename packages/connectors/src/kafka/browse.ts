import { findBatchDefect, RecordBatchView, RecordColumns, readRecords } from '@millrace/kafka-protocol';
import { StreamError } from '@millrace/model';
import type { BrowseRequest, PeekedMessage, TopicDetail, TopicPartitionDetail, TopicSummary } from '../browse.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { EARLIEST, KafkaClient, keyOf, LATEST } from './client.ts';
import { kafkaError } from './errors.ts';
import { fetchRequest } from './fetch-request.ts';
import { KAFKA } from './options.ts';
import { connectionOf } from './table.ts';
import { TransactionFilter } from './transaction-filter.ts';

/** A person waits for the answer. */
const DEADLINE_MS = 3_000;
const PEEK_BYTES_MAX = 1024 * 1024;
const PEEK_ROUNDS_MAX = 20;
const FIELD_BYTES_MAX = 16 * 1024;

/** Runs `work` with a connected client and closes it, whatever happens. */
export async function withKafka<T>(request: BrowseRequest, work: (client: KafkaClient) => Promise<T>): Promise<T> {
  // Topic and format are required of tables, not of connections; these stand in for them.
  const options = { topic: 'any', format: 'raw', ...request.options };
  const network = new NetworkPolicy(request.allowedHosts);
  const connection = connectionOf(new OptionValues(KAFKA, options, 'source'), network);
  const client = new KafkaClient(connection, 'browse', DEADLINE_MS);
  try {
    await client.open([], request.signal);
    return await work(client);
  } finally {
    await client.close();
  }
}

export async function topicsOf(client: KafkaClient, signal: AbortSignal): Promise<readonly TopicSummary[]> {
  return client.topics(signal);
}

export async function topicOf(client: KafkaClient, topic: string, signal: AbortSignal): Promise<TopicDetail> {
  const [detail] = await topicsDetailOf(client, [topic], signal);
  return detail ?? { topic, partitions: [] };
}

export async function topicsDetailOf(
  client: KafkaClient,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<readonly TopicDetail[]> {
  if (topics.length === 0) return [];
  await client.open(topics, signal);
  const partitions = topics.flatMap((topic) => client.partitionsOf(topic).map((partition) => ({ topic, partition })));
  const [first, end] = await Promise.all([
    client.offsetsAt(partitions, EARLIEST, signal),
    client.offsetsAt(partitions, LATEST, signal),
  ]);
  return topics.map((topic) => ({
    topic,
    partitions: partitions
      .filter((each) => each.topic === topic)
      .map(
        (each): TopicPartitionDetail => ({
          partition: each.partition,
          firstOffset: first.get(keyOf(each)) ?? 0,
          endOffset: end.get(keyOf(each)) ?? 0,
        }),
      ),
  }));
}

/** The last `limit` records of every partition, then the newest of them all: by time, and by offset where times are equal. */
export async function newestOf(
  client: KafkaClient,
  topic: string,
  limit: number,
  signal: AbortSignal,
): Promise<readonly (PeekedMessage & { readonly partition: number })[]> {
  const { partitions } = await topicOf(client, topic, signal);
  const peeked: (PeekedMessage & { readonly partition: number })[] = [];
  for (const detail of partitions) {
    const messages = await peekIn(client, topic, detail, detail.endOffset - limit, limit, signal);
    peeked.push(...messages.map((message) => ({ ...message, partition: detail.partition })));
  }
  return peeked.sort((a, b) => b.timestamp - a.timestamp || b.offset - a.offset).slice(0, limit);
}

/** Committed records from `from` on, at most `limit`; `latest` means the last `limit` offsets. No group, no commit. */
export async function peek(
  client: KafkaClient,
  place: {
    readonly topic: string;
    readonly partition: number;
    readonly from: number | 'latest';
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<readonly PeekedMessage[]> {
  const { topic, partition, limit } = place;
  const detail = (await topicOf(client, topic, signal)).partitions.find((each) => each.partition === partition);
  if (detail === undefined) {
    const message = `topic '${topic}' has no partition ${partition}`;
    throw new StreamError('kafka.partition-missing', message, { domain: 'user', retry: 'never' });
  }
  const from = place.from === 'latest' ? detail.endOffset - limit : place.from;
  return peekIn(client, topic, detail, from, limit, signal);
}

async function peekIn(
  client: KafkaClient,
  topic: string,
  detail: TopicPartitionDetail,
  from: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly PeekedMessage[]> {
  const { partition } = detail;
  let offset = Math.max(detail.firstOffset, from);
  const messages: PeekedMessage[] = [];
  for (let round = 0; round < PEEK_ROUNDS_MAX && messages.length < limit && offset < detail.endOffset; round++) {
    signal.throwIfAborted();
    const next = await peekOnce(client, { topic, partition, offset }, limit, messages);
    if (next <= offset) break;
    offset = next;
  }
  return messages;
}

/** One fetch; returns the offset to go on from. */
async function peekOnce(
  client: KafkaClient,
  position: { readonly topic: string; readonly partition: number; readonly offset: number },
  limit: number,
  messages: PeekedMessage[],
): Promise<number> {
  const { topic, partition } = position;
  const doing = `reading partition ${partition} of topic '${topic}'`;
  const leader = client.leaderOf(position);
  if (leader === undefined) throw kafkaError(Object.assign(new Error(doing), { code: 5 }), doing);
  const limits = { maxWaitMs: 100, maxBytes: PEEK_BYTES_MAX, partitionMaxBytes: PEEK_BYTES_MAX };
  const [fetched] = await client.exchange(leader, fetchRequest([position], limits)).catch((error: unknown) => {
    throw kafkaError(error, doing);
  });
  if (fetched === undefined) return position.offset;
  if (fetched.errorCode !== 0) throw kafkaError(Object.assign(new Error(doing), { code: fetched.errorCode }), doing);
  const filter = new TransactionFilter(fetched.aborted);
  let { offset } = position;
  for (let at = fetched.start; at < fetched.end && messages.length < limit; ) {
    if (findBatchDefect(fetched.buffer, at, fetched.end) !== undefined) break;
    const batch = new RecordBatchView(fetched.buffer, at);
    if (filter.fateOf(batch) === 'data') collect(batch, position.offset, limit, messages);
    at = batch.end;
    offset = batch.lastOffset + 1;
  }
  return offset;
}

function collect(batch: RecordBatchView, from: number, limit: number, messages: PeekedMessage[]): void {
  const records = readRecords(batch, new RecordColumns());
  for (let index = 0; index < records.count && messages.length < limit; index++) {
    const offset = batch.baseOffset + (records.offsetDelta[index] ?? 0);
    if (offset < from) continue;
    const timestamp = batch.hasLogAppendTime
      ? batch.maxTimestamp
      : batch.baseTimestamp + (records.timestampDelta[index] ?? 0);
    const key = shown(records.bytes, records.keyStart[index] ?? -1, records.keyEnd[index] ?? 0);
    const value = shown(records.bytes, records.valueStart[index] ?? -1, records.valueEnd[index] ?? 0);
    messages.push({ offset, timestamp, key, value });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text when it is text, base64 otherwise; cut to a bounded length, which `bytes` tells. */
function shown(bytes: Uint8Array, start: number, end: number): PeekedMessage['value'] {
  if (start < 0) return undefined;
  const cut = Math.min(end, start + FIELD_BYTES_MAX);
  const slice = bytes.subarray(start, cut);
  try {
    return { text: utf8.decode(slice, { stream: cut < end }), encoding: 'utf-8', bytes: end - start };
  } catch {
    // Not text: shown as base64.
    return { text: Buffer.from(slice).toString('base64'), encoding: 'base64', bytes: end - start };
  }
}
