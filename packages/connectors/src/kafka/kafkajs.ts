import { createRequire } from 'node:module';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { GuardedNetwork } from '../network/connect.ts';
import type { KafkaConnection } from './table.ts';

/**
 * The one door to kafkajs 2.2.4 (pinned exactly). Its public API can neither resume a transaction nor give
 * raw record batches, so its internals are used: cluster metadata, authentication, coordinators and
 * connections. Which internals, and in which shape, is written down here and held by `kafkajs.test.ts`.
 */
export interface KafkajsBroker {
  readonly nodeId: number;
  readonly connectionPool: { send(exchange: Exchange<unknown>): Promise<unknown> };
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

/** A request of ours sent over a connection of kafkajs: it frames, correlates and times out; the bytes are ours. */
export interface Exchange<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<unknown>;
  };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<Answer>;
    readonly parse: (answer: Answer) => Promise<Answer>;
  };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

const require = createRequire(import.meta.url);

/** kafkajs' Encoder takes whole buffers; one per request. */
export function encodedBy(bytes: Buffer): unknown {
  const encoder = require('kafkajs/src/protocol/encoder') as new (
    size: number,
  ) => {
    writeBufferInternal(buffer: Buffer): void;
  };
  const made = new encoder(bytes.length);
  made.writeBufferInternal(bytes);
  return made;
}

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
