import { Kafka, logLevel } from 'kafkajs';
import { Api } from '../support/api.ts';
import { product } from '../support/product.ts';
import { startProduct } from '../support/start-product.ts';
import { decodeOnly } from './decode-only.ts';
import { orderJson } from './orders.ts';
import { runJob } from './run-job.ts';

const RECORDS_MAX = 5_000_000;
const records = Math.min(RECORDS_MAX, Number(process.argv[2] ?? 1_000_000));
const PARTITIONS = 4;
const BATCH = 2_000;

const SOURCE = `CREATE TABLE orders (order_id BIGINT, city STRING, amount DECIMAL(10, 2), status STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'bench_orders', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');`;

const QUERIES: Readonly<Record<'filter' | 'tumble', string>> = {
  filter: `${SOURCE}
CREATE TABLE paid (order_id BIGINT, city STRING, amount DECIMAL(10, 2)) WITH ('connector' = 'kafka', 'topic' = 'bench_paid', 'format' = 'json');
INSERT INTO paid SELECT order_id, city, amount FROM orders WHERE amount > 100 AND status <> 'CANCELED';`,
  tumble: `${SOURCE}
CREATE TABLE counts (window_start TIMESTAMP(3), city STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'bench_counts', 'format' = 'json');
INSERT INTO counts SELECT window_start, city, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;`,
};

/** Kafka -> query -> Kafka on the embedded stack, parallelism 1, at-least-once, against a bare decode loop over the same bytes. */
async function main(): Promise<void> {
  const stop = await startProduct(['--no-demo']);
  try {
    await fill();
    const api = await Api.signIn();
    const rows: Record<string, string>[] = [];
    for (const query of ['filter', 'tumble'] as const) {
      const yardstick = decodeOnly(query, records);
      const run = await runJob(api, `bench-${query}`, QUERIES[query]);
      rows.push({
        query: query === 'filter' ? 'Kafka -> filter -> Kafka' : 'Kafka -> tumbling count -> Kafka',
        'records/s (wall)': thousands(records / run.seconds),
        'records per CPU second': thousands(records / run.cpuSeconds),
        'CPU seconds': run.cpuSeconds.toFixed(2),
        'decode only, per CPU second': thousands(yardstick),
        ratio: `${Math.round((records / run.cpuSeconds / yardstick) * 100)} %`,
      });
    }
    console.table(rows);
  } finally {
    await stop();
  }
}

async function fill(): Promise<void> {
  const kafka = new Kafka({ brokers: [product().kafkaBrokers], logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'bench_orders', numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const started = performance.now();
  for (let at = 0; at < records; at += BATCH) {
    const partition = (at / BATCH) % PARTITIONS;
    await producer.send({
      topic: 'bench_orders',
      messages: Array.from({ length: BATCH }, (_, offset) => ({ partition, value: orderJson(at + offset) })),
    });
  }
  await producer.disconnect();
  console.log(
    `filled bench_orders with ${thousands(records)} records in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
