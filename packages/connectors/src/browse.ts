/**
 * The door for route handlers: look into outside systems without running a job. Server only. Options are those of
 * a connection (`properties.*` for Kafka; `url`, `username`, `password` for a database), already resolved; every
 * call opens a connection of its own and closes it. Errors are `StreamError`s whose messages may be shown.
 */
import { errorData, type StreamErrorData } from '@millrace/model';
import { newestOf, peek, topicOf, topicsDetailOf, topicsOf, withKafka } from './kafka/browse.ts';
import { mysqlTables } from './mysql/browse.ts';
import { isMysqlUrl } from './mysql/url.ts';
import { tablesOf, withPostgres } from './postgres/browse.ts';

export interface BrowseRequest {
  readonly options: Readonly<Record<string, string>>;
  /** Hosts of private networks that may be reached: `ConnectorSettings`. */
  readonly allowedHosts: readonly string[];
  readonly signal: AbortSignal;
}

export interface TopicSummary {
  readonly topic: string;
  readonly partitions: number;
}

export interface TopicDetail {
  readonly topic: string;
  readonly partitions: readonly TopicPartitionDetail[];
}

/** `endOffset` is the last stable offset: what a reader of committed records can reach. */
export interface TopicPartitionDetail {
  readonly partition: number;
  readonly firstOffset: number;
  readonly endOffset: number;
}

export interface PeekedMessage {
  readonly offset: number;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly key: PeekedBytes | undefined;
  readonly value: PeekedBytes | undefined;
}

/** The beginning of a key or value (16 KiB at most); `bytes` is its whole length. */
export interface PeekedBytes {
  readonly text: string;
  readonly encoding: 'utf-8' | 'base64';
  readonly bytes: number;
}

export interface DatabaseTable {
  readonly schema: string;
  readonly name: string;
  /** Undefined: never analysed. */
  readonly rowsEstimate: number | undefined;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
}

const PEEK_LIMIT_MAX = 500;

/** User topics of the cluster, by name. */
export function listTopics(request: BrowseRequest): Promise<readonly TopicSummary[]> {
  return withKafka(request, (client) => topicsOf(client, request.signal));
}

/** Partitions and offsets of one topic; `kafka.topic-missing` when there is none. */
export function describeTopic(request: BrowseRequest & { readonly topic: string }): Promise<TopicDetail> {
  return withKafka(request, (client) => topicOf(client, request.topic, request.signal));
}

/** The same of several topics over one connection, in their order. */
export function describeTopics(
  request: BrowseRequest & { readonly topics: readonly string[] },
): Promise<readonly TopicDetail[]> {
  return withKafka(request, (client) => topicsDetailOf(client, request.topics, request.signal));
}

/** The newest committed records of all partitions of a topic, newest first, at most 500. */
export function newestMessages(
  request: BrowseRequest & { readonly topic: string; readonly limit: number },
): Promise<readonly (PeekedMessage & { readonly partition: number })[]> {
  const limit = Math.max(1, Math.min(PEEK_LIMIT_MAX, request.limit));
  return withKafka(request, (client) => newestOf(client, request.topic, limit, request.signal));
}

/** Committed records of one partition, at most 500; joins no group and commits nothing. */
export function peekMessages(
  request: BrowseRequest & {
    readonly topic: string;
    readonly partition: number;
    readonly from: number | 'latest';
    readonly limit: number;
  },
): Promise<readonly PeekedMessage[]> {
  const limit = Math.max(1, Math.min(PEEK_LIMIT_MAX, request.limit));
  return withKafka(request, (client) => peek(client, { ...request, limit }, request.signal));
}

/** Tables of a database with their columns; the url says of which kind it is. */
export function listTables(request: BrowseRequest): Promise<readonly DatabaseTable[]> {
  return isMysqlUrl(request.options.url) ? mysqlTables(request) : withPostgres(request, tablesOf);
}

export type ConnectionTest =
  | { readonly ok: true; readonly detail: string; readonly latencyMs: number }
  | { readonly ok: false; readonly error: Omit<StreamErrorData, 'detail'> };

/** Whether the options reach a system and may sign in, as a value: a refusal is an expected outcome. */
export async function testConnection(connector: 'kafka' | 'jdbc', request: BrowseRequest): Promise<ConnectionTest> {
  const startedAt = performance.now();
  try {
    const found =
      connector === 'kafka'
        ? `${(await listTopics(request)).length} topics`
        : `${(await listTables(request)).length} tables`;
    return { ok: true, detail: found, latencyMs: performance.now() - startedAt };
  } catch (error) {
    const { code, message, domain, retry } = errorData(error);
    return { ok: false, error: { code, message, domain, retry } };
  }
}
