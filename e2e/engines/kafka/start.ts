import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { KafkaInstall } from './install.ts';
import { Connection } from './wire/connection.ts';

const START_MS_MAX = 90_000;
const STOP_MS_MAX = 20_000;

/** A real Apache Kafka of one node on loopback. Stopped, and its scratch folder removed, by whoever started it. */
export interface RunningKafka extends AsyncDisposable {
  readonly port: number;
  /** The listener of the users. */
  readonly loginPort: number;
  readonly pid: number;
  /** From the start of the process until it answered as a registered broker. */
  readonly startMs: number;
}

export interface KafkaOptions {
  /** Added to, or instead of, the properties below. */
  readonly properties?: Readonly<Record<string, string>>;
  /** `small` starts fast and stays small; `server` is what Kafka's own start script gives it. */
  readonly jvm?: 'small' | 'server';
  /** Opens a second listener on which these users log in by PLAIN; the rules hold for them, `root` and the first listener may do everything. */
  readonly users?: Readonly<Record<string, string>>;
  /** For `storage format`, such as `transaction.version=0`. */
  readonly features?: readonly string[];
}

const JVM = {
  small: ['-Xms256m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  server: [
    '-server',
    '-Xms1g',
    '-Xmx1g',
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:+ExplicitGCInvokesConcurrent',
  ],
} as const;

const LOG4J = `status = error
appender.file.type = File
appender.file.name = file
appender.file.fileName = \${sys:kafka.logs.dir}/server.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
`;

/** Formats a scratch folder and starts Kafka on it as broker and controller in one process (KRaft). */
export async function startKafka(install: KafkaInstall, options: KafkaOptions = {}): Promise<RunningKafka> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'millrace-kafka-'));
  const [port = 0, controllerPort = 0, loginPort = 0] = await freePorts(3);
  const config = path.join(scratch, 'server.properties');
  const all = {
    ...properties(port, controllerPort, path.join(scratch, 'data')),
    ...(options.users === undefined ? {} : loginProperties(port, controllerPort, loginPort, options.users)),
    ...options.properties,
  };
  writeFileSync(
    config,
    Object.entries(all)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  writeFileSync(path.join(scratch, 'log4j2.properties'), LOG4J);
  const jvm = [
    ...['-Djava.awt.headless=true', `-Dkafka.logs.dir=${scratch}`, '-cp', `${install.libs}/*`],
    `-Dlog4j2.configurationFile=${path.join(scratch, 'log4j2.properties')}`,
  ];
  const remove = () => rm(scratch, { recursive: true, force: true });
  try {
    await format(install.java, [...JVM.small, ...jvm], config, options.features ?? []);
    const output = openSync(path.join(scratch, 'output.log'), 'w');
    const started = performance.now();
    const child = spawn(install.java, [...JVM[options.jvm ?? 'small'], ...jvm, 'kafka.Kafka', config], {
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    try {
      await ready(child, port, install);
    } catch (error) {
      await stop(child);
      throw new Error(`Apache Kafka did not start: ${readFileSync(path.join(scratch, 'output.log'), 'utf8')}`, {
        cause: error,
      });
    }
    return {
      port,
      loginPort,
      pid: child.pid ?? -1,
      startMs: performance.now() - started,
      [Symbol.asyncDispose]: async () => {
        await stop(child);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function properties(port: number, controllerPort: number, dataDir: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataDir,
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // The default reserves 128 MiB of heap for compaction.
    'log.cleaner.dedupe.buffer.size': '4194304',
  };
}

function loginProperties(
  port: number,
  controllerPort: number,
  loginPort: number,
  users: Readonly<Record<string, string>>,
): Record<string, string> {
  const outside = `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${loginPort}`;
  const names = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`);
  const login = 'listener.name.sasl_plaintext';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    listeners: `${outside},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': outside,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${login}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required ${names.join(' ')};`,
    [`${login}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${login}.scram-sha-512.sasl.jaas.config`]: scram,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:root;User:ANONYMOUS',
  };
}

async function format(
  java: string,
  jvm: readonly string[],
  config: string,
  features: readonly string[],
): Promise<void> {
  const clusterId = randomBytes(16).toString('hex').slice(0, 22);
  const more = features.flatMap((feature) => ['--feature', feature]);
  const args = [...jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config, ...more];
  await promisify(execFile)(java, args, { timeout: START_MS_MAX });
}

/** Waits until Metadata shows the broker; fails at once when the process ends. */
async function ready(child: ChildProcess, port: number, install: KafkaInstall): Promise<void> {
  const messages = await install.messages();
  const end = performance.now() + START_MS_MAX;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the process ended');
    if (performance.now() > end) throw new Error(`not ready within ${START_MS_MAX} ms`);
    const connection = await Connection.open(port, messages).catch(() => undefined);
    try {
      const body = { topics: [], allow_auto_topic_creation: false };
      const answer = await connection?.call({ api: 'Metadata', version: 9, body });
      if ((answer as { brokers?: unknown[] } | undefined)?.brokers?.length === 1) return;
    } catch {
      // Accepted too early; asked again below.
    } finally {
      connection?.close();
    }
    await delay(20);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await exited.finally(() => clearTimeout(timer));
}

/** Ports nobody listens on right now; held all at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
