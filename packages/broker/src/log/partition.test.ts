import { readdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchesOf, RecordBatchView } from '@millrace/kafka-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHandles } from '../files/file-handles.ts';
import { RecentlyUsed } from '../files/recently-used.ts';
import { RecycledBuffers } from '../files/recycled-buffers.ts';
import { batchOf } from '../testing/raw-client.ts';
import { logPolicy } from './log-policy.ts';
import { Partition } from './partition.ts';
import type { Segment, SegmentIndex } from './segment.ts';
import type { TopicConfig } from './topic-config.ts';

const START = 1_760_000_000_000;

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'millrace-partition-')), 't-0');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

/** Two files and one index at a time: every test also shows that closing them early harms nobody. */
const resources = () => ({
  handles: new FileHandles(2),
  indexes: new RecentlyUsed<Segment, SegmentIndex>(1),
  buffers: new RecycledBuffers(),
});

function open(segmentBytes = 1 << 20): Partition {
  return openWith({ 'segment.bytes': `${segmentBytes}` });
}

function openWith(config: TopicConfig): Partition {
  const policy = logPolicy(config);
  return new Partition({
    directory,
    flush: 'none',
    policy: () => policy,
    resources: resources(),
    onSync: () => {},
    now: () => START,
    wasStopped: false,
  });
}

async function append(
  log: Partition,
  values: readonly string[],
  producer?: Parameters<typeof batchOf>[1],
  timestampMs = START,
): Promise<number> {
  const bytes = batchOf(values, producer, timestampMs);
  const outcome = log.append(bytes, new RecordBatchView(bytes), undefined);
  if (outcome.kind === 'refused') throw new Error(outcome.error);
  await outcome.flushed;
  return outcome.baseOffset;
}

function offsetsFrom(log: Partition, from: number, maxBytes = 1 << 20): number[] {
  const offsets: number[] = [];
  let offset = from;
  for (;;) {
    const batches = [...batchesOf(log.read(offset, maxBytes, 'read_uncommitted', true).bytes)];
    if (batches.length === 0) return offsets;
    for (const batch of batches) offsets.push(batch.baseOffset);
    offset = (batches.at(-1)?.lastOffset ?? 0) + 1;
  }
}

async function fill(log: Partition, batches: number): Promise<void> {
  for (let i = 0; i < batches; i++) await append(log, ['x'.repeat(300), 'y'], undefined, START + i * 1000);
}

const files = (extension: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .sort();

describe('a partition', () => {
  it('reads the same batches from any offset, through any number of segments and any byte limit', async () => {
    const log = open(64 * 1024);
    await fill(log, 400);
    expect(files('.log').length).toBeGreaterThan(1);
    const all = Array.from({ length: 400 }, (_, i) => i * 2);
    expect(offsetsFrom(log, 0)).toEqual(all);
    for (const from of [1, 2, 7, 333, 798, 799]) {
      expect(offsetsFrom(log, from, 1000)).toEqual(all.filter((base) => base + 1 >= from));
    }
    await log.close();
    const again = open(64 * 1024);
    expect(offsetsFrom(again, 0)).toEqual(all);
    expect([again.endOffset, again.highWatermark, again.truncatedBytes]).toEqual([800, 800, 0]);
    await again.close();
  });

  it('returns one batch that is larger than the limit, unless something else was returned already', async () => {
    const log = open();
    await append(log, ['z'.repeat(5000)]);
    expect(log.read(0, 100, 'read_uncommitted', true).bytes.length).toBeGreaterThan(5000);
    expect(log.read(0, 100, 'read_uncommitted', false).bytes.length).toBe(0);
    await log.close();
  });

  it('rebuilds lost indexes and producer snapshots from the log', async () => {
    const log = open(64 * 1024);
    const producer = { producerId: 5, epoch: 0 };
    for (let i = 0; i < 300; i++) await append(log, ['x'.repeat(400)], { ...producer, baseSequence: i });
    const state = structuredClone(log.producer(5));
    await log.close();
    for (const extension of ['.index', '.timeindex', '.txnindex', '.snapshot']) {
      for (const name of files(extension)) unlinkSync(join(directory, name));
    }
    const again = open(64 * 1024);
    expect(again.producer(5)).toEqual(state);
    expect(offsetsFrom(again, 150).at(0)).toBe(150);
    await again.close();
    const viaSnapshot = open(64 * 1024);
    expect(viaSnapshot.producer(5)).toEqual(state);
    await viaSnapshot.close();
  });

  it('goes on where it was stopped without reading the log, and reads it when the files do not fit', async () => {
    const log = open(64 << 20);
    const producer = { producerId: 5, epoch: 0 };
    for (let i = 0; i < 12; i++)
      await append(log, ['x'.repeat(500_000)], { ...producer, baseSequence: i, transactional: i > 5 });
    await log.appendMarker('abort', 5, 0, START);
    const known = () => [log.endOffset, log.producer(5), log.abortedBetween(0, 100), log.maxTimestamp];
    const before = structuredClone(known());
    log.prepareStop();
    await log.close();
    const policy = logPolicy({ 'segment.bytes': `${64 << 20}` });
    const resume = (how: Partial<ConstructorParameters<typeof Partition>[0]> = {}) =>
      new Partition({
        ...{
          directory,
          flush: 'none',
          policy: () => policy,
          resources: resources(),
          onSync: () => {},
          now: () => START,
        },
        ...{ wasStopped: true, ...how },
      });
    const path = join(directory, files('.log')[0] ?? '');
    // Damage that only a reader of the log would see: it was not read.
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole.subarray(0, 1000), Buffer.alloc(8), whole.subarray(1008)]));
    let again = resume();
    expect([again.endOffset, again.producer(5), again.abortedBetween(0, 100), again.maxTimestamp]).toEqual(before);
    writeFileSync(path, whole);
    expect(await append(again, ['more'])).toBe(13);
    expect(offsetsFrom(again, 11).at(-1)).toBe(13);
    await again.close();
    // Not prepared this time: index and snapshot are those of the former stop.
    again = resume();
    expect([again.endOffset, again.producer(5)]).toEqual([14, before[1]]);
    expect(offsetsFrom(again, 0)).toEqual(Array.from({ length: 14 }, (_, i) => i));
    await again.close();
  });

  it('remembers a producer from when it wrote, however old its records are', async () => {
    const log = open();
    await append(log, ['old'], { producerId: 5, epoch: 0, baseSequence: 0 }, START - 1e12);
    log.expireProducers(START - 1000);
    expect(log.producer(5)).toBeDefined();
    await log.close();
    const again = open();
    again.expireProducers(START - 1000);
    expect(again.producer(5)).toBeDefined();
    again.expireProducers(START + 1);
    expect(again.producer(5)).toBeUndefined();
    await again.close();
  });

  it('cuts off a torn tail wherever it was torn, and goes on from there', async () => {
    for (let missing = 1; missing <= 80; missing += 8) {
      const log = open();
      const end = log.endOffset;
      await append(log, ['torn by the crash']);
      await log.close();
      const path = join(directory, files('.log').at(-1) ?? '');
      truncateSync(path, Math.max(0, log.sizeBytes - missing));
      const again = open();
      expect(again.endOffset).toBe(end);
      expect(await append(again, ['after'])).toBe(end);
      await again.close();
    }
  });

  it('refuses to start over damage in the middle of the log', async () => {
    const log = open(4096);
    await fill(log, 40);
    await log.close();
    const first = join(directory, files('.log')[0] ?? '');
    unlinkSync(first.replace('.log', '.index'));
    writeFileSync(first, Buffer.alloc(100));
    expect(() => open(4096)).toThrow(/damaged before its end/);
  });

  it('finds the first batch at a timestamp in every segment', async () => {
    const log = open(16 * 1024);
    await fill(log, 200);
    for (const i of [0, 1, 50, 133, 199]) {
      expect(log.batchAtTimestamp(START + i * 1000)?.baseOffset).toBe(i * 2);
      expect(log.batchAtTimestamp(START + i * 1000 - 500)?.baseOffset).toBe(i * 2);
    }
    expect(log.batchAtTimestamp(START + 200_000)).toBeUndefined();
    await log.close();
  });

  it('deletes old segments by size and by time, never what is not durable, and remembers its start', async () => {
    const bySize = openWith({ 'segment.bytes': '16384', 'retention.bytes': '32768', 'retention.ms': '-1' });
    await fill(bySize, 200);
    bySize.retain(START + 1e12);
    expect(bySize.sizeBytes).toBeLessThan(50 * 1024);
    expect(bySize.sizeBytes).toBeGreaterThanOrEqual(32 * 1024);
    expect(bySize.logStartOffset).toBeGreaterThan(0);
    expect(offsetsFrom(bySize, bySize.logStartOffset).at(0)).toBe(bySize.logStartOffset);
    await bySize.close();
    const log = openWith({ 'segment.bytes': '16384', 'retention.ms': '1000' });
    log.retain(START + 1_000_000);
    expect([log.sizeBytes, log.logStartOffset, log.endOffset]).toEqual([0, 400, 400]);
    await append(log, ['a', 'b', 'c']);
    log.deleteBefore(402);
    await log.close();
    const again = open(16 * 1024);
    expect([again.logStartOffset, again.endOffset]).toEqual([402, 403]);
    await again.close();
  });

  it('acknowledges and shows nothing before it is on the disk', async () => {
    const policy = () => logPolicy({});
    const options = {
      directory,
      policy,
      resources: resources(),
      onSync: () => {},
      now: () => START,
      wasStopped: false,
    };
    const log = new Partition({ ...options, flush: 'group-commit' });
    const bytes = batchOf(['a']);
    const outcome = log.append(bytes, new RecordBatchView(bytes), undefined);
    if (outcome.kind === 'refused') throw new Error(outcome.error);
    expect([log.endOffset, log.highWatermark, log.read(0, 1000, 'read_uncommitted', true).bytes.length]).toEqual([
      1, 0, 0,
    ]);
    await outcome.flushed;
    expect([log.endOffset, log.highWatermark]).toEqual([1, 1]);
    await log.close();
  });
});
