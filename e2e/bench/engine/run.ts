import { type COLUMNS, decodeOnly } from '../decode-only.ts';
import { EngineStack } from './stack.ts';
import { fillOrders } from './topics.ts';

const RECORDS_MAX = 5_000_000;
const RUNS_MAX = 20;
const records = Math.min(RECORDS_MAX, Number(process.argv[3] ?? 1_000_000));
const runs = Math.min(RUNS_MAX, Number(process.argv[4] ?? 3));
const wanted = process.argv[5] ?? 'all';
const PARALLELISM_MAX = 16;
const parallelism = Math.min(PARALLELISM_MAX, Number(process.argv[6] ?? 1));
const profile = process.env.MILLRACE_BENCH_PROFILE;

const kafka = (port: number, topic: string, more = '') =>
  `WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '127.0.0.1:${port}', 'topic' = '${topic}', 'format' = 'json'${more})`;
const READ = `, 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'`;
const source = (
  port: number,
) => `CREATE TABLE orders (order_id BIGINT, city STRING, amount DECIMAL(10, 2), status STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) ${kafka(port, 'bench_orders', READ)};`;
const QUERIES: Readonly<Record<keyof typeof COLUMNS, (port: number) => string>> = {
  filter: (port) => `${source(port)}
CREATE TABLE paid (order_id BIGINT, city STRING, amount DECIMAL(10, 2)) ${kafka(port, 'bench_paid')};
INSERT INTO paid SELECT order_id, city, amount FROM orders WHERE amount > 100 AND status <> 'CANCELED';`,
  tumble: (port) => `${source(port)}
CREATE TABLE counts (window_start TIMESTAMP(3), city STRING, n BIGINT) ${kafka(port, 'bench_counts')};
INSERT INTO counts SELECT window_start, city, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;`,
  group: (port) => `${source(port)}
CREATE TABLE totals (city STRING, n BIGINT, total DECIMAL(38, 2)) WITH ('connector' = 'blackhole');
INSERT INTO totals SELECT city, COUNT(*), SUM(amount) FROM orders GROUP BY city;`,
};

/** `npm run bench -- engine [records [runs [query|all [parallelism]]]]`: broker and workers alone, medians of several runs, next to the bare decode loop. */
async function main(): Promise<void> {
  await using stack = await EngineStack.start();
  const filled = performance.now();
  await fillOrders(stack.port, records, ['bench_paid', 'bench_counts', 'bench_empty']);
  console.log(`filled in ${((performance.now() - filled) / 1000).toFixed(1)} s`);
  const rows: Record<string, string>[] = [];
  for (const query of ['filter', 'tumble', 'group'] as const) {
    if (wanted !== 'all' && wanted !== query) continue;
    const sql = QUERIES[query](stack.port);
    const idle = sql.replace(`'bench_orders'`, `'bench_empty'`);
    const starts: number[] = [];
    const uses: number[] = [];
    const seconds: number[] = [];
    const yardsticks: number[] = [];
    let memory = 0;
    for (let run = 0; run < runs; run++) {
      yardsticks.push(decodeOnly(query, records));
      starts.push((await stack.run(idle, { parallelism })).cpuSeconds);
      const used = await stack.run(sql, { parallelism, profile });
      uses.push(used.cpuSeconds);
      seconds.push(used.seconds);
      memory = Math.max(memory, used.peakMemoryMb);
    }
    const cpu = median(uses);
    const start = median(starts);
    const yardstick = median(yardsticks);
    rows.push({
      query,
      'CPU s': cpu.toFixed(2),
      'of it start': start.toFixed(2),
      'records per CPU s': thousands(records / cpu),
      'without start': thousands(records / (cpu - start)),
      'records/s (wall)': thousands(records / median(seconds)),
      'decode only': thousands(yardstick),
      ratio: `${Math.round((records / cpu / yardstick) * 100)} %`,
      'ratio without start': `${Math.round((records / (cpu - start) / yardstick) * 100)} %`,
      'peak memory': `${Math.round(memory)} MB`,
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  console.table(rows);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

await main();
