import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBroker } from './broker.ts';
import type { Fault } from './options.ts';
import { batchOf } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { runBroker } from './testing/running-broker.ts';

describe('a broker', () => {
  it('stores a batch once when its answer is lost and the producer asks again', async () => {
    const plan: Fault[] = [];
    await using run = await runBroker({ fault: ({ apiKey }) => (apiKey === 0 ? plan.shift() : undefined) });
    await run.client.createTopic('t');
    const producer = await run.client.initProducer(null);
    plan.push({ kind: 'drop-after' }, { kind: 'drop-before' }, { kind: 'delay', delayMs: 5 });
    for (const outcome of ['lost', 'lost', 'answered']) {
      const client = await run.connect();
      const answer = client.produce('t', batchOf(['a'], { ...producer, baseSequence: 0 }));
      if (outcome === 'lost') await expect(answer).rejects.toThrow('closed the connection');
      else expect(await answer).toEqual({ error: 'NONE', baseOffset: 0 });
    }
    expect((await readLog(run.client, 't')).map((r) => r.value)).toEqual(['a']);
    expect(run.broker.metrics()).toMatchObject({ producedRecords: 1, duplicateBatches: 1 });
  });

  it('answers one connection while another one waits for records', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const waiting = run.client.fetch('t', 0, { maxWaitMs: 20_000 });
    const other = await run.connect();
    expect((await other.listOffset('t', -1)).offset).toBe(0);
    await other.produce('t', batchOf(['a']));
    expect((await waiting).records.length).toBeGreaterThan(0);
  });

  it('waits until enough bytes are there, and no longer than it was told to', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    await run.client.produce('t', batchOf(['a']));
    expect((await run.client.fetch('t', 0, { minBytes: 10_000, maxWaitMs: 30 })).records.length).toBeGreaterThan(0);
    const waiting = run.client.fetch('t', 0, { minBytes: 200, maxWaitMs: 20_000 });
    const other = await run.connect();
    await other.produce('t', batchOf(['b'.repeat(200)]));
    expect((await waiting).records.length).toBeGreaterThan(200);
  });

  it('sends answers in the order of the requests', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const order: string[] = [];
    const parked = run.client.fetch('t', 0, { maxWaitMs: 30 }).then(() => order.push('fetch'));
    const quick = run.client.listOffset('t', -1).then(() => order.push('list'));
    await Promise.all([parked, quick]);
    expect(order).toEqual(['fetch', 'list']);
  });

  it('refuses batches that are damaged, too large, of another age, or pretend to be markers', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 1, { 'max.message.bytes': '500' });
    const damaged = (at: number, value: number) => {
      const bytes = batchOf(['a']);
      bytes[at] = value;
      return run.client.produce('t', bytes).then((r) => r.error);
    };
    expect(await damaged(70, 0xff)).toBe('CORRUPT_MESSAGE');
    expect(await damaged(16, 1)).toBe('INVALID_RECORD');
    expect((await run.client.produce('t', batchOf(['x'.repeat(600)]))).error).toBe('MESSAGE_TOO_LARGE');
    expect((await run.client.produce('t', Buffer.concat([batchOf(['a']), batchOf(['b'])]))).error).toBe(
      'INVALID_RECORD',
    );
    expect((await run.client.produce('absent', batchOf(['a']))).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await run.client.fetch('t', 5)).error).toBe('OFFSET_OUT_OF_RANGE');
    expect(await readLog(run.client, 't')).toEqual([]);
  });

  it('starts a topic of a deleted name empty', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    await run.client.produce('t', batchOf(['old']));
    const deleted = run.client.call(20, 1, (w) => w.array(['t'], (name) => w.string(name)).int32(1000));
    expect(await run.client.createTopic('t')).toBe('NONE');
    await deleted;
    expect(await readLog(run.client, 't')).toEqual([]);
    await run.restart();
    expect((await run.client.listOffset('t', -1)).offset).toBe(0);
  });

  it('stops when its signal says so, and the directory may be used again', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
    const stop = new AbortController();
    const broker = await startBroker({ dataDir, signal: stop.signal });
    const socket = connect(broker.port, '127.0.0.1');
    await once(socket, 'connect');
    stop.abort();
    await Promise.all([broker.close(), once(socket, 'close')]);
    await (await startBroker({ dataDir })).close();
    await rm(dataDir, { recursive: true });
  });
});
