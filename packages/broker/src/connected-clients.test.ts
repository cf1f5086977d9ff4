import { errorName } from '@millrace/kafka-protocol';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { RawClient } from './testing/raw-client.ts';
import { eventually, runBroker } from './testing/running-broker.ts';

describe('who is connected', () => {
  it('is known by name, address, software and last request, until the connection ends', async () => {
    const listeners = [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }] as const;
    await using run = await runBroker({ listeners, users: { alice: 'secret' }, authorizer: 'off' });
    const alice = await RawClient.connect(run.broker.listeners[1]?.port ?? 0);
    await alice.call(18, 3, (w) => w.string('librdkafka').string('2.15.0').tags(), true);
    const [, before] = run.broker.connectedClients();
    expect(before).toMatchObject({ principal: null, clientId: 'raw', lastRequest: { api: 'ApiVersions', version: 3 } });
    await alice.logIn('alice', 'secret');
    await alice.createTopic('t');
    const [first, second] = run.broker.connectedClients();
    expect(first).toMatchObject({
      protocol: 'PLAINTEXT',
      principal: 'User:ANONYMOUS',
      software: null,
      lastRequest: null,
    });
    expect(second).toMatchObject({
      ...{ protocol: 'SASL_PLAINTEXT', address: '127.0.0.1', principal: 'User:alice', clientId: 'raw' },
      ...{ software: { name: 'librdkafka', version: '2.15.0' }, requests: 4, throttledMs: 0 },
      lastRequest: { api: 'CreateTopics', version: 2 },
    });
    expect(second?.requestBytes).toBeGreaterThan(100);
    expect(second?.responseBytes).toBeGreaterThan(100);
    expect(run.broker.connectedSoftware()).toEqual([
      { name: 'unknown', version: 'unknown', connections: 1 },
      { name: 'librdkafka', version: '2.15.0', connections: 1 },
    ]);
    alice.close();
    await eventually(
      async () => run.broker.connectedClients(),
      (clients) => clients.length === 1,
    );
  });

  it('does not keep what no software would be called', async () => {
    await using run = await runBroker();
    for (const name of ['', 'a b', '-a', `a${'b'.repeat(100)}`, 'a\n']) {
      const answer = await run.client.call(18, 3, (w) => w.string(name).string('1').tags(), true);
      expect(errorName(answer.int16())).toBe('INVALID_REQUEST');
    }
    expect(run.broker.connectedClients()[0]?.software).toBeNull();
  });

  it('counts kafkajs, and no more connections than are allowed', async () => {
    await using run = await runBroker({ connectionsMax: 3 });
    const admin = new Kafka({ clientId: 'js', brokers: [`127.0.0.1:${run.port}`], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.listTopics();
    expect(run.broker.connectedClients().some(({ clientId }) => clientId === 'js')).toBe(true);
    const more = await Promise.all([1, 2, 3].map(() => RawClient.connect(run.port)));
    await Promise.any(more.map((client) => client.closed));
    expect(run.broker.connectedClients().length).toBeLessThanOrEqual(3);
    await admin.disconnect();
    for (const client of more) client.close();
  });
});
