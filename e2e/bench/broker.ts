import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineMissing, installKafka, type KafkaInstall } from '../engines/kafka/install.ts';
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

/** One row of figures about one broker: what was measured, in words. */
type Figures = Record<string, string>;

/** `npm run bench -- broker [records]`: our broker next to Apache Kafka, one after the other, the same load from the same clients. */
async function main(): Promise<void> {
  const install = await installKafka().catch((error: Error) => {
    if (!(error instanceof EngineMissing)) throw error;
    console.log(`Only our broker is measured, and not by the Java clients. ${error.message}`);
    return undefined;
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  try {
    const file = recordsFile(folder, records);
    const contenders: [string, () => Promise<Contender>][] = [
      ['Millrace', () => startOurs('group-commit')],
      ['Millrace, fsync none', () => startOurs('none')],
      ...(install === undefined
        ? []
        : ([[`Apache Kafka ${install.version}`, () => startTheirs(install)]] satisfies [
            string,
            () => Promise<Contender>,
          ][])),
    ];
    const columns: Record<string, Figures> = {};
    for (const [name, start] of contenders) columns[name] = await measure(start, file, install);
    console.log(
      `${thousands(records)} records of ${RECORD_BYTES} bytes, one partition, one client at a time, acks=all`,
    );
    console.table(transposed(columns));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  start: () => Promise<Contender>,
  file: string,
  install: KafkaInstall | undefined,
): Promise<Figures> {
  const figures: Figures = {};
  await using contender = await start();
  const { port, pid } = contender;
  figures['start, ms'] = thousands(contender.startMs);
  figures['memory after start, MB'] = thousands(residentMb(pid).now);
  const few = Math.round(records * KAFKAJS_SHARE);
  for (const topic of ['latency', 'kcat', 'kafkajs', 'java']) await createTopic(port, topic);
  await produceLatencies(port, 'latency', WARM_UP_REQUESTS);
  const latencies = await produceLatencies(port, 'latency', LATENCY_REQUESTS);
  const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN).toFixed(2);
  figures['produce of one record, p50 / p99 ms'] = `${at(0.5)} / ${at(0.99)}`;
  const loads: [string, () => Promise<Rate>][] = [
    ['produce by kcat', () => produceByKcat(port, 'kcat', file, records)],
    ['fetch by kcat', () => consumeByKcat(port, 'kcat', records)],
    ['produce by kafkajs', () => produceByKafkajs(port, 'kafkajs', few)],
    ['fetch by kafkajs', () => consumeByKafkajs(port, 'kafkajs', few)],
  ];
  if (install !== undefined) {
    loads.push(
      ['produce by Java', () => produceByJava(install, port, 'java', records)],
      ['fetch by Java', () => consumeByJava(install, port, 'java', records)],
    );
  }
  for (const [name, load] of loads) {
    const before = cpuSecondsOf(pid) ?? 0;
    const rate = await load().catch((error: unknown) => {
      if (error instanceof EngineMissing) return error.message;
      throw error;
    });
    figures[name] = typeof rate === 'string' ? rate : described(rate, (cpuSecondsOf(pid) ?? 0) - before);
  }
  const { now, peak } = residentMb(pid);
  figures['memory at the end / at most, MB'] = `${thousands(now)} / ${thousands(peak)}`;
  return figures;
}

function described({ records, seconds }: Rate, cpuSeconds: number): string {
  const megabytes = (records * RECORD_BYTES) / 1e6;
  return `${(megabytes / seconds).toFixed(0)} MB/s, ${thousands(records / seconds)}/s, CPU ${cpuSeconds.toFixed(2)} s`;
}

/** A row for each figure, a column for each broker. */
function transposed(columns: Record<string, Figures>): Record<string, Figures> {
  const rows: Record<string, Figures> = {};
  for (const [name, figures] of Object.entries(columns)) {
    for (const [figure, value] of Object.entries(figures)) rows[figure] = { ...rows[figure], [name]: value };
  }
  return rows;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
