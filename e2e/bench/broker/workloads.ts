import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { batchOf, RawClient } from '../../../packages/broker/src/testing/raw-client.ts';
import type { KafkaInstall } from '../../engines/kafka/install.ts';
import { kcat } from '../../engines/kafka/kcat.ts';
import { runTool } from '../../engines/kafka/tools.ts';

/** Every record is this long, key-less; about a small JSON document. */
export const RECORD_BYTES = 200;

/** What one client did: how many records, and how long it took from its first request to its last answer. */
export interface Rate {
  readonly records: number;
  readonly seconds: number;
}

const KAFKAJS_BATCH = 2_000;
/** The clients of the JVM may compile as they like: it is the broker that is measured. */
const CLIENT_JVM = ['-Xmx512m', '-Dlog4j2.level=ERROR'];

/** A text file of records for kcat: one a line, none the same. */
export function recordsFile(folder: string, records: number): string {
  const file = path.join(folder, 'records.txt');
  const lines = Array.from(
    { length: records },
    (_, i) => `${String(i).padStart(12, '0')} ${FILLING.slice(i % 64, (i % 64) + RECORD_BYTES - 13)}`,
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

// Text as it is: repetitive, but not one character over and over.
const FILLING = Array.from({ length: 60 }, (_, i) => `{"field_${i}":${i * 7919}}`).join(',');

async function timed(records: number, work: () => Promise<unknown>): Promise<Rate> {
  const started = performance.now();
  await work();
  return { records, seconds: (performance.now() - started) / 1000 };
}

export async function createTopic(port: number, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true });
  await admin.disconnect();
}

/** librdkafka with its defaults, acks=all: the time of the whole program. */
export function produceByKcat(port: number, topic: string, file: string, records: number): Promise<Rate> {
  return timed(records, () =>
    kcat(port, [
      '-P',
      '-t',
      topic,
      '-p',
      '0',
      '-l',
      '-X',
      'acks=all',
      '-X',
      'queue.buffering.max.messages=1000000',
      file,
    ]),
  );
}

export function consumeByKcat(port: number, topic: string, records: number): Promise<Rate> {
  return timed(records, () =>
    kcat(port, ['-C', '-t', topic, '-p', '0', '-o', 'beginning', '-c', String(records), '-q', '-f', '']),
  );
}

/** One send after another: kafkajs waits for each of its batches. */
export async function produceByKafkajs(port: number, topic: string, records: number): Promise<Rate> {
  const producer = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const messages = Array.from({ length: KAFKAJS_BATCH }, (_, i) => ({
    value: FILLING.slice(i % 64, (i % 64) + RECORD_BYTES),
  }));
  const rate = await timed(records, async () => {
    for (let sent = 0; sent < records; sent += KAFKAJS_BATCH) await producer.send({ topic, messages, acks: -1 });
  });
  await producer.disconnect();
  return rate;
}

export async function consumeByKafkajs(port: number, topic: string, records: number): Promise<Rate> {
  const consumer = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).consumer({
    groupId: `${topic}-readers`,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  let first = 0;
  const all = new Promise<number>((resolve, reject) => {
    consumer
      .run({
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch }) => {
          first ||= performance.now();
          seen += batch.messages.length;
          if (seen >= records) resolve(performance.now());
        },
      })
      .catch(reject);
  });
  const last = await all;
  await consumer.disconnect();
  return { records: seen, seconds: (last - first) / 1000 };
}

/** The Java producer, by its own count. */
export async function produceByJava(
  install: KafkaInstall,
  port: number,
  topic: string,
  records: number,
): Promise<Rate> {
  const args = [
    '--topic',
    topic,
    '--num-records',
    String(records),
    '--record-size',
    String(RECORD_BYTES),
    '--throughput',
    '-1',
  ];
  const { stdout, stderr } = await runTool(
    install,
    'kafka-producer-perf-test',
    ['--bootstrap-server', `127.0.0.1:${port}`, ...args, '--command-property', 'acks=all'],
    { jvm: CLIENT_JVM },
  );
  const perSecond = Number(/records sent, ([\d.]+) records\/sec(?![\s\S]*records\/sec)/.exec(stdout)?.[1]);
  if (!(perSecond > 0)) throw new Error(`kafka-producer-perf-test said: ${stdout}${stderr}`);
  return { records, seconds: records / perSecond };
}

/** The Java consumer, without the time it takes to join its group. */
export async function consumeByJava(
  install: KafkaInstall,
  port: number,
  topic: string,
  records: number,
): Promise<Rate> {
  const args = ['--topic', topic, '--num-records', String(records), '--group', `${topic}-java`, '--timeout', '60000'];
  const { stdout, stderr } = await runTool(
    install,
    'kafka-consumer-perf-test',
    ['--bootstrap-server', `127.0.0.1:${port}`, ...args],
    { jvm: CLIENT_JVM },
  );
  const fields = stdout.trim().split('\n').at(-1)?.split(',') ?? [];
  const [seen, fetchMs] = [Number(fields[4]), Number(fields[7])];
  if (!(seen > 0 && fetchMs > 0)) throw new Error(`kafka-consumer-perf-test said: ${stdout}${stderr}`);
  return { records: seen, seconds: fetchMs / 1000 };
}

/** Milliseconds from a produce request of one record (acks=all) to its answer, one after another: sorted. */
export async function produceLatencies(port: number, topic: string, requests: number): Promise<number[]> {
  const client = await RawClient.connect(port);
  const batch = batchOf(['x'.repeat(RECORD_BYTES)], undefined, Date.now());
  const latencies: number[] = [];
  for (let i = 0; i < requests; i++) {
    const started = performance.now();
    const { error } = await client.produce(topic, batch);
    if (error !== 'NONE') throw new Error(`produce answered ${error}`);
    latencies.push(performance.now() - started);
  }
  client.close();
  return latencies.sort((a, b) => a - b);
}
