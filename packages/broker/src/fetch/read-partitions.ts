import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { LEADER_EPOCH, type Partition } from '../log/partition.ts';
import type { Topic } from '../log/topics.ts';
import type { FetchLimits, Found, Wanted } from './wanted.ts';

/** Topics as the author of one request may see them. */
export interface TopicAccess {
  /** The topic of a name or an id, or why it may not be read. */
  find(topicKey: string): { readonly topic: Topic | undefined; readonly refusal: KafkaErrorName | undefined };
}

const NOTHING = Buffer.alloc(0);

/** Reads now; when that is less than `minBytes`, waits for appends, for the end of transactions, or for the time limit. */
export async function readOrWait(
  wanted: readonly Wanted[],
  limits: FetchLimits,
  topics: TopicAccess,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const deadline = performance.now() + limits.maxWaitMs;
  for (;;) {
    const found = readAll(wanted, limits, topics);
    const bytes = found.reduce((sum, { records }) => sum + records.length, 0);
    const leftMs = deadline - performance.now();
    const failed = found.some(({ error }) => error !== 'NONE');
    if (bytes >= limits.minBytes || failed || leftMs <= 0 || signal.aborted || wanted.length === 0) return found;
    await moreVisible(wanted, limits, topics, limits.minBytes - bytes, leftMs, signal);
  }
}

function moreVisible(
  wanted: readonly Wanted[],
  limits: FetchLimits,
  topics: TopicAccess,
  missingBytes: number,
  leftMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let missing = missingBytes;
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      for (const cancel of watches) cancel();
      resolve();
    };
    const watches = wanted.map(
      ({ topicKey, partition }) =>
        topics.find(topicKey).topic?.partitions[partition]?.watch((visibleBytes) => {
          missing -= visibleBytes;
          // A marker makes older bytes visible as well, so committed readers look again at once.
          if (missing <= 0 || limits.isolation === 'read_committed') done();
        }) ?? (() => {}),
    );
    const timer = setTimeout(done, leftMs);
    signal.addEventListener('abort', done);
  });
}

function readAll(wanted: readonly Wanted[], limits: FetchLimits, topics: TopicAccess): Found[] {
  let left = limits.maxBytes;
  let empty = true;
  return wanted.map((one) => {
    const { topic, refusal } = topics.find(one.topicKey);
    const log = topic?.partitions[one.partition];
    const found = readOne(one, refusal, log, { ...limits, maxBytes: Math.min(left, one.maxBytes) }, empty);
    left = Math.max(0, left - found.records.length);
    if (found.records.length > 0) empty = false;
    return found;
  });
}

function readOne(
  { topicKey, partition, offset, leaderEpoch }: Wanted,
  refusal: KafkaErrorName | undefined,
  log: Partition | undefined,
  limits: FetchLimits,
  atLeastOne: boolean,
): Found {
  const error = refusal ?? findFetchError(offset, leaderEpoch, log);
  if (error !== undefined || log === undefined) {
    const marks = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 };
    const nothing = { aborted: [], records: NOTHING };
    return { topicKey, partition, error: error ?? 'UNKNOWN_TOPIC_OR_PARTITION', ...marks, ...nothing };
  }
  const { highWatermark, lastStableOffset, logStartOffset } = log;
  const { bytes: records, endOffset } = log.read(offset, limits.maxBytes, limits.isolation, atLeastOne);
  const asksForAborted = limits.isolation === 'read_committed' && records.length > 0;
  const aborted = asksForAborted ? log.abortedBetween(offset, endOffset) : [];
  const marks = { highWatermark, lastStableOffset, logStartOffset };
  return { topicKey, partition, error: 'NONE', ...marks, aborted, records };
}

function findFetchError(offset: number, leaderEpoch: number, log: Partition | undefined): KafkaErrorName | undefined {
  if (log === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (leaderEpoch >= 0 && leaderEpoch < LEADER_EPOCH) return 'FENCED_LEADER_EPOCH';
  if (leaderEpoch > LEADER_EPOCH) return 'UNKNOWN_LEADER_EPOCH';
  // Between the durable end and the written end lies what was answered with acks=1: not visible yet, but in range.
  if (offset < log.logStartOffset || offset > log.endOffset) return 'OFFSET_OUT_OF_RANGE';
  return undefined;
}
