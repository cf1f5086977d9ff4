import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { SIDE_INPUT_FILE, sideInputCsv } from '../../../packages/testing/src/nexmark-side-input.ts';
import { decodeSeconds } from '../decode-only.ts';
import { EngineStack } from '../engine/stack.ts';
import { columnsRead, queryNames, queryScript, STREAMS, type Stream, tablesRead } from './nexmark.ts';
import { createTopics, fillTopics } from './topics.ts';

const EVENTS_MAX = 5_000_000;
const events = Math.min(EVENTS_MAX, Math.max(1_000, Number(process.argv[3] ?? 500_000)));
const wanted = process.argv.slice(4);
/** Records kept for the yardstick: decoded over and over. */
const SAMPLE = 10_000;

/** Nexmark from Kafka into nothing on the embedded broker and one worker, parallelism 1, at-least-once, against a bare decode loop over the same bytes. */
async function main(): Promise<void> {
  await using stack = await EngineStack.start();
  const kafka = new Kafka({ brokers: [`127.0.0.1:${stack.port}`], logLevel: logLevel.ERROR });
  writeFileSync(path.join(stack.filesRoot, SIDE_INPUT_FILE), sideInputCsv());
  await createTopics(kafka);
  const start = await startSeconds(stack);
  const counts = await fillTopics(kafka, stack, events);
  const filled = [...counts].map(([stream, count]) => `${thousands(count)} ${stream}s`);
  console.log(`filled the topics: ${filled.join(', ')}`);
  const samples = new Map<Stream, Buffer[]>();
  for (const stream of STREAMS) samples.set(stream, await sampleOf(kafka, stream));
  const rows: Record<string, string>[] = [];
  for (const query of queryNames().filter((name) => wanted.length === 0 || wanted.includes(name))) {
    const read = tablesRead(query).reduce((sum, stream) => sum + (counts.get(stream) ?? 0), 0);
    const yardstick = yardstickSeconds(query, counts, samples);
    const run = await stack.run(queryScript(query, stack.port), {
      parallelism: 1,
      profile: process.env.MILLRACE_BENCH_PROFILE,
    });
    rows.push({
      query,
      'records read': thousands(read),
      'records/s (wall)': thousands(read / run.seconds),
      'records per CPU second': thousands(read / run.cpuSeconds),
      'without start': thousands(read / (run.cpuSeconds - start)),
      'CPU seconds': run.cpuSeconds.toFixed(2),
      'peak memory': `${Math.round(run.peakMemoryMb)} MB`,
      'of decode only': `${Math.round((yardstick / run.cpuSeconds) * 100)} %`,
      'of it without start': `${Math.round((yardstick / (run.cpuSeconds - start)) * 100)} %`,
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  console.table(rows);
}

/** CPU seconds of a worker that finds nothing to read: the median of three. */
async function startSeconds(stack: EngineStack): Promise<number> {
  const used: number[] = [];
  for (let run = 0; run < 3; run++)
    used.push((await stack.run(queryScript('q0', stack.port), { parallelism: 1 })).cpuSeconds);
  return used.toSorted((a, b) => a - b)[1] ?? 0;
}

async function sampleOf(kafka: Kafka, stream: Stream): Promise<Buffer[]> {
  const consumer = kafka.consumer({ groupId: `sample-${stream}` });
  const found: Buffer[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: `nexmark_${stream}`, fromBeginning: true });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 20_000);
    void consumer.run({
      eachMessage: async ({ message }) => {
        if (message.value !== null && found.length < SAMPLE) found.push(message.value);
        if (found.length < Math.min(SAMPLE, Math.floor(events / 50))) return;
        clearTimeout(timer);
        resolve();
      },
    });
  });
  await consumer.disconnect();
  return found;
}

/** CPU seconds of a loop that only decodes the columns this query reads, of as many records. */
function yardstickSeconds(
  query: string,
  counts: ReadonlyMap<Stream, number>,
  samples: ReadonlyMap<Stream, Buffer[]>,
): number {
  let seconds = 0;
  for (const [stream, fields] of columnsRead(query)) {
    const name = STREAMS.find((each) => each === stream);
    const lines = name === undefined ? [] : (samples.get(name) ?? []);
    if (name !== undefined && lines.length > 0) seconds += decodeSeconds(fields, lines, counts.get(name) ?? 0);
  }
  return seconds;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
