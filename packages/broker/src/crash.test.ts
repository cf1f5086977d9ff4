import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawnBroker } from './testing/broker-process.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { runBroker } from './testing/running-broker.ts';
import { printedSeed, seededRandom } from './testing/seeded-random.ts';

const KILLS = 10;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function logFile(): Promise<string> {
  const directory = join(dataDir, 'logs', 't-0');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort();
  return join(directory, names.at(-1) ?? '');
}

describe('a broker that is killed', () => {
  it('has every acknowledged record exactly once afterwards, through ten kills and torn tails', async () => {
    const random = seededRandom(printedSeed('kills'));
    let next = 0;
    let producer = { error: 'NONE' as const, producerId: -1, epoch: -1 } as Awaited<
      ReturnType<RawClient['initProducer']>
    >;
    for (let kill = 0; kill < KILLS; kill++) {
      const broker = await spawnBroker(dataDir);
      const client = await RawClient.connect(broker.port);
      if (kill === 0) {
        // Small segments, so that kills also meet the roll from one file to the next.
        await client.createTopic('t', 1, { 'segment.bytes': '4096' });
        producer = await client.initProducer(null);
      }
      const killAfter = 20 + Math.floor(random() * 60);
      let ended: Promise<unknown> | undefined;
      try {
        for (let acknowledged = 0; ; ) {
          // The same batch until it is acknowledged: what an idempotent producer does after a lost answer.
          const answer = await client.produce('t', batchOf([`${next}`], { ...producer, baseSequence: next }));
          expect(answer).toEqual({ error: 'NONE', baseOffset: next });
          next++;
          if (++acknowledged === killAfter) {
            ended = broker.end('SIGKILL');
            // Requests under way when it dies: acknowledged, written or lost.
            for (let i = 0; ; i++) {
              const more = await client.produce('t', batchOf([`${next}`], { ...producer, baseSequence: next }));
              expect(more).toEqual({ error: 'NONE', baseOffset: next });
              next++;
              if (i > 10_000) throw new Error('the broker did not die');
            }
          }
        }
      } catch (error) {
        expect(String(error)).toMatch(/closed the connection/);
      }
      await ended;
      if (kill % 2 === 0)
        await appendFile(await logFile(), batchOf(['torn']).subarray(0, 30 + Math.floor(random() * 30)));
    }
    await using run = await runBroker({ dataDir });
    expect((await run.client.produce('t', batchOf([`${next}`], { ...producer, baseSequence: next }))).error).toBe(
      'NONE',
    );
    const seen = await readLog(run.client, 't');
    expect(seen.map((r) => r.value)).toEqual(Array.from({ length: next + 1 }, (_, i) => `${i}`));
    expect(seen.map((r) => r.offset)).toEqual(seen.map((_, i) => i));
  }, 180_000);

  it('finishes a transaction whose outcome was decided, and keeps group offsets and open transactions', async () => {
    const broker = await spawnBroker(dataDir);
    const client = await RawClient.connect(broker.port);
    await client.createTopic('t');
    await client.commitOffset('g', 't', 41);
    const open = await client.initProducer('open');
    await client.addPartitions('open', open, 't');
    const pending = batchOf(['pending'], { ...open, baseSequence: 0, transactional: true });
    expect((await client.produce('t', pending, { transactionalId: 'open' })).error).toBe('NONE');
    await broker.end('SIGKILL');
    client.close();

    // The decision is durable and the markers are not: exactly what a kill between the two leaves behind.
    const { Transactions } = await import('./transactions/transactions.ts');
    const { Topics } = await import('./log/topics.ts');
    const { GroupOffsets } = await import('./groups/group-offsets.ts');
    const storage = { dataDir, flush: 'none' as const, onSync: () => {} };
    const topics = new Topics(storage);
    const offsets = new GroupOffsets(storage);
    expect(offsets.get('g', 't', 0)?.offset).toBe(41);
    const partition = topics.partition('t', 0);
    if (partition === undefined) throw new Error('the topic is gone');
    partition.appendMarker = () => Promise.reject(new Error('killed before the marker'));
    const transactions = new Transactions({ ...storage, topics, offsets, timeoutMsMax: 900_000 });
    await expect(transactions.end('open', open, true, Date.now())).rejects.toThrow('killed');
    for (const part of [transactions, offsets, topics]) await part.close();

    await using run = await runBroker({ dataDir });
    expect((await readLog(run.client, 't', { committed: true })).map((r) => r.value)).toEqual(['pending']);
    expect(await run.client.endTxn('open', open, true)).toBe('NONE');
  });

  it('leaves a lock that the next broker recognises as dead, and a living one refuses company', async () => {
    const first = await spawnBroker(dataDir);
    await expect(spawnBroker(dataDir)).rejects.toThrow(
      /exit code 1: broker: data directory .* is in use by process \d+$/,
    );
    const other = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
    await expect(spawnBroker(other, '--port', `${first.port}`)).rejects.toThrow(/exit code 1: broker: .*EADDRINUSE/);
    await rm(other, { recursive: true, force: true });
    await first.end('SIGKILL');
    const second = await spawnBroker(dataDir);
    expect(await second.end('SIGTERM')).toBe(0);
    await expect(stat(join(dataDir, 'broker.lock'))).rejects.toThrow('ENOENT');
  });
});
