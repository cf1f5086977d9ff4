import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BrokerProcess, spawnBroker } from './testing/broker-process.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';

const BATCH_BYTES = 900_000;
const STARTS = 5;

/**
 * `npm run bench:broker [-- --partitions 1000 --log-mb 1000]`: how fast the broker alone starts, how much memory and how
 * many files it holds with many partitions and a large log. Linux, because it reads /proc.
 */
const { values } = parseArgs({
  options: { partitions: { type: 'string', default: '1000' }, 'log-mb': { type: 'string', default: '1000' } },
});
const partitions = Number(values.partitions);
const logBytes = Number(values['log-mb']) * 1_000_000;
const dataDir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));

function report(what: string, broker: BrokerProcess, startMs?: number): void {
  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8');
  const megabytes = (field: string) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  const stat = readFileSync(`/proc/${broker.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const cpuMs = (Number(stat[11]) + Number(stat[12])) * 10;
  const files = readdirSync(`/proc/${broker.pid}/fd`).length;
  const started = startMs === undefined ? '' : `started in ${Math.round(startMs)} ms, `;
  const memory = `${megabytes('VmRSS')} MB resident (peak ${megabytes('VmHWM')})`;
  console.info(`${what}: ${started}${cpuMs} ms of CPU so far, ${memory}, ${files} descriptors`);
}

async function start(): Promise<{ readonly broker: BrokerProcess; readonly ms: number }> {
  const startedAt = performance.now();
  const broker = await spawnBroker(dataDir, '--fsync', 'none');
  return { broker, ms: performance.now() - startedAt };
}

async function restarted(what: string, broker: BrokerProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<BrokerProcess> {
  await broker.end(signal);
  const next = await start();
  report(what, next.broker, next.ms);
  return next.broker;
}

async function fill(broker: BrokerProcess): Promise<void> {
  const client = await RawClient.connect(broker.port);
  await client.createTopic('large', 1, { 'retention.ms': '-1' });
  const value = 'x'.repeat(BATCH_BYTES);
  for (let bytes = 0; bytes < logBytes; bytes += BATCH_BYTES) await client.produce('large', batchOf([value]));
  client.close();
}

async function readAll(broker: BrokerProcess): Promise<number> {
  const client = await RawClient.connect(broker.port);
  let bytes = 0;
  const end = (await client.listOffset('large', -1)).offset;
  for (let offset = 0; offset < end; offset++) {
    const { records } = await client.fetch('large', offset, { maxBytes: 1 });
    bytes += records.length;
  }
  client.close();
  return bytes;
}

const starts: number[] = [];
for (let i = 0; i < STARTS; i++) {
  const { broker, ms } = await start();
  starts.push(ms);
  if (i === STARTS - 1) report('empty', broker);
  await broker.end('SIGTERM');
}
starts.sort((a, b) => a - b);
console.info(
  `empty: started in ${Math.round(starts[0] ?? 0)} ms at best, ${Math.round(starts[2] ?? 0)} ms in the middle`,
);

let { broker } = await start();
const client = await RawClient.connect(broker.port);
const startedAt = performance.now();
for (let left = partitions, i = 0; left > 0; left -= 100, i++)
  await client.createTopic(`many-${i}`, Math.min(left, 100));
for (let p = 0; p < partitions; p++) {
  await client.produce(`many-${Math.floor(p / 100)}`, batchOf(['x'.repeat(1000)]), { partition: p % 100 });
}
report(`${partitions} partitions created and written to in ${Math.round(performance.now() - startedAt)} ms`, broker);
client.close();
broker = await restarted(`${partitions} partitions after a stop`, broker, 'SIGTERM');
const fillStartedAt = performance.now();
await fill(broker);
const fillSeconds = (performance.now() - fillStartedAt) / 1000;
report(`${values['log-mb']} MB written at ${Math.round(logBytes / 1e6 / fillSeconds)} MB/s`, broker);
const readStartedAt = performance.now();
const readBytes = await readAll(broker);
const readSeconds = (performance.now() - readStartedAt) / 1000;
report(`${Math.round(readBytes / 1e6)} MB read at ${Math.round(readBytes / 1e6 / readSeconds)} MB/s`, broker);
broker = await restarted('after a stop', broker, 'SIGTERM');
broker = await restarted('after a kill', broker, 'SIGKILL');
await broker.end('SIGTERM');
await rm(dataDir, { recursive: true });
