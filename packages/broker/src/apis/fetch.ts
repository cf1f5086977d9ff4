import { errorCode, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import type { SessionRequest } from '../fetch/fetch-sessions.ts';
import { readOrWait, type TopicAccess } from '../fetch/read-partitions.ts';
import type { FetchLimits, Found, Wanted } from '../fetch/wanted.ts';
import type { Isolation } from '../log/partition.ts';
import type { Access } from '../security/access.ts';
import type { Api, BrokerState } from './api.ts';

/** A response never carries more than this, whatever the client asks for (except one larger batch). */
const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Fetch (1), v4-16. From v7 on a request may be part of a session, which then answers with news only; session 0 is none,
 * its answers are complete. From v13 on topics are named by id.
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
  handle: async ({ version, body, clientId, signal, session: connection, access }, broker) => {
    const meter = broker.meters.of('consumer_byte_rate', connection.principal, clientId);
    const { limits, session: request } = readRequest(body, version, meter?.burstBytes ?? RESPONSE_BYTES_MAX);
    const answer = {
      version,
      isolation: limits.isolation,
      throttleMs: 0,
      error: 'NONE',
      sessionId: 0,
      found: [],
    } as const;
    const decision = broker.fetchSessions.resolve(request, broker.now());
    if (decision.kind === 'refuse') return (writer) => writeResponse(writer, { ...answer, error: decision.error });
    const { wanted, session } = decision;
    const read = await readOrWait(wanted, limits, topicAccess(version, access, broker), signal);
    const bytes = read.reduce((sum, { records }) => sum + records.length, 0);
    // Whoever has read too much gets nothing but the time to wait; a session that was to begin with it does not begin.
    const throttleMs = bytes === 0 ? 0 : (meter?.spendIfPossible(bytes) ?? 0);
    connection.rest(throttleMs);
    if (throttleMs > 0) {
      const sessionId = broker.fetchSessions.afterThrottling(session);
      return (writer) => writeResponse(writer, { ...answer, throttleMs, sessionId });
    }
    const found = session === undefined ? read : session.news(read);
    for (const { records } of found) broker.metrics.fetchedBytes += records.length;
    return (writer) => writeResponse(writer, { ...answer, sessionId: session?.id ?? 0, found });
  },
};

interface FetchAnswer {
  readonly version: number;
  readonly isolation: Isolation;
  readonly throttleMs: number;
  readonly error: KafkaErrorName;
  readonly sessionId: number;
  readonly found: readonly Found[];
}

function readRequest(
  body: Reader,
  version: number,
  bytesMax: number,
): { readonly limits: FetchLimits; readonly session: SessionRequest } {
  if (version < 15) body.int32();
  const [maxWaitMs, minBytes, maxBytes] = [body.int32(), body.int32(), body.int32()];
  const isolation = body.int8() === 1 ? 'read_committed' : 'read_uncommitted';
  const [sessionId, epoch] = version >= 7 ? [body.int32(), body.int32()] : [0, -1];
  const wanted = body.array((r) => readTopic(r, version)).flat();
  const forgotten = version >= 7 ? body.array((r) => readForgotten(r, version)).flat() : [];
  const limits = {
    maxWaitMs,
    minBytes: Math.min(minBytes, bytesMax),
    maxBytes: Math.min(maxBytes, RESPONSE_BYTES_MAX, bytesMax),
    isolation,
  } as const;
  return { limits, session: { sessionId, epoch, byId: version >= 13, wanted, forgotten } };
}

function readTopic(r: Reader, version: number): Wanted[] {
  const topicKey = version >= 13 ? r.uuid() : r.string();
  const partitions = r.array((): Wanted => {
    const partition = r.int32();
    const leaderEpoch = version >= 9 ? r.int32() : -1;
    const offset = r.int64();
    if (version >= 12) r.int32();
    if (version >= 5) r.int64();
    const maxBytes = r.int32();
    r.tags();
    return { topicKey, partition, leaderEpoch, offset, maxBytes };
  });
  r.tags();
  return partitions;
}

function readForgotten(r: Reader, version: number): { readonly topicKey: string; readonly partition: number }[] {
  const topicKey = version >= 13 ? r.uuid() : r.string();
  const partitions = r.array(() => ({ topicKey, partition: r.int32() }));
  r.tags();
  return partitions;
}

function topicAccess(version: number, access: Access, broker: BrokerState): TopicAccess {
  const byId = version >= 13;
  return {
    find: (topicKey) => {
      const topic = byId ? broker.topics.getById(topicKey) : broker.topics.get(topicKey);
      if (byId && topic === undefined) return { topic, refusal: 'UNKNOWN_TOPIC_ID' };
      const readable = access.may('Topic:Read', topic?.name ?? topicKey);
      return readable ? { topic, refusal: undefined } : { topic: undefined, refusal: 'TOPIC_AUTHORIZATION_FAILED' };
    },
  };
}

function writeResponse(writer: Writer, answer: FetchAnswer): void {
  const { version, isolation, throttleMs, error, sessionId, found } = answer;
  writer.int32(throttleMs);
  if (version >= 7) writer.int16(errorCode(error)).int32(sessionId);
  writer.array(byTopic(found), ([topicKey, partitions], w) => {
    if (version >= 13) w.uuid(topicKey);
    else w.string(topicKey);
    w.array(partitions, (p) => {
      w.int32(p.partition).int16(errorCode(p.error)).int64(p.highWatermark).int64(p.lastStableOffset);
      if (version >= 5) w.int64(p.logStartOffset);
      w.nullableArray(isolation === 'read_committed' || NOT_SERVED.has(p.error) ? p.aborted : null, (a) =>
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

function byTopic(found: readonly Found[]): [topicKey: string, partitions: Found[]][] {
  const topics = new Map<string, Found[]>();
  for (const entry of found) {
    const partitions = topics.get(entry.topicKey);
    if (partitions === undefined) topics.set(entry.topicKey, [entry]);
    else partitions.push(entry);
  }
  return [...topics];
}

/** Errors of requests that reach no log; Kafka answers an empty list of aborted transactions with them. */
const NOT_SERVED: ReadonlySet<KafkaErrorName> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
]);
