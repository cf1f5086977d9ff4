import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorName, Writer } from '@millrace/kafka-protocol';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { type ListenerOptions, parseListeners, type SecurityProtocol } from './connections/listener-options.ts';
import { credentialOfPassword, saltPassword } from './security/scram-credential.ts';
import { createCertificate } from './testing/certificate.ts';
import { RawClient } from './testing/raw-client.ts';
import { eventually, type RunningBroker, runBroker } from './testing/running-broker.ts';

const PLAINTEXT: ListenerOptions = { protocol: 'PLAINTEXT' };
const SASL: ListenerOptions = { protocol: 'SASL_PLAINTEXT' };

function portOf(run: RunningBroker, protocol: SecurityProtocol): number {
  return run.broker.listeners.find((listener) => listener.protocol === protocol)?.port ?? 0;
}

function kafkaOf(port: number, sasl: SASLOptions, ca?: string): Kafka {
  return new Kafka({
    brokers: [`127.0.0.1:${port}`],
    sasl,
    ...(ca === undefined ? {} : { ssl: { ca } }),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

async function roundTrip(kafka: Kafka, topic: string): Promise<string[]> {
  const producer = kafka.producer({ retry: { retries: 3, initialRetryTime: 20 } });
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'hello' }] });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: `group of ${topic}`, heartbeatInterval: 50, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: string[] = [];
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  await eventually(
    async () => seen,
    (values) => values.length > 0,
  );
  await consumer.disconnect();
  return seen;
}

describe('a listener that asks for a log-in', () => {
  it('serves kafkajs with every mechanism, in the clear and encrypted, after a restart as well', async () => {
    await using certificate = await createCertificate();
    const encrypted: ListenerOptions = { protocol: 'SASL_SSL', tls: certificate };
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL, encrypted], users: { alice: 'correct horse' } });
    await run.restart();
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const sasl = { mechanism, username: 'alice', password: 'correct horse' } as SASLOptions;
      expect(await roundTrip(kafkaOf(portOf(run, 'SASL_PLAINTEXT'), sasl), mechanism)).toEqual(['hello']);
      const over = kafkaOf(portOf(run, 'SASL_SSL'), sasl, certificate.certPem);
      expect(await roundTrip(over, `${mechanism}-tls`)).toEqual(['hello']);
    }
  });

  it('refuses a wrong password and an unknown user alike, late, and then hangs up', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL], failedAuthenticationDelayMs: 60 });
    await run.broker.setPassword('alice', 'correct');
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const messages = new Set<string>();
      for (const username of ['alice', 'nobody']) {
        const started = performance.now();
        const sasl = { mechanism, username, password: 'wrong' } as SASLOptions;
        const admin = kafkaOf(portOf(run, 'SASL_PLAINTEXT'), sasl).admin();
        const error: Error = await admin.connect().then(
          () => new Error('connected'),
          (refusal) => refusal,
        );
        messages.add(error.message);
        expect(performance.now() - started).toBeGreaterThanOrEqual(55);
      }
      expect([...messages].join()).toMatch(/^[^,]*Authentication failed[^,]*$/);
    }
    expect(run.broker.metrics().failedAuthentications).toBe(6);
    const client = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    await client.call(17, 1, (w) => w.string('PLAIN'));
    const answer = await client.call(36, 1, (w) => w.bytes(Buffer.from('\0alice\0wrong')));
    expect(errorName(answer.int16())).toBe('SASL_AUTHENTICATION_FAILED');
    await client.closed;
  });

  it('is renewed by kafkajs as often as it has to be', async () => {
    await using run = await runBroker({ listeners: [SASL], users: { alice: 'secret' }, sessionMsMax: 400 });
    const sasl = { mechanism: 'scram-sha-256', username: 'alice', password: 'secret' } as SASLOptions;
    const producer = kafkaOf(run.port, sasl).producer({ retry: { retries: 3, initialRetryTime: 20 } });
    await producer.connect();
    const started = performance.now();
    let sent = 0;
    while (performance.now() - started < 1000) {
      await producer.send({ topic: 't', messages: [{ value: String(sent++) }] });
    }
    await producer.disconnect();
    expect(run.broker.metrics()).toMatchObject({ producedRecords: sent, failedRequests: 0 });
  });

  it('does not let strangers take the places of those who log in', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL], users: { alice: 'secret' }, authorizer: 'off' });
    const port = portOf(run, 'SASL_PLAINTEXT');
    const alice = await RawClient.connect(port);
    expect(await alice.logIn('alice', 'secret')).toBe('NONE');
    const strangers = await Promise.all(Array.from({ length: 260 }, () => RawClient.connect(port)));
    await Promise.any(strangers.map((stranger) => stranger.closed));
    await eventually(
      async () => run.broker.connectedClients().length,
      (connected) => connected === 256 + 2,
    );
    expect(await alice.createTopic('t')).toBe('NONE');
    for (const client of [alice, ...strangers]) client.close();
  });

  it('keeps no password on the disk, and nothing that others may read', async () => {
    await using run = await runBroker();
    await run.broker.setPassword('alice', 'correct horse');
    await run.broker.close();
    const file = join(run.dataDir, 'users.journal');
    expect(readFileSync(file, 'utf8')).toContain('alice');
    expect(readFileSync(file, 'utf8')).not.toContain('correct');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('answers nothing but versions to whoever is not logged in', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL] });
    const port = portOf(run, 'SASL_PLAINTEXT');
    const curious = await RawClient.connect(port);
    expect((await curious.call(18, 0, () => {})).int16()).toBe(0);
    await expect(curious.listOffset('t', -1)).rejects.toThrow('closed the connection');
    const hasty = await RawClient.connect(port);
    await hasty.call(17, 1, (w) => w.string('SCRAM-SHA-256'));
    await expect(hasty.listOffset('t', -1)).rejects.toThrow('closed the connection');
    const large = await RawClient.connect(port);
    large.sendBytes(new Writer().int32(600_000).toBuffer());
    await large.closed;
    const other = await RawClient.connect(port);
    const refused = await other.call(17, 1, (w) => w.string('GSSAPI'));
    expect(errorName(refused.int16())).toBe('UNSUPPORTED_SASL_MECHANISM');
    expect(refused.array((r) => r.string())).toEqual(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']);
    await other.closed;
  });

  it('hangs up on whoever does not log in within the time, and not on whoever has', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL], authenticationMsMax: 1500 });
    await run.broker.setPassword('alice', 'secret');
    const port = portOf(run, 'SASL_PLAINTEXT');
    const [silent, logged] = [await RawClient.connect(port), await RawClient.connect(port)];
    await logged.logIn('alice', 'secret');
    await silent.closed;
    expect(await logged.createTopic('t')).toBe('NONE');
    logged.close();
  });

  it('understands the log-in of old clients, whose messages have no header', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL] });
    await run.broker.setPassword('a', 'b');
    const client = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    await client.call(17, 0, (w) => w.string('PLAIN'));
    expect((await client.raw(Buffer.from('\0a\0b'))).length).toBe(0);
    expect(await client.createTopic('t')).toBe('NONE');
    client.close();
    const wrong = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    await wrong.call(17, 0, (w) => w.string('PLAIN'));
    await expect(wrong.raw(Buffer.from('\0a\0c'))).rejects.toThrow('closed the connection');
  });

  it('serves requests that were sent right behind the log-in, in order', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL] });
    await run.broker.setPassword('alice', 'secret');
    const client = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    const [login, created, offset] = [
      client.logIn('alice', 'secret'),
      client.createTopic('t'),
      client.listOffset('t', -1),
    ];
    expect(await Promise.all([login, created, offset])).toEqual(['NONE', 'NONE', { timestampMs: -1, offset: 0 }]);
    client.close();
  });

  it('ends a session that was not renewed in time, and renews it for the same user only', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL], sessionMsMax: 800 });
    await run.broker.setPassword('alice', 'secret');
    await run.broker.setPassword('bob', 'secret');
    const port = portOf(run, 'SASL_PLAINTEXT');
    const [lasting, ending, changing] = await Promise.all([1, 2, 3].map(() => RawClient.connect(port)));
    if (!lasting || !ending || !changing) throw new Error('three connections');
    for (const client of [ending, changing, lasting]) expect(await client.logIn('alice', 'secret')).toBe('NONE');
    expect(await changing.logIn('bob', 'secret')).toBe('SASL_AUTHENTICATION_FAILED');
    const started = performance.now();
    await eventually(
      () => lasting.logIn('alice', 'secret'),
      () => performance.now() - started > 1000,
    );
    expect(await lasting.createTopic('t')).toBe('NONE');
    await expect(ending.createTopic('u')).rejects.toThrow('closed the connection');
    lasting.close();
  });
});

describe('a listener that encrypts', () => {
  it('names itself, not the one in the clear, and survives what is not TLS', async () => {
    await using certificate = await createCertificate();
    await using run = await runBroker({ listeners: [PLAINTEXT, { protocol: 'SSL', tls: certificate }] });
    const port = portOf(run, 'SSL');
    const clear = await RawClient.connect(port);
    clear.sendBytes(Buffer.alloc(100));
    await clear.closed;
    const kafka = new Kafka({
      brokers: [`127.0.0.1:${port}`],
      ssl: { ca: certificate.certPem },
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    expect((await admin.describeCluster()).brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port }]);
    await admin.disconnect();
  });

  it('knows a client by its certificate, and lets in none without', async () => {
    await using certificate = await createCertificate();
    await using worker = await createCertificate('worker');
    await using stranger = await createCertificate('stranger');
    const tls = { certFile: certificate.certFile, keyFile: certificate.keyFile, clientCaFile: worker.certFile };
    await using run = await runBroker({
      listeners: [PLAINTEXT, { protocol: 'SSL', tls }],
      authorizer: 'acls',
      superUsers: ['User:CN=worker'],
    });
    const adminWith = (shown: { readonly certPem: string; readonly keyPem: string } | undefined) => {
      const own = shown === undefined ? {} : { cert: shown.certPem, key: shown.keyPem };
      const ssl = { ca: certificate.certPem, ...own };
      const brokers = [`127.0.0.1:${portOf(run, 'SSL')}`];
      return new Kafka({ brokers, ssl, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
    };
    const admin = adminWith(worker);
    await admin.connect();
    expect(await admin.createTopics({ topics: [{ topic: 't' }] })).toBe(true);
    expect(run.broker.connectedClients().map(({ principal }) => principal)).toContain('User:CN=worker');
    await admin.disconnect();
    for (const shown of [stranger, undefined]) {
      const refused = adminWith(shown);
      await expect(refused.connect().then(() => refused.listTopics())).rejects.toThrow();
      await refused.disconnect();
    }
  });

  it('cannot be opened without a certificate', async () => {
    await expect(runBroker({ listeners: [{ protocol: 'SSL' }] })).rejects.toThrow('a certificate and a key');
  });
});

describe('addresses to listen on', () => {
  it('are written as in the configuration of Kafka, and a wrong one is named', () => {
    const tls = { certFile: 'c', keyFile: 'k' };
    expect(parseListeners('PLAINTEXT://127.0.0.1:9092, SASL_SSL://[::]:9093', 'SASL_SSL://kafka.test:1', tls)).toEqual([
      { protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 },
      { protocol: 'SASL_SSL', host: '::', port: 9093, advertisedHost: 'kafka.test', advertisedPort: 1, tls },
    ]);
    for (const wrong of ['HTTP://a:1', 'SSL://a', 'SSL://a:70000', 'SSL://a:1,SSL://b:2']) {
      expect(() => parseListeners(wrong, '', tls)).toThrow(/^listener (HTTP|SSL):/);
    }
  });
});

describe('SCRAM users', () => {
  it('are administered over the wire as KIP-554 says', async () => {
    await using run = await runBroker({ listeners: [PLAINTEXT, SASL], authorizer: 'off' });
    const salt = Buffer.from('salt of 16 bytes');
    const salted = await saltPassword('SCRAM-SHA-256', 'pencil', salt, 4096);
    expect(await alter(run.client, [], [['carol', 1, 4096, salt, salted]])).toEqual([['carol', 'NONE']]);
    expect(
      await alter(
        run.client,
        [['nobody', 1]],
        [
          ['weak', 1, 100, salt, salted],
          ['odd', 3, 4096, salt, salted],
          ['twice', 1, 4096, salt, salted],
          ['twice', 1, 5000, salt, salted],
          ['half', 2, 4096, salt, salted],
          ['half', 1, 4096, salt, salted],
        ],
      ),
    ).toEqual([
      ['nobody', 'RESOURCE_NOT_FOUND'],
      ['weak', 'UNACCEPTABLE_CREDENTIAL'],
      ['odd', 'UNSUPPORTED_SASL_MECHANISM'],
      ['twice', 'DUPLICATE_RESOURCE'],
      ['half', 'DUPLICATE_RESOURCE'],
    ]);
    expect(await describeUsers(run.client, null)).toEqual([['carol', 'NONE', [[1, 4096]]]]);
    expect(await describeUsers(run.client, ['carol', 'x', 'carol'])).toEqual([
      ['carol', 'DUPLICATE_RESOURCE', []],
      ['x', 'RESOURCE_NOT_FOUND', []],
    ]);
    const client = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    expect(await client.logIn('carol', 'pencil')).toBe('NONE');
    client.close();
    expect(await alter(run.client, [['carol', 1]], [])).toEqual([['carol', 'NONE']]);
    const late = await RawClient.connect(portOf(run, 'SASL_PLAINTEXT'));
    expect(await late.logIn('carol', 'pencil')).toBe('SASL_AUTHENTICATION_FAILED');
  });

  it('have the keys that RFC 7677 computes', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const salted = await saltPassword('SCRAM-SHA-256', 'pencil', salt, 4096);
    expect(salted.toString('base64')).toBe('xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=');
    expect((await credentialOfPassword('SCRAM-SHA-512', 'x')).salt).not.toBe(
      (await credentialOfPassword('SCRAM-SHA-512', 'x')).salt,
    );
  });
});

type Upsertion = readonly [user: string, mechanism: number, iterations: number, salt: Buffer, salted: Buffer];

async function alter(client: RawClient, deletions: readonly [string, number][], upsertions: readonly Upsertion[]) {
  const write = (w: Writer) =>
    w
      .array(deletions, ([user, mechanism]) => w.string(user).int8(mechanism).tags())
      .array(upsertions, ([user, mechanism, iterations, salt, salted]) =>
        w.string(user).int8(mechanism).int32(iterations).bytes(salt).bytes(salted).tags(),
      )
      .tags();
  const r = await client.call(51, 0, write, true);
  r.int32();
  return r.array(() => {
    const result = [r.string(), errorName(r.int16())];
    r.nullableString();
    r.tags();
    return result;
  });
}

async function describeUsers(client: RawClient, users: readonly string[] | null) {
  const r = await client.call(50, 0, (w) => w.nullableArray(users, (user) => w.string(user).tags()).tags(), true);
  r.int32();
  r.int16();
  r.nullableString();
  return r.array(() => {
    const [user, error] = [r.string(), errorName(r.int16())];
    r.nullableString();
    const credentials = r.array(() => {
      const credential = [r.int8(), r.int32()];
      r.tags();
      return credential;
    });
    r.tags();
    return [user, error, credentials];
  });
}
