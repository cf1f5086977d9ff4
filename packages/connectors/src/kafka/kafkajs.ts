import { createRequire } from 'node:module';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { Writer } from '@millrace/kafka-protocol';
import type { GuardedNetwork } from '../network/connect.ts';
import type { KafkaConnection } from './table.ts';

/**
 * The one door to kafkajs 2.2.4 (pinned exactly). Its public API can neither resume a transaction nor give
 * raw record batches, so its internals are used: cluster metadata, authentication, coordinators and
 * connections. Which internals, and in which shape, is written down here and held by `kafkajs.test.ts`.
 */
export interface KafkajsBroker {
  readonly nodeId: number;
  readonly connectionPool: {
    getConnectionByRequest(exchange: { request: { apiKey: number } }): Promise<KafkajsConnection>;
  };
  listOffsets(request: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number | string }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  offsetFetch(request: { groupId: string; topics: { topic: string; partitions: { partition: number }[] }[] }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string; errorCode?: number }[] }[];
  }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: { topic: string; partitions: { partition: number; offset: string; metadata: string | null }[] }[];
  }): Promise<unknown>;
  createTopics(request: {
    topics: { topic: string; numPartitions: number; replicationFactor: number }[];
    timeout?: number;
  }): Promise<unknown>;
  metadata(topics: string[]): Promise<KafkajsMetadata>;
  initProducerId(request: { transactionalId: string | null; transactionTimeout: number }): Promise<{
    producerId: string;
    producerEpoch: number;
  }>;
  addPartitionsToTxn(request: {
    transactionalId: string;
    producerId: string;
    producerEpoch: number;
    topics: { topic: string; partitions: number[] }[];
  }): Promise<unknown>;
  endTxn(request: {
    transactionalId: string;
    producerId: string;
    producerEpoch: number;
    transactionResult: boolean;
  }): Promise<unknown>;
}

interface KafkajsMetadata {
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode?: number;
    readonly isInternal?: boolean;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}

export interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): KafkajsMetadata['topicMetadata'][number]['partitionMetadata'];
  findBroker(query: { nodeId: number }): Promise<KafkajsBroker>;
  findControllerBroker(): Promise<KafkajsBroker>;
  findGroupCoordinator(query: { groupId: string; coordinatorType?: number }): Promise<KafkajsBroker>;
}

/** One socket: signs in, numbers requests, waits for answers in order, times out. */
interface KafkajsConnection {
  readonly clientId: string;
  readonly socket: Pick<Socket, 'cork' | 'uncork' | 'write'>;
  readonly requestQueue: {
    push(pushed: {
      entry: {
        apiKey: number;
        apiName: string;
        apiVersion: number;
        correlationId: number;
        resolve: (answer: { payload: Buffer }) => void;
        reject: (error: unknown) => void;
      };
      expectResponse: true;
      requestTimeout: number | null;
      sendRequest: () => void;
    }): void;
  };
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
}

/** A request of ours sent over a connection of kafkajs: it correlates and times out; the bytes are ours. */
export interface Exchange<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** What follows the request header. The bytes may not change before the answer. */
  encode(): readonly Buffer[];
  /** `payload`: what follows the response header. */
  decode(payload: Buffer): Answer;
  readonly timeoutMs?: number;
}

/**
 * Sends what `exchange` encodes as it is, without a copy: kafkajs' own way through its Encoder copies a request three times.
 *
 *     request   size i32 · api_key i16 · api_version i16 · correlation_id i32 · client_id str · body
 */
export async function exchangeOver<Answer>(broker: KafkajsBroker, exchange: Exchange<Answer>): Promise<Answer> {
  const { apiKey, apiName, apiVersion } = exchange;
  const connection = await broker.connectionPool.getConnectionByRequest({ request: { apiKey } });
  if (!connection.isAuthenticated()) await connection.authenticate();
  const body = exchange.encode();
  const correlationId = connection.nextCorrelationId();
  const header = new Writer()
    .int16(apiKey)
    .int16(apiVersion)
    .int32(correlationId)
    .string(connection.clientId)
    .toBuffer();
  const size = body.reduce((sum, part) => sum + part.length, header.length);
  const parts = [new Writer().int32(size).toBuffer(), header, ...body];
  const payload = await new Promise<Buffer>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { apiKey, apiName, apiVersion, correlationId, resolve: (answer) => resolve(answer.payload), reject },
      expectResponse: true,
      requestTimeout: exchange.timeoutMs ?? null,
      sendRequest: () => {
        const { socket } = connection;
        socket.cork();
        for (const part of parts) socket.write(part);
        socket.uncork();
      },
    });
  });
  return exchange.decode(payload);
}

const require = createRequire(import.meta.url);

export const TRANSACTION_COORDINATOR = 1;

const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
const METADATA_MAX_AGE_MS = 300_000;
const KEEP_ALIVE_MS = 60_000;

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | undefined;
  readonly onConnect: () => void;
}

/** As kafkajs' own socket factory, but only to hosts that may be reached; what is thrown here fails the connection. */
function connectSocket({ host, port, ssl, onConnect }: SocketRequest, network: GuardedNetwork): Socket {
  network.checkAddress(host, port);
  const target = { host, port, lookup: network.lookupFor(port) };
  const socket = ssl
    ? connectTls({ ...target, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connect(target, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/** A cluster that is not connected yet. Reports its own connection trouble through thrown errors only: its log is off. */
export function createCluster(connection: KafkaConnection, clientId: string, network: GuardedNetwork): KafkajsCluster {
  const { createLogger, LEVELS } = require('kafkajs/src/loggers') as {
    createLogger: (options: { level: number; logCreator: () => () => void }) => unknown;
    LEVELS: { NOTHING: number };
  };
  const Cluster = require('kafkajs/src/cluster') as new (options: object) => KafkajsCluster;
  return new Cluster({
    logger: createLogger({ level: LEVELS.NOTHING, logCreator: () => () => {} }),
    socketFactory: (request: SocketRequest) => connectSocket(request, network),
    brokers: [...connection.brokers],
    ssl: connection.tls === undefined ? false : { ...connection.tls },
    // kafkajs writes into it.
    sasl: connection.sasl === undefined ? undefined : { ...connection.sasl },
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    isolationLevel: 1,
    // Retries are ours, bounded by signals; kafkajs gets one for the moments right after start.
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200, factor: 0, multiplier: 1 },
  });
}
