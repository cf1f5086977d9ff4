import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Broker, startBroker } from '@millrace/broker';
import { createCertificate, type TestCertificate } from '@millrace/broker/testing/certificate';
import type { Schema } from '@millrace/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testConnection } from '../browse.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { batchOf, drain, readerContext, writerContext } from '../testing/contexts.ts';
import { kafka as connector } from './connector.ts';
import { parseJaas } from './jaas.ts';

const SCHEMA: Schema = { fields: [{ name: 'id', type: { kind: 'bigint', nullable: true } }] };
const SECRET = 'canary"\\pass word';
const allowedHosts = ['127.0.0.1'];
const kafka = connector(new NetworkPolicy(allowedHosts));
const signal = () => AbortSignal.timeout(20_000);

let folder = '';
let certificate: TestCertificate;
let broker: Broker;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-sign-in-'));
  certificate = await createCertificate();
  broker = await startBroker({
    dataDir: folder,
    flush: 'none',
    listeners: [
      { protocol: 'SASL_PLAINTEXT' },
      { protocol: 'SASL_SSL', tls: certificate },
      { protocol: 'SSL', tls: certificate },
    ],
    users: { alice: SECRET },
    superUsers: ['User:alice', 'User:ANONYMOUS'],
    failedAuthenticationDelayMs: 1,
  });
});

afterAll(async () => {
  await broker.close();
  await certificate[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function connection(protocol: string, more: Record<string, string> = {}): Record<string, string> {
  const port = broker.listeners.find((listener) => listener.protocol === protocol)?.port;
  const trust = protocol.endsWith('SSL') ? { 'properties.ssl.truststore.certificates': certificate.certPem } : {};
  return {
    'properties.bootstrap.servers': `127.0.0.1:${port}`,
    'properties.security.protocol': protocol,
    ...trust,
    ...more,
  };
}

const jaas = (module: string, password = SECRET) =>
  `org.apache.kafka.common.security.${module} required username="alice" password="${password.replace(/["\\]/g, '\\$&')}";`;

const WAYS: readonly (readonly [protocol: string, mechanism: string | undefined])[] = [
  ['SSL', undefined],
  ['SASL_PLAINTEXT', 'PLAIN'],
  ['SASL_SSL', 'PLAIN'],
  ['SASL_SSL', 'SCRAM-SHA-256'],
  ['SASL_SSL', 'SCRAM-SHA-512'],
];

test.each(WAYS)('rows go through %s %s, exactly once, and come back', async (protocol, mechanism) => {
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  const login: Record<string, string> =
    mechanism === undefined
      ? {}
      : { 'properties.sasl.mechanism': mechanism, 'properties.sasl.jaas.config': jaas(module) };
  const topic = `t-${protocol}-${mechanism ?? 'none'}`.toLowerCase();
  const options = { connector: 'kafka', topic, format: 'json', ...connection(protocol, login) };
  const sink = kafka.createSink?.(options, SCHEMA, 'exactly-once');
  await sink?.prepare(signal());
  const context = writerContext('exactly-once', { job: `job-${topic}` as never });
  const writer = await sink?.createWriter(context);
  await writer?.write(batchOf(SCHEMA, [[1n], [2n]]));
  await writer?.flush();
  const [committable] = (await writer?.prepareCommit()) ?? [];
  const committer = await sink?.createCommitter?.(context);
  expect(await committer?.commit(committable, signal())).toEqual({ kind: 'committed' });
  const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset' };
  const source = kafka.createSource?.({ ...options, ...bounded }, SCHEMA);
  const reader = source?.createReader(readerContext());
  if (source === undefined || reader === undefined) throw new Error('kafka has a source');
  reader.addSplits(await source.discover(signal()));
  const { rows } = await drain(reader, () => reader.snapshot().length === 0);
  expect(rows.flat()).toEqual([1n, 2n]);
  await Promise.all([reader.close(), writer?.close(), committer?.close()]);
});

describe('a refusal comes at once, says what to change, and holds no secret', () => {
  const userOf = (password: string) => ({ 'properties.sasl.username': 'alice', 'properties.sasl.password': password });

  test.each([
    ['a wrong password', 'SASL_SSL', userOf('other-canary'), 'kafka.sign-in'],
    [
      'a wrong password, SCRAM',
      'SASL_SSL',
      { ...userOf('other-canary'), 'properties.sasl.mechanism': 'SCRAM-SHA-512' },
      'kafka.sign-in',
    ],
    ['nobody vouches for the certificate', 'SSL', { 'properties.ssl.truststore.certificates': '' }, 'kafka.tls'],
  ])('%s', async (_, protocol, more: Record<string, string>, code) => {
    const options = Object.fromEntries(Object.entries(connection(protocol, more)).filter(([, value]) => value !== ''));
    const startedAt = performance.now();
    const tested = await testConnection('kafka', { options, allowedHosts, signal: signal() });
    expect(tested).toMatchObject({ ok: false, error: { code, retry: 'never' } });
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(JSON.stringify(tested)).not.toContain('canary');
  });

  test.each([
    [
      { 'properties.sasl.jaas.config': 'com.sun.security.auth.module.JndiLoginModule required x="canary";' },
      /must be org\.apache/,
    ],
    [
      { 'properties.sasl.jaas.config': jaas('scram.ScramLoginModule') },
      /is for SCRAM-SHA-256 and SCRAM-SHA-512, but .* is PLAIN/,
    ],
    [
      { 'properties.sasl.jaas.config': jaas('plain.PlainLoginModule'), 'properties.sasl.username': 'a' },
      /together with/,
    ],
    [{ 'properties.sasl.password': SECRET }, /'properties.sasl.username' is required/],
    [{}, /'properties.sasl.jaas.config' is required/],
    [{ 'properties.security.protocol': 'PLAINTEXT', ...userOf(SECRET) }, /'properties.sasl.username' needs/],
    [{ 'properties.sasl.client.callback.handler.class': 'x' }, /has no option/],
  ])('options %#', (more: Record<string, string>, message) => {
    const options = { connector: 'kafka', topic: 't', format: 'json', ...connection('SASL_PLAINTEXT', more) };
    const refused = () => kafka.createSource?.(options, SCHEMA);
    expect(refused).toThrow(message);
    expect(refused).not.toThrow(/canary/);
  });
});

test('a JAAS configuration is read as Kafka reads it, and nothing but a password login is', () => {
  expect(parseJaas(jaas('plain.PlainLoginModule'))).toEqual({
    mechanisms: ['PLAIN'],
    username: 'alice',
    password: SECRET,
  });
  expect(parseJaas(`org.apache.flink.kafka.shaded.${jaas('scram.ScramLoginModule')}`)?.username).toBe('alice');
  for (const wrong of [
    '',
    'x',
    jaas('plain.PlainLoginModule').slice(0, -1),
    `${jaas('plain.PlainLoginModule')} x`,
    jaas('plain.PlainLoginModule').replace('required', 'optional'),
    jaas('oauthbearer.OAuthBearerLoginModule'),
    jaas('plain.PlainLoginModule').replace('org.apache.kafka', 'com.evil'),
    jaas('plain.PlainLoginModule').replace('username', 'serviceName'),
  ]) {
    expect(parseJaas(wrong), wrong).toBeUndefined();
  }
});
