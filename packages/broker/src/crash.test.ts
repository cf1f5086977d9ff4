import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecycledBuffers } from './files/recycled-buffers.ts';
import { spawnBroker } from './testing/broker-process.ts';
import { runCrashes } from './testing/crash/crash-run.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { runBroker } from './testing/running-broker.ts';
import { printedSeed } from './testing/seeded-random.ts';

/** `npm run test:crash` does 300. */
const KILLS = 10;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('a broker that is killed', () => {
  it('keeps every promise through ten kills: records once, transactions whole or not at all, the latest of every key', async () => {
    const seed = printedSeed('kills');
    const found = await runCrashes({ dataDir, kills: KILLS, seed, verifyEvery: 4, report: () => {} });
    expect(found).toHaveLength(6);
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
    const topics = new Topics({ ...storage, buffers: new RecycledBuffers() });
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
