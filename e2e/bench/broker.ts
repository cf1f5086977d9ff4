import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installKafka, type KafkaInstall } from '../engines/kafka/install.ts';
import { EngineMissing } from '../engines/maven.ts';
import { type Contender, startOurs, startTheirs } from './broker/contenders.ts';
import { residentMb } from './broker/memory.ts';
import {
  consumeByJava,
  consumeByKafkajs,
  consumeByKcat,
  createTopic,
  produceByJava,
  produceByKafkajs,
  produceByKcat,
  produceLatencies,
  type Rate,
  RECORD_BYTES,
  recordsFile,
} from './broker/workloads.ts';
import { cpuSecondsOf } from './cpu.ts';

const RECORDS_MAX = 5_000_000;
const records = Math.min(RECORDS_MAX, Number(process.argv[3] ?? 500_000));
const LATENCY_REQUESTS = 3_000;
const WARM_UP_REQUESTS = 500;
/** kafkajs is slower than any broker: a part of the records is enough. */
const KAFKAJS_SHARE = 0.4;

/**
 * Every load is run so often on each broker, by turns, and the best run counts: a machine that has something else to do
 * for a moment then disturbs none of them.
 */
const ROUNDS = 3;

/** One column of figures about one broker: what was measured, in words. */
type Figures = Record<string, string>;

/** What one run of a load says, better when `cost` is lower. */
interface Result {
  readonly cost: number;
  readonly text: string;
}

interface Load {
  readonly title: string;
  /** @param round names the topics of this turn */
  run(port: number, round: number): Promise<Rate>;
}

/** `npm run bench -- broker [records]`: our broker next to Apache Kafka, by turns, the same load from the same clients. */
async function main(): Promise<void> {
  const install = await installKafka().catch((error: Error) => {
    if (!(error instanceof EngineMissing)) throw error;
    console.log(`Only our broker is measured, and not by the Java clients. ${error.message}`);
    return undefined;
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const running: [string, Contender][] = [];
  try {
    const file = recordsFile(folder, records);
    const starts: [string, () => Promise<Contender>][] = [
      ['Millrace', () => startOurs('group-commit')],
      ['Millrace, fsync none', () => startOurs('none')],
    ];
    if (install !== undefined) starts.push([`Apache Kafka ${install.version}`, () => startTheirs(install)]);
    const columns = new Map<string, Figures>();
    for (const [name, start] of starts) {
      const { contender, figures } = await started(start);
      running.push([name, contender]);
      columns.set(name, figures);
    }
    await measure(running, columns, loadsOf(file, install));
    console.log(
      `${thousands(records)} records of ${RECORD_BYTES} bytes, one partition, one client at a time, acks=all, best of ${ROUNDS}`,
    );
    console.table(transposed(columns));
  } finally {
    for (const [, contender] of running) await contender[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Started twice: the first time everything comes from the disk. */
async function started(start: () => Promise<Contender>): Promise<{ contender: Contender; figures: Figures }> {
  const first = await start();
  await first[Symbol.asyncDispose]();
  const contender = await start();
  const startMs = Math.min(first.startMs, contender.startMs);
  const figures = {
    'start, ms': thousands(startMs),
    'memory after start, MB': thousands(residentMb(contender.pid).now),
  };
  return { contender, figures };
}

async function measure(
  running: readonly [string, Contender][],
  columns: ReadonlyMap<string, Figures>,
  loads: readonly Load[],
): Promise<void> {
  const best = new Map<string, number>();
  const keep = (name: string, title: string, { cost, text }: Result) => {
    const figures = columns.get(name);
    if (figures === undefined || cost >= (best.get(`${name}: ${title}`) ?? Number.POSITIVE_INFINITY)) return;
    best.set(`${name}: ${title}`, cost);
    figures[title] = text;
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { port }] of running) {
      keep(name, 'produce of one record, p50 / p99 ms', await latencyOf(port, round));
      for (const client of ['kcat', 'kafkajs', 'java']) await createTopic(port, `${client}-${round}`);
    }
    for (const load of loads) {
      for (const [name, contender] of running) keep(name, load.title, await resultOf(load, contender, round));
    }
  }
  for (const [name, { pid }] of running) {
    const { now, peak } = residentMb(pid);
    keep(name, 'memory at the end / at most, MB', { cost: peak, text: `${thousands(now)} / ${thousands(peak)}` });
  }
}

async function latencyOf(port: number, round: number): Promise<Result> {
  const topic = `latency-${round}`;
  await createTopic(port, topic);
  await produceLatencies(port, topic, WARM_UP_REQUESTS);
  const latencies = await produceLatencies(port, topic, LATENCY_REQUESTS);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { cost: at(0.99), text: `${at(0.5).toFixed(2)} / ${at(0.99).toFixed(2)}` };
}

function loadsOf(file: string, install: KafkaInstall | undefined): Load[] {
  const few = Math.round(records * KAFKAJS_SHARE);
  const loads: Load[] = [
    { title: 'produce by kcat', run: (port, round) => produceByKcat(port, `kcat-${round}`, file, records) },
    { title: 'fetch by kcat', run: (port, round) => consumeByKcat(port, `kcat-${round}`, records) },
    { title: 'produce by kafkajs', run: (port, round) => produceByKafkajs(port, `kafkajs-${round}`, few) },
    { title: 'fetch by kafkajs', run: (port, round) => consumeByKafkajs(port, `kafkajs-${round}`, few) },
  ];
  if (install === undefined) return loads;
  return [
    ...loads,
    { title: 'produce by Java', run: (port, round) => produceByJava(install, port, `java-${round}`, records) },
    { title: 'fetch by Java', run: (port, round) => consumeByJava(install, port, `java-${round}`, records) },
  ];
}

async function resultOf(load: Load, { port, pid }: Contender, round: number): Promise<Result> {
  const before = cpuSecondsOf(pid) ?? 0;
  const rate = await load.run(port, round).catch((error: unknown) => {
    if (error instanceof EngineMissing) return error.message;
    throw error;
  });
  if (typeof rate === 'string') return { cost: 0, text: rate };
  return { cost: rate.seconds / rate.records, text: described(rate, (cpuSecondsOf(pid) ?? 0) - before) };
}

function described({ records, seconds }: Rate, cpuSeconds: number): string {
  const megabytes = (records * RECORD_BYTES) / 1e6;
  return `${(megabytes / seconds).toFixed(0)} MB/s, ${thousands(records / seconds)}/s, CPU ${cpuSeconds.toFixed(2)} s`;
}

/** A row for each figure, a column for each broker. */
function transposed(columns: ReadonlyMap<string, Figures>): Record<string, Figures> {
  const rows: Record<string, Figures> = {};
  for (const [name, figures] of columns) {
    for (const [figure, value] of Object.entries(figures)) rows[figure] = { ...rows[figure], [name]: value };
  }
  return rows;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
