import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { SIDE_INPUT_FILE, sideInputCsv } from '../../../packages/testing/src/nexmark-side-input.ts';
import { Flink } from '../../engines/flink/flink.ts';
import { installFlink } from '../../engines/flink/install.ts';
import { quoteReserved } from '../../engines/flink/reserved-words.ts';
import { EngineStack } from '../engine/stack.ts';
import { queryNames, queryScript, tablesRead } from '../sql/nexmark.ts';
import { createTopics, fillTopics } from '../sql/topics.ts';

const EVENTS_MAX = 5_000_000;
const events = Math.min(EVENTS_MAX, Math.max(1_000, Number(process.argv[3] ?? 500_000)));
const wanted = process.argv.slice(4);
/** How often Flink runs a query before it is timed: its code is compiled by then, as in a job that has run for a while. */
const WARM_RUNS = 2;

/**
 * Nexmark from the same topics of our broker into nothing, parallelism 1: a worker of ours, its start included, next to Apache Flink in one
 * process that has run the query before. CPU seconds; what the broker uses counts for neither.
 */
async function main(): Promise<void> {
  await using stack = await EngineStack.start();
  await using flink = Flink.start(await installFlink());
  writeFileSync(path.join(stack.filesRoot, SIDE_INPUT_FILE), sideInputCsv());
  const kafka = new Kafka({ brokers: [`127.0.0.1:${stack.port}`], logLevel: logLevel.ERROR });
  await createTopics(kafka);
  const counts = await fillTopics(kafka, stack, events);
  const rows: Record<string, string>[] = [];
  for (const query of queryNames().filter((name) => wanted.length === 0 || wanted.includes(name))) {
    const script = queryScript(query, stack.port);
    const read = tablesRead(query).reduce((sum, stream) => sum + (counts.get(stream) ?? 0), 0);
    const ours = await stack.run(script, { parallelism: 1 });
    const theirs = await flinkSeconds(flink, script);
    const figures = { query, 'records read': thousands(read), ours: thousands(read / ours.cpuSeconds) };
    rows.push(
      typeof theirs === 'string'
        ? { ...figures, Flink: theirs }
        : { ...figures, Flink: thousands(read / theirs), 'ours to Flink': (theirs / ours.cpuSeconds).toFixed(2) },
    );
    console.log(JSON.stringify(rows.at(-1)));
  }
  console.log('records per CPU second:');
  console.table(rows);
}

/** CPU seconds of the last run; or why Flink does not run it. */
async function flinkSeconds(flink: Flink, script: string): Promise<number | string> {
  const statements = quoteReserved(script)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  let used = 0;
  for (let run = 0; run <= WARM_RUNS; run++) {
    const result = await flink.run(statements);
    if ('error' in result) return `refused: ${result.error.slice(-120)}`;
    used = result.cpuSeconds;
  }
  return used;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
