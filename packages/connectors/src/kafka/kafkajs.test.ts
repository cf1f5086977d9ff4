import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { GuardedNetwork } from '../network/connect.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { createCluster, TRANSACTION_COORDINATOR } from './kafkajs.ts';

const require = createRequire(import.meta.url);

test('the kafkajs installed is the one whose internals are relied upon', () => {
  const { version } = require('kafkajs/package.json') as { version: string };
  expect(version).toBe('2.2.4');
});

test('every internal this connector calls is there, in the shape it expects', () => {
  const network = new NetworkPolicy([]);
  const connection = { brokers: ['127.0.0.1:1'], clientId: undefined, tls: undefined, sasl: undefined, network };
  const cluster = createCluster(connection, 'contract', new GuardedNetwork(network, 'any'));
  for (const method of [
    'connect',
    'disconnect',
    'isConnected',
    'refreshMetadata',
    'addMultipleTargetTopics',
    'findTopicPartitionMetadata',
    'findBroker',
    'findControllerBroker',
    'findGroupCoordinator',
  ]) {
    expect(Reflect.get(cluster, method), method).toBeTypeOf('function');
  }
  const Broker = require('kafkajs/src/broker') as { prototype: object };
  for (const method of [
    'listOffsets',
    'offsetFetch',
    'offsetCommit',
    'createTopics',
    'metadata',
    'initProducerId',
    'addPartitionsToTxn',
    'endTxn',
  ]) {
    expect(Reflect.get(Broker.prototype, method), method).toBeTypeOf('function');
  }
  const Pool = require('kafkajs/src/network/connectionPool') as { prototype: object };
  expect(Reflect.get(Pool.prototype, 'getConnectionByRequest')).toBeTypeOf('function');
  const Connection = require('kafkajs/src/network/connection') as { prototype: object };
  for (const method of ['isConnected', 'isAuthenticated', 'authenticate', 'nextCorrelationId']) {
    expect(Reflect.get(Connection.prototype, method), method).toBeTypeOf('function');
  }
  const Queue = require('kafkajs/src/network/requestQueue') as { prototype: object };
  expect(Reflect.get(Queue.prototype, 'push')).toBeTypeOf('function');
  const types = require('kafkajs/src/protocol/coordinatorTypes') as { TRANSACTION: number };
  expect(types.TRANSACTION).toBe(TRANSACTION_COORDINATOR);
});
