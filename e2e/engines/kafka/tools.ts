import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { KafkaInstall } from './install.ts';

/** The programs behind Kafka's shell scripts, by the name of the script. */
const TOOLS = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
} as const;

export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A JVM that shares two cores with others starts in a quarter of a minute, and some tools start several clients. */
const TOOL_MS_MAX = 180_000;
/** Starts fast: these programs live for seconds. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Dlog4j2.level=ERROR'];

/** Runs one of Kafka's own tools to its end; killed after {@link TOOL_MS_MAX}. */
export async function runTool(
  install: KafkaInstall,
  tool: keyof typeof TOOLS,
  args: readonly string[],
  options: { readonly stdin?: string; readonly jvm?: readonly string[] } = {},
): Promise<ToolRun> {
  const jvm = options.jvm ?? JVM;
  const child = spawn(install.java, [...jvm, '-cp', `${install.libs}/*`, TOOLS[tool], ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TOOL_MS_MAX,
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, stdout, stderr };
}

/** Writes a file for a tool, such as a client's properties, and returns its path. */
export function fileFor(folder: string, name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
