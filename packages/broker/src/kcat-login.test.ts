import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createCertificate } from './testing/certificate.ts';
import { runBroker } from './testing/running-broker.ts';

/** librdkafka's command line, on development machines that have it. */
const hasKcat = spawnSync('kcat', ['-V']).status === 0;

async function kcat(input: string, ...args: readonly string[]): Promise<string> {
  const child = spawn('kcat', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return output + errors;
}

it.skipIf(!hasKcat)('librdkafka logs in by every mechanism over TLS, and is told when it may not', async () => {
  await using certificate = await createCertificate();
  const listener = { protocol: 'SASL_SSL', tls: certificate } as const;
  await using run = await runBroker({ listeners: [{ protocol: 'PLAINTEXT' }, listener], users: { alice: 'secret' } });
  const settings = (mechanism: string, password: string) => [
    ...['-b', `127.0.0.1:${run.broker.listeners[1]?.port}`, '-X', `ssl.ca.location=${certificate.certFile}`],
    ...['-X', 'security.protocol=SASL_SSL', '-X', `sasl.mechanisms=${mechanism}`],
    ...['-X', 'sasl.username=alice', '-X', `sasl.password=${password}`],
  ];
  const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
  for (const mechanism of mechanisms) await kcat(mechanism, ...settings(mechanism, 'secret'), '-P', '-t', 't');
  const read = await kcat('', ...settings('PLAIN', 'secret'), '-C', '-t', 't', '-e', '-q');
  expect(read.trim().split('\n')).toEqual(mechanisms);
  const wrong = await kcat('', ...settings('SCRAM-SHA-512', 'wrong'), '-L', '-m', '2');
  expect(wrong).toContain('Authentication failed');
});
