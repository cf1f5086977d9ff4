import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCertificate } from '../../../packages/broker/src/testing/certificate.ts';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import { installKafka, type KafkaInstall } from './install.ts';
import { fileFor, runTool } from './tools.ts';

let install: KafkaInstall;
let run: RunningBroker;
let certificate: Awaited<ReturnType<typeof createCertificate>>;
let scratch: string;

beforeAll(async () => {
  install = await installKafka();
  certificate = await createCertificate();
  scratch = await mkdtemp(path.join(tmpdir(), 'millrace-tools-'));
  run = await runBroker({
    listeners: [{ protocol: 'SASL_PLAINTEXT' }, { protocol: 'SASL_SSL', tls: certificate }],
    authorizer: 'acls',
    superUsers: ['User:root'],
    users: { root: 'root secret', alice: 'alice secret' },
  });
});

afterAll(async () => {
  await run[Symbol.asyncDispose]();
  await certificate[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

type Protocol = 'SASL_PLAINTEXT' | 'SASL_SSL';

/** The properties file of a user's client. */
function clientOf(user: string, password: string, mechanism: string, protocol: Protocol): string {
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  const properties = [
    `security.protocol=${protocol}`,
    `sasl.mechanism=${mechanism}`,
    `sasl.jaas.config=org.apache.kafka.common.security.${module} required username="${user}" password="${password}";`,
    ...(protocol === 'SASL_SSL'
      ? ['ssl.truststore.type=PEM', `ssl.truststore.location=${fileFor(scratch, 'ca.pem', certificate.certPem)}`]
      : []),
  ];
  return fileFor(scratch, `${user}-${mechanism}-${protocol}.properties`, `${properties.join('\n')}\n`);
}

function as(user: string, password: string, mechanism = 'SCRAM-SHA-256', protocol: Protocol = 'SASL_PLAINTEXT') {
  const port = run.broker.listeners.find((listener) => listener.protocol === protocol)?.port;
  const common = [
    '--bootstrap-server',
    `127.0.0.1:${port}`,
    '--command-config',
    clientOf(user, password, mechanism, protocol),
  ];
  return async (tool: Parameters<typeof runTool>[1], args: readonly string[], stdin = '') => {
    const { code, stdout, stderr } = await runTool(install, tool, [...common, ...args], { stdin });
    return { code, output: `${stdout}${stderr}` };
  };
}

it.each([
  ['PLAIN', 'SASL_PLAINTEXT'],
  ['SCRAM-SHA-256', 'SASL_PLAINTEXT'],
  ['SCRAM-SHA-512', 'SASL_SSL'],
  ['PLAIN', 'SASL_SSL'],
] as const)('the Java client logs in with %s over %s, and not with a wrong password', async (mechanism, protocol) => {
  const { code, output } = await as('root', 'root secret', mechanism, protocol)('kafka-topics', ['--list']);
  expect(code, output).toBe(0);
  const refused = await as('root', 'a guess', mechanism, protocol)('kafka-topics', ['--list']);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(/SaslAuthenticationException/);
});

it('rules made by kafka-acls decide who may produce', async () => {
  const root = as('root', 'root secret');
  const alice = as('alice', 'alice secret');
  await root('kafka-topics', ['--create', '--topic', 'guarded']);
  const denied = await alice('kafka-console-producer', ['--topic', 'guarded', '--sync'], 'no\n');
  expect(denied.output).toContain('TopicAuthorizationException');
  const rule = [
    '--topic',
    'guarded',
    '--allow-principal',
    'User:alice',
    '--operation',
    'Write',
    '--operation',
    'Describe',
  ];
  expect((await root('kafka-acls', ['--add', ...rule])).output).toContain('principal=User:alice');
  const listed = (await root('kafka-acls', ['--list', '--topic', 'guarded'])).output;
  expect(listed).toContain('(principal=User:alice, host=*, operation=WRITE, permissionType=ALLOW)');
  expect(listed).toContain('(principal=User:alice, host=*, operation=DESCRIBE, permissionType=ALLOW)');
  const allowed = await alice('kafka-console-producer', ['--topic', 'guarded', '--sync'], 'yes\n');
  expect(allowed.output).not.toContain('Exception');
  expect((await root('kafka-get-offsets', ['--topic', 'guarded'])).output).toContain('guarded:0:1');
  await root('kafka-acls', ['--remove', '--force', ...rule]);
  expect((await root('kafka-acls', ['--list', '--topic', 'guarded'])).output).not.toContain('User:alice');
});

it('users made by kafka-configs can log in', async () => {
  const root = as('root', 'root secret');
  const bob = ['--entity-type', 'users', '--entity-name', 'bob'];
  const added = await root('kafka-configs', [
    '--alter',
    ...bob,
    '--add-config',
    'SCRAM-SHA-512=[iterations=8192,password=bob secret]',
  ]);
  expect(added.code, added.output).toBe(0);
  expect((await root('kafka-configs', ['--describe', ...bob])).output).toContain('SCRAM-SHA-512=iterations=8192');
  const { code, output } = await as('bob', 'bob secret', 'SCRAM-SHA-512')('kafka-topics', ['--list']);
  expect(code, output).toBe(0);
});
