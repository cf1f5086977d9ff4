import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrokerProcess, spawnBroker } from '../broker-process.ts';
import { batchOf, RawClient } from '../raw-client.ts';
import { seededRandom } from '../seeded-random.ts';
import { CompactedWriter } from './compacted-writer.ts';
import { IdempotentWriter } from './idempotent-writer.ts';
import { TransactionalWriter } from './transactional-writer.ts';
import { BrokenPromiseError, SEGMENT_BYTES, type Writer } from './writer.ts';

const WORK_MS_MAX = 400;
const KEPT = { 'segment.bytes': SEGMENT_BYTES, 'retention.ms': '-1' };
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.bytes': SEGMENT_BYTES,
  'min.cleanable.dirty.ratio': '0.2',
};

/** How to run it; the same seed gives the same plan, not the same moments. */
export interface CrashRun {
  readonly dataDir: string;
  readonly kills: number;
  readonly seed: number;
  /** Every so many kills everything is read; the last time always. */
  readonly verifyEvery: number;
  readonly report: (line: string) => void;
}

/**
 * Kills a broker with SIGKILL again and again while idempotent, transactional and compacted topics are written to, tears
 * the tail of a file now and then, and checks that every promise was kept. Throws {@link BrokenPromiseError}.
 *
 * @returns what was promised and found
 */
export async function runCrashes({ dataDir, kills, seed, verifyEvery, report }: CrashRun): Promise<string[]> {
  const random = seededRandom(seed);
  const writers: readonly Writer[] = [
    ...[0, 1].map((partition) => new IdempotentWriter('plain', partition, random)),
    ...['tx-a', 'tx-b', 'tx-c'].map((id) => new TransactionalWriter('exact', id, random)),
    new CompactedWriter('state', random),
  ];
  for (let kill = 0; kill < kills; kill++) {
    await withBroker(dataDir, async (broker) => {
      if (kill === 0) await createTopics(broker);
      else if (kill % verifyEvery === 0) {
        await verify(broker, writers);
        report(`${kill} of ${kills} kills survived`);
      }
      await writeUntilKilled(broker, writers, random() * WORK_MS_MAX);
    });
    if (random() < 0.3) await tearTail(dataDir, random);
  }
  await withBroker(dataDir, (broker) => verify(broker, writers));
  return writers.map((writer) => writer.summary());
}

async function withBroker(dataDir: string, work: (broker: BrokerProcess) => Promise<void>): Promise<void> {
  const broker = await spawnBroker(dataDir, '--housekeeping-ms', '25');
  try {
    await work(broker);
  } finally {
    await broker.end('SIGKILL');
  }
}

async function createTopics(broker: BrokerProcess): Promise<void> {
  const client = await RawClient.connect(broker.port);
  await client.createTopic('plain', 2, KEPT);
  await client.createTopic('exact', 2, KEPT);
  await client.createTopic('state', 1, COMPACTED);
  client.close();
}

async function verify(broker: BrokerProcess, writers: readonly Writer[]): Promise<void> {
  const client = await RawClient.connect(broker.port);
  await verifyAll(client, writers);
  client.close();
}

/**
 * All begin before any of them looks: what one left open would hide what another has committed behind it, as it should.
 */
export async function verifyAll(client: RawClient, writers: readonly Writer[]): Promise<void> {
  for (const writer of writers) await writer.verifyUntouched?.(client);
  for (const writer of writers) await writer.begin(client);
  for (const writer of writers) await writer.verify(client);
}

async function writeUntilKilled(broker: BrokerProcess, writers: readonly Writer[], workMs: number): Promise<void> {
  let begun = 0;
  let killed = false;
  let allBegun = () => {};
  const working = new Promise<void>((resolve) => {
    allBegun = resolve;
  });
  const ended = Promise.all(
    writers.map(async (writer) => {
      const client = await RawClient.connect(broker.port);
      try {
        await writer.begin(client);
        if (++begun === writers.length) allBegun();
        for (;;) await writer.step(client);
      } catch (error) {
        // The kill; anything else is what this run is looking for.
        if (!killed || error instanceof BrokenPromiseError || !/closed the connection/.test(String(error))) throw error;
      }
    }),
  );
  // The moment of the kill is the randomness of this run, so it is a time and not an event.
  await Promise.race([ended, working.then(() => sleep(workMs))]);
  killed = true;
  await broker.end('SIGKILL');
  await ended;
}

/** What a power failure may leave behind a file: the beginning of a batch that was never acknowledged. */
async function tearTail(dataDir: string, random: () => number): Promise<void> {
  const partitions = await readdir(join(dataDir, 'logs'));
  const directory = join(dataDir, 'logs', partitions[Math.floor(random() * partitions.length)] ?? '');
  const last = (await readdir(directory))
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (last !== undefined) await appendFile(join(directory, last), batchOf(['torn']).subarray(0, 30 + random() * 30));
}
