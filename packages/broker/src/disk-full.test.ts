import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BrokerProcess, spawnBroker } from './testing/broker-process.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { eventually, runBroker } from './testing/running-broker.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

/** No file of the process may grow beyond this: its writes come back short, then fail, as on a full disk. */
function limitFiles(broker: BrokerProcess, bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', `${broker.pid}`, `--fsize=${bytes}:`]);
  if (status !== 0) throw new Error(String(stderr));
}

it.skipIf(!hasPrlimit)(
  'a full disk is an error to the client, loses nothing, and is over when there is space',
  async () => {
    const broker = await spawnBroker(dataDir);
    const client = await RawClient.connect(broker.port);
    await client.createTopic('t', 1, { 'segment.bytes': '8000' });
    const plain = await client.initProducer(null);
    const tx = await client.initProducer('tx');
    await client.addPartitions('tx', tx, 't');
    const first = batchOf(['in a transaction'], { ...tx, baseSequence: 0, transactional: true });
    await client.produce('t', first, { transactionalId: 'tx' });
    await client.commitOffset('g', 't', 1);
    const acknowledged: string[] = [];
    let sequence = 0;
    const produce = async () => {
      const value = `${sequence}-${'x'.repeat(400)}`;
      const { error } = await client.produce('t', batchOf([value], { ...plain, baseSequence: sequence }));
      if (error !== 'NONE') return error;
      acknowledged.push(value);
      sequence++;
      return error;
    };

    limitFiles(broker, 5000);
    for (let i = 0; i < 30; i++) await produce();
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(acknowledged.length).toBeLessThan(30);
    expect(await produce()).toBe('KAFKA_STORAGE_ERROR');

    limitFiles(broker, 1);
    expect(await produce()).toBe('KAFKA_STORAGE_ERROR');
    expect(await client.commitOffset('g', 't', 2)).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await client.endTxn('tx', tx, true)).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await client.createTopic('other')).toBe('KAFKA_STORAGE_ERROR');
    expect(await client.committedOffset('g', 't')).toBe(1);
    expect((await readLog(client, 't')).map((r) => r.value)).toEqual(['in a transaction', ...acknowledged]);

    limitFiles(broker, 'unlimited');
    for (let i = 0; i < 30; i++) expect(await produce()).toBe('NONE');
    expect(await client.commitOffset('g', 't', 3)).toBe('NONE');
    expect(await client.createTopic('other')).toBe('NONE');
    expect(await client.endTxn('tx', tx, true)).toBe('NONE');
    await broker.end('SIGKILL');
    await using run = await runBroker({ dataDir });
    expect((await readLog(run.client, 't', { committed: true })).map((r) => r.value)).toEqual([
      'in a transaction',
      ...acknowledged,
    ]);
    expect(await run.client.committedOffset('g', 't')).toBe(3);
  },
);

it.skipIf(!hasPrlimit)('a transaction whose markers met a full disk is finished when there is space', async () => {
  const broker = await spawnBroker(dataDir);
  const client = await RawClient.connect(broker.port);
  await client.createTopic('t');
  const tx = await client.initProducer('tx');
  await client.addPartitions('tx', tx, 't');
  const records = batchOf(['x'.repeat(9000)], { ...tx, baseSequence: 0, transactional: true }, Date.now());
  expect((await client.produce('t', records, { transactionalId: 'tx' })).error).toBe('NONE');
  limitFiles(broker, 9000);
  expect(await client.endTxn('tx', tx, true)).toBe('COORDINATOR_NOT_AVAILABLE');
  expect(await client.endTxn('tx', tx, false)).toBe('INVALID_TXN_STATE');
  limitFiles(broker, 'unlimited');
  await eventually(
    () => client.endTxn('tx', tx, true),
    (answer) => answer === 'NONE',
  );
  expect((await readLog(client, 't', { committed: true })).length).toBe(1);
  client.close();
  await broker.end('SIGTERM');
});
