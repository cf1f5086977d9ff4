import { errorCode, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import type { AbortedTransaction } from '../log/aborted-transactions.ts';
import { type Isolation, LEADER_EPOCH, type Partition } from '../log/partition.ts';
import type { Access } from '../security/access.ts';
import type { Api, BrokerState } from './api.ts';

/** A response never carries more than this, whatever the client asks for (except one larger batch). */
const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

interface Wanted {
  /** How the client named the topic: by name, or by id. */
  readonly key: string;
  /** Empty when no topic has the id. */
  readonly topic: string;
  /** Whether the client may read it. */
  readonly readable: boolean;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly maxBytes: number;
}

interface Found {
  readonly key: string;
  readonly partition: number;
  readonly error: KafkaErrorName;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

interface FetchRequest {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: Isolation;
  readonly wanted: readonly Wanted[];
}

/**
 * Fetch (1), v4-16, without sessions: every response is complete and names session 0, which all clients accept. From v13
 * on topics are named by id.
 *
 *     request   v4-14 int32 replicaId · int32 maxWaitMs · int32 minBytes · int32 maxBytes · int8 isolation
 *               · v7+ int32 sessionId · int32 sessionEpoch
 *               · [v4-12 string topic · v13+ uuid topicId · [int32 partition · v9+ int32 leaderEpoch · int64 offset · v12+ int32 lastFetchedEpoch
 *                 · v5+ int64 logStartOffset · int32 maxBytes]]
 *               · v7+ [topic as above · [int32 partition]] forgotten · v11+ string rackId
 *     response  int32 throttleMs · v7+ int16 error · int32 sessionId
 *               · [topic as above · [int32 partition · int16 error · int64 highWatermark · int64 lastStableOffset
 *                 · v5+ int64 logStartOffset · nullable [int64 producerId · int64 firstOffset] aborted
 *                 · v11+ int32 preferredReadReplica · bytes records]]
 */
export const fetch: Api = {
  key: 1,
  name: 'Fetch',
  versions: [0, 16],
  flexibleFrom: 12,
  answeredFrom: 4,
  handle: async ({ version, body, clientId, signal, session, access }, broker) => {
    const meter = broker.meters.of('consumer_byte_rate', session.principal, clientId);
    const request = readRequest(body, version, meter?.burstBytes ?? RESPONSE_BYTES_MAX, broker, access);
    const read = await fetchOrWait(request, broker, signal);
    const bytes = read.reduce((sum, { records }) => sum + records.length, 0);
    // Whoever has read too much gets nothing but the time to wait.
    const throttleMs = bytes === 0 ? 0 : (meter?.spendIfPossible(bytes) ?? 0);
    const found = throttleMs === 0 ? read : [];
    session.rest(throttleMs);
    for (const { records } of found) broker.metrics.fetchedBytes += records.length;
    return (writer) => writeResponse(writer, version, request.isolation, throttleMs, found);
  },
};

function readRequest(
  body: Reader,
  version: number,
  bytesMax: number,
  broker: BrokerState,
  access: Access,
): FetchRequest {
  if (version < 15) body.int32();
  const [maxWaitMs, minBytes, maxBytes] = [body.int32(), body.int32(), body.int32()];
  const isolation: Isolation = body.int8() === 1 ? 'read_committed' : 'read_uncommitted';
  if (version >= 7) {
    body.int32();
    body.int32();
  }
  const wanted = body.array((r) => {
    const key = version >= 13 ? r.uuid() : r.string();
    const topic = version >= 13 ? (broker.topics.getById(key)?.name ?? '') : key;
    const readable = topic === '' || access.may('Topic:Read', topic);
    const partitions = r.array(() => {
      const partition = r.int32();
      const leaderEpoch = version >= 9 ? r.int32() : -1;
      const offset = r.int64();
      if (version >= 12) r.int32();
      if (version >= 5) r.int64();
      const entry: Wanted = {
        key,
        topic,
        readable,
        partition,
        leaderEpoch,
        offset,
        maxBytes: r.int32(),
      };
      r.tags();
      return entry;
    });
    r.tags();
    return partitions;
  });
  return {
    maxWaitMs,
    minBytes: Math.min(minBytes, bytesMax),
    maxBytes: Math.min(maxBytes, RESPONSE_BYTES_MAX, bytesMax),
    isolation,
    wanted: wanted.flat(),
  };
}

/** Reads now; when that is less than `minBytes`, waits for appends, for the end of transactions, or for the time limit. */
async function fetchOrWait(request: FetchRequest, broker: BrokerState, signal: AbortSignal): Promise<readonly Found[]> {
  const deadline = performance.now() + request.maxWaitMs;
  for (;;) {
    const found = readAll(request, broker);
    const bytes = found.reduce((sum, { records }) => sum + records.length, 0);
    const leftMs = deadline - performance.now();
    const failed = found.some(({ error }) => error !== 'NONE');
    if (bytes >= request.minBytes || failed || leftMs <= 0 || signal.aborted || request.wanted.length === 0)
      return found;
    await moreVisible(request, broker, request.minBytes - bytes, leftMs, signal);
  }
}

function moreVisible(
  request: FetchRequest,
  broker: BrokerState,
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
    const watches = request.wanted.map(
      ({ topic, partition }) =>
        broker.topics.partition(topic, partition)?.watch((visibleBytes) => {
          missing -= visibleBytes;
          // A marker makes older bytes visible as well, so committed readers look again at once.
          if (missing <= 0 || request.isolation === 'read_committed') done();
        }) ?? (() => {}),
    );
    const timer = setTimeout(done, leftMs);
    signal.addEventListener('abort', done);
  });
}

function readAll(request: FetchRequest, broker: BrokerState): Found[] {
  let left = request.maxBytes;
  let empty = true;
  return request.wanted.map((wanted) => {
    const log = broker.topics.partition(wanted.topic, wanted.partition);
    const found = readOne(wanted, log, request.isolation, Math.min(left, wanted.maxBytes), empty);
    left = Math.max(0, left - found.records.length);
    if (found.records.length > 0) empty = false;
    return found;
  });
}

function readOne(
  wanted: Wanted,
  log: Partition | undefined,
  isolation: Isolation,
  maxBytes: number,
  atLeastOne: boolean,
): Found {
  const { key, partition, offset } = wanted;
  const error = findFetchError(wanted, log);
  if (error !== undefined || log === undefined) {
    const marks = {
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
    };
    return {
      key,
      partition,
      error: error ?? 'UNKNOWN_TOPIC_OR_PARTITION',
      ...marks,
      aborted: [],
      records: NOTHING,
    };
  }
  const { highWatermark, lastStableOffset, logStartOffset } = log;
  const { bytes: records, endOffset } = log.read(offset, maxBytes, isolation, atLeastOne);
  const aborted = isolation === 'read_committed' && records.length > 0 ? log.abortedBetween(offset, endOffset) : [];
  return {
    key,
    partition,
    error: 'NONE',
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    records,
  };
}

function findFetchError(wanted: Wanted, log: Partition | undefined): KafkaErrorName | undefined {
  if (!wanted.readable) return 'TOPIC_AUTHORIZATION_FAILED';
  if (log === undefined) return wanted.topic === '' ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
  if (wanted.leaderEpoch >= 0 && wanted.leaderEpoch < LEADER_EPOCH) return 'FENCED_LEADER_EPOCH';
  if (wanted.leaderEpoch > LEADER_EPOCH) return 'UNKNOWN_LEADER_EPOCH';
  // Between the durable end and the written end lies what was answered with acks=1: not visible yet, but in range.
  if (wanted.offset < log.logStartOffset || wanted.offset > log.endOffset) return 'OFFSET_OUT_OF_RANGE';
  return undefined;
}

function writeResponse(
  writer: Writer,
  version: number,
  isolation: Isolation,
  throttleMs: number,
  found: readonly Found[],
): void {
  writer.int32(throttleMs);
  if (version >= 7) writer.int16(0).int32(0);
  writer.array(byTopic(found), ([key, partitions], w) => {
    if (version >= 13) w.uuid(key);
    else w.string(key);
    w.array(partitions, (p) => {
      w.int32(p.partition).int16(errorCode(p.error)).int64(p.highWatermark).int64(p.lastStableOffset);
      if (version >= 5) w.int64(p.logStartOffset);
      w.nullableArray(isolation === 'read_committed' ? p.aborted : null, (a) =>
        w.int64(a.producerId).int64(a.firstOffset).tags(),
      );
      if (version >= 11) w.int32(-1);
      // Never null: librdkafka fails the whole response on a null record set.
      w.attachedBytes([p.records], p.records.length).tags();
    });
    w.tags();
  });
  writer.tags();
}

function byTopic(found: readonly Found[]): [key: string, partitions: Found[]][] {
  const topics = new Map<string, Found[]>();
  for (const entry of found) {
    const partitions = topics.get(entry.key);
    if (partitions === undefined) topics.set(entry.key, [entry]);
    else partitions.push(entry);
  }
  return [...topics];
}

const NOTHING = Buffer.alloc(0);
