import { cpSync, readdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchesOf, RecordBatchView, RecordBatchWriter, readControlType } from '@millrace/kafka-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHandles } from '../../files/file-handles.ts';
import { RecentlyUsed } from '../../files/recently-used.ts';
import { RecycledBuffers } from '../../files/recycled-buffers.ts';
import { printedSeed, seededRandom } from '../../testing/seeded-random.ts';
import { logPolicy } from '../log-policy.ts';
import { Partition } from '../partition.ts';
import type { TopicConfig } from '../topic-config.ts';
import { storedRecords } from './stored-records.ts';

const START = 1_760_000_000_000;
const DAY_MS = 86_400_000;
const COMPACT = { 'cleanup.policy': 'compact', 'segment.bytes': '2000', 'min.cleanable.dirty.ratio': '0' };

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-compaction-'));
  directory = join(root, 't-0');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function open(config: TopicConfig = COMPACT, path = directory): Partition {
  const policy = logPolicy(config);
  const resources = {
    handles: new FileHandles(3),
    indexes: new RecentlyUsed<never, never>(1),
    buffers: new RecycledBuffers(),
  };
  return new Partition({
    directory: path,
    flush: 'none',
    policy: () => policy,
    resources,
    onSync: () => {},
    now: () => START,
    wasStopped: false,
  });
}

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
  baseSequence: number;
}

type Entry = readonly [key: string, value: string | null];

/** Appends one batch; a transactional one when there is a producer. */
async function put(log: Partition, entries: readonly Entry[], producer?: Producer, gzip = false): Promise<number> {
  const writer = new RecordBatchWriter();
  for (const [key, value] of entries) {
    writer.append(START + log.endOffset, Buffer.from(key), value === null ? null : Buffer.from(value));
  }
  const compression = gzip ? 'gzip' : 'none';
  const sealed = writer.seal(
    producer === undefined ? { compression } : { compression, transactional: true, ...producer },
  );
  if (producer !== undefined) producer.baseSequence += entries.length;
  const bytes = Buffer.from(sealed);
  const outcome = log.append(bytes, new RecordBatchView(bytes), undefined);
  if (outcome.kind !== 'appended') throw new Error(JSON.stringify(outcome));
  await outcome.flushed;
  return outcome.baseOffset;
}

interface Seen {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly timestampMs: number;
}

/** What a read_committed consumer sees, filtered as Kafka clients do. */
function committed(log: Partition): Seen[] {
  const seen: Seen[] = [];
  const aborting = new Set<number>();
  let offset = log.logStartOffset;
  for (;;) {
    const { bytes, endOffset } = log.read(offset, 700, 'read_committed', true);
    if (bytes.length === 0) return seen;
    const ahead = log.abortedBetween(offset, endOffset);
    for (const batch of batchesOf(bytes)) {
      while (ahead[0] !== undefined && ahead[0].firstOffset <= batch.lastOffset) {
        aborting.add(ahead.shift()?.producerId ?? -1);
      }
      if (batch.isControl) {
        if (readControlType(batch) === 'abort') aborting.delete(batch.producerId);
      } else if (!(batch.isTransactional && aborting.has(batch.producerId))) {
        for (const { offset: at, key, rest, isTombstone, timestampMs } of storedRecords(batch)) {
          if (at < offset) continue;
          const value = isTombstone ? null : rest.toString('latin1').replace(/^.*v/s, 'v').replace(/\0$/, '');
          seen.push({ offset: at, key: String(key), value, timestampMs });
        }
      }
    }
    offset = endOffset;
  }
}

function latest(seen: readonly Seen[]): Map<string, Seen> {
  return new Map(seen.map((record) => [record.key, record]));
}

const bytesOf = (path: string) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.log'))
    .reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

describe('compaction', () => {
  it('keeps the latest record of every key at its offset and drops the others, also after a restart', async () => {
    const log = open();
    for (let i = 0; i < 300; i++)
      await put(
        log,
        [
          [`k${i % 7}`, `v${i}`],
          [`only${i % 50}`, `v${i}`],
        ],
        undefined,
        i % 3 === 0,
      );
    const before = latest(committed(log));
    const size = log.sizeBytes;
    const result = await log.compact(START + DAY_MS);
    expect(result?.bytesBefore).toBeGreaterThan(result?.bytesAfter ?? 0);
    expect(log.sizeBytes).toBeLessThan(size / 2);
    expect(latest(committed(log))).toEqual(before);
    expect([log.logStartOffset, log.endOffset]).toEqual([0, 600]);
    const after = committed(log);
    await log.close();
    const again = open();
    expect(committed(again)).toEqual(after);
    expect(await put(again, [['k', 'v']])).toBe(600);
    for (let from = 0; from < 600; from += 13) {
      const { bytes } = again.read(from, 100, 'read_uncommitted', true);
      expect(new RecordBatchView(bytes).lastOffset).toBeGreaterThanOrEqual(from);
    }
    await again.close();
  });

  it('changes no byte of a batch that keeps all its records', async () => {
    const log = open();
    for (let i = 0; i < 60; i++) await put(log, [[`k${i}`, `v${'x'.repeat(60)}`]]);
    const all = () => log.read(0, 1 << 20, 'read_uncommitted', true).bytes.toString('hex');
    const before = all();
    await log.compact(START + DAY_MS);
    expect(all()).toBe(before);
    await log.close();
  });

  it('keeps a tombstone for delete.retention.ms after the pass that met it, then forgets the key', async () => {
    const log = open({ ...COMPACT, 'delete.retention.ms': '5000' });
    await put(log, [
      ['gone', 'v1'],
      ['kept', 'v2'],
    ]);
    await put(log, [['gone', null]]);
    const fill = async () => {
      for (let i = 0; i < 30; i++) await put(log, [['filler', `v${'x'.repeat(100)}`]]);
    };
    await fill();
    await log.compact(START + 10_000);
    expect(latest(committed(log)).get('gone')).toMatchObject({ offset: 2, value: null, timestampMs: START + 2 });
    await fill();
    await log.compact(START + 14_999);
    expect(latest(committed(log)).has('gone')).toBe(true);
    await fill();
    await log.compact(START + 15_000);
    expect(latest(committed(log)).has('gone')).toBe(false);
    expect(latest(committed(log)).get('kept')).toMatchObject({ offset: 1, timestampMs: START });
    await log.close();
  });

  it('leaves records alone that are younger than the minimum lag, and rests until enough is dirty', async () => {
    const log = open({ ...COMPACT, 'min.compaction.lag.ms': '1000', 'min.cleanable.dirty.ratio': '0.5' });
    for (let i = 0; i < 100; i++) await put(log, [['k', `v${i}`]]);
    expect(await log.compact(START + 500)).toBeUndefined();
    expect(await log.compact(START + DAY_MS)).toBeDefined();
    expect(await log.compact(START + DAY_MS)).toBeUndefined();
    for (let i = 0; i < 30; i++) await put(log, [[`other${i}`, 'v']]);
    await log.close();
  });

  it('removes aborted records and, once nobody needs them, markers; open transactions stop it', async () => {
    const log = open({ ...COMPACT, 'delete.retention.ms': '0' });
    const a: Producer = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
    const b: Producer = { producerId: 2, producerEpoch: 0, baseSequence: 0 };
    const fill = async () => {
      for (let i = 0; i < 40; i++) await put(log, [['filler', `v${'x'.repeat(60)}`]]);
    };
    await put(log, [['k', 'v1']]);
    await put(log, [['k', 'v2']], a);
    await log.appendMarker('abort', 1, 0, START);
    await put(log, [['c', 'v3']], a);
    await log.appendMarker('commit', 1, 0, START);
    await fill();
    await put(log, [['open', 'v4']], b);
    await fill();
    await log.compact(START + 1);
    expect(latest(committed(log)).get('k')).toMatchObject({ offset: 0, value: 'v1' });
    expect(latest(committed(log)).get('c')).toMatchObject({ value: 'v3' });
    await log.appendMarker('abort', 2, 0, START);
    await fill();
    for (let pass = 2; pass < 6; pass++) {
      await log.compact(START + pass * 1000);
      await fill();
    }
    const raw = log.read(0, 1 << 20, 'read_uncommitted', true).bytes;
    const batches = [...batchesOf(raw)].filter((batch) => batch.producerId >= 0);
    // The last batch of a producer stays, as a header, and so does the marker behind it.
    expect(batches.map((batch) => [batch.producerId, batch.isControl, batch.recordsCount])).toEqual([
      [1, false, 1],
      [1, true, 1],
      [2, false, 0],
      [2, true, 1],
    ]);
    expect(latest(committed(log)).has('open')).toBe(false);
    expect(log.lastStableOffset).toBe(log.endOffset);
    await log.close();
  });

  it('remembers the sequences of producers whose records are gone, also when every index is lost', async () => {
    const log = open();
    const producer: Producer = { producerId: 9, producerEpoch: 3, baseSequence: 0 };
    for (let i = 0; i < 5; i++) await put(log, [['k', `v${i}`]], producer);
    await log.appendMarker('commit', 9, 3, START);
    for (let i = 0; i < 60; i++) await put(log, [['k', `v${'x'.repeat(90)}`]]);
    for (let pass = 1; pass < 4; pass++) await log.compact(START + pass * 2 * DAY_MS);
    await log.close();
    for (const name of readdirSync(directory))
      if (/\.(index|timeindex|txnindex|snapshot)$/.test(name)) unlinkSync(join(directory, name));
    const again = open();
    expect(again.producer(9)).toMatchObject({ epoch: 3, openFrom: null });
    expect(again.producer(9)?.window.at(-1)).toMatchObject({ lastSequence: 4 });
    expect(again.lastStableOffset).toBe(again.endOffset);
    await again.close();
  });

  it('is all or nothing, wherever a crash interrupts the exchange of the files', async () => {
    const log = open();
    const fill = async () => {
      for (let i = 0; i < 200; i++) await put(log, [[`k${i % 5}`, `v${i}`]]);
    };
    await fill();
    await log.compact(START + DAY_MS);
    await fill();
    const expected = latest(committed(log));
    await log.close();
    const before = join(root, 'before');
    cpSync(directory, before, { recursive: true });
    const cleaned = open();
    await cleaned.compact(START + DAY_MS);
    await cleaned.close();
    const logsIn = (path: string) =>
      readdirSync(path)
        .filter((name) => name.endsWith('.log'))
        .sort();
    const bases = logsIn(before);
    const kept = logsIn(directory);
    const swapped = bases.find((name, i) => kept.includes(name) && !kept.includes(bases[i + 1] ?? name));
    if (swapped === undefined) throw new Error('no segments were merged');
    const stem = swapped.slice(0, 20);
    const end = kept[kept.indexOf(swapped) + 1] ?? '';
    const covered = bases.filter((name) => name > swapped && name < end);
    const parts = ['txnindex', 'timeindex', 'index', 'log'];
    /** The state after so many steps: cleaned files named, swapped, old ones deleted, new ones in place. */
    const crashAfter = (steps: number): string => {
      const path = join(root, `crash-${steps}`);
      cpSync(before, path, { recursive: true });
      for (const part of parts) cpSync(join(directory, `${stem}.${part}`), join(path, `${stem}.${part}.cleaned`));
      const actions = [
        ...parts.map(
          (part) => () => renameSync(join(path, `${stem}.${part}.cleaned`), join(path, `${stem}.${part}.swap`)),
        ),
        ...covered.map((name) => () => rmSync(join(path, name))),
        ...parts.map((part) => () => renameSync(join(path, `${stem}.${part}.swap`), join(path, `${stem}.${part}`))),
      ];
      for (const action of actions.slice(0, steps)) action();
      return steps <= actions.length ? path : '';
    };
    let steps = 0;
    for (let path = crashAfter(0); path !== ''; path = crashAfter(++steps)) {
      const again = open(COMPACT, path);
      expect(latest(committed(again)), `after ${steps} steps`).toEqual(expected);
      expect(readdirSync(path).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
      await again.compact(START + DAY_MS);
      expect(latest(committed(again)), `cleaned after ${steps} steps`).toEqual(expected);
      await again.close();
    }
    expect(steps).toBeGreaterThan(10);
  });

  it('never loses, moves or invents a committed record, through random histories, passes and restarts', async () => {
    const seed = printedSeed('compaction');
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const config = { ...COMPACT, 'segment.bytes': '1500', 'delete.retention.ms': '3' };
    let log = open(config);
    let nowMs = START;
    const producers = [1, 2, 3].map((producerId) => ({ producerId, producerEpoch: 0, baseSequence: 0 }));
    const pending = new Map<number, Seen[]>();
    const history: Seen[] = [];
    for (let step = 0; step < 600; step++) {
      nowMs += below(3);
      const producer = random() < 0.5 ? producers[below(3)] : undefined;
      const entries = Array.from(
        { length: 1 + below(3) },
        (_, i): Entry => [`k${below(12)}`, random() < 0.2 ? null : `v${step}.${i}`],
      );
      const timestampMs = START + log.endOffset;
      const base = await put(log, entries, producer, random() < 0.2);
      const written = entries.map(([key, value], i): Seen => ({ offset: base + i, key, value, timestampMs }));
      if (producer === undefined) history.push(...written);
      else pending.set(producer.producerId, [...(pending.get(producer.producerId) ?? []), ...written]);
      for (const [producerId, records] of pending) {
        if (random() > 0.3) continue;
        const commit = random() < 0.6;
        await log.appendMarker(commit ? 'commit' : 'abort', producerId, 0, nowMs);
        if (commit) history.push(...records);
        pending.delete(producerId);
      }
      if (random() < 0.05) await log.compact(nowMs);
      if (random() < 0.02) {
        await log.close();
        log = open(config);
      }
    }
    for (const [producerId] of pending) await log.appendMarker('abort', producerId, 0, nowMs);
    for (let i = 0; i < 40; i++) {
      const timestampMs = START + log.endOffset;
      history.push({ offset: await put(log, [['end', `v${i}`]]), key: 'end', value: `v${i}`, timestampMs });
    }
    await log.compact(nowMs);
    const byOffset = new Map(history.map((record) => [record.offset, record]));
    const seen = committed(log);
    for (const record of seen) expect(record, `SEED=${seed}`).toEqual(byOffset.get(record.offset));
    const expected = latest(history.sort((a, b) => a.offset - b.offset));
    for (const [key, record] of expected) {
      const found = latest(seen).get(key);
      if (record.value !== null || found !== undefined) expect(found, `SEED=${seed} ${key}`).toEqual(record);
    }
    expect(seen.map((r) => r.offset)).toEqual([...new Set(seen.map((r) => r.offset))].sort((a, b) => a - b));
    expect(seen.length).toBeLessThan(history.length / 2);
    expect(bytesOf(directory)).toBe(log.sizeBytes);
    await log.close();
  });
});
