import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { readControlType, writeControlBatch } from './control-record.ts';
import { batchesOf, findBatchDefect, RecordBatchView } from './record-batch.ts';
import { RecordBatchWriter, type RecordHeader } from './record-batch-writer.ts';
import { forEachHeader, RecordColumns, readRecords } from './record-columns.ts';

const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js');
const KafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const kafkajsDecode = require('kafkajs/src/protocol/recordBatch/v0/decoder.js');
const Decoder = require('kafkajs/src/protocol/decoder.js');

interface Sample {
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

const START = 1_760_000_000_000;
const SAMPLES: readonly Sample[] = [
  {
    timestampMs: START,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [],
  },
  {
    timestampMs: START + 70_000,
    key: null,
    value: Buffer.alloc(300, 7),
    headers: [['h', Buffer.from('x')]],
  },
  { timestampMs: START - 5, key: Buffer.alloc(0), value: null, headers: [] },
  {
    timestampMs: START + 2 ** 40,
    key: Buffer.from('ключ'),
    value: Buffer.alloc(70_000, 1),
    headers: [
      ['ö', Buffer.from('é')],
      ['p', Buffer.alloc(200)],
    ],
  },
  ...Array.from({ length: 200 }, (_, i) => ({
    timestampMs: START + i,
    key: Buffer.from(`key-${i}`),
    value: Buffer.from(`{"i":${i}}`),
    headers: [],
  })),
];

function write(samples: readonly Sample[]): RecordBatchWriter {
  const writer = new RecordBatchWriter(64);
  for (const s of samples) writer.append(s.timestampMs, s.key, s.value, s.headers);
  return writer;
}

function slice(bytes: Buffer, start: number | undefined, end: number | undefined): Buffer | null {
  return start === undefined || start < 0 ? null : bytes.subarray(start, end);
}

function read(batch: RecordBatchView): Sample[] {
  const columns = readRecords(batch, new RecordColumns());
  return Array.from({ length: columns.count }, (_, i) => {
    const headers: RecordHeader[] = [];
    forEachHeader(columns, i, (ks, ke, vs, ve) => {
      headers.push([columns.bytes.toString('utf8', ks, ke), slice(columns.bytes, vs, ve)]);
    });
    return {
      timestampMs: batch.baseTimestamp + (columns.timestampDelta[i] ?? 0),
      key: slice(columns.bytes, columns.keyStart[i], columns.keyEnd[i]),
      value: slice(columns.bytes, columns.valueStart[i], columns.valueEnd[i]),
      headers,
    };
  });
}

async function kafkajsBatch(samples: readonly Sample[], compression: number): Promise<Buffer> {
  const records = samples.map((s, offsetDelta) =>
    KafkajsRecord({
      offsetDelta,
      timestampDelta: s.timestampMs - START,
      key: s.key,
      value: s.value,
      headers: Object.fromEntries(s.headers),
    }),
  );
  const encoder = await RecordBatch({
    compression,
    firstTimestamp: START,
    maxTimestamp: Math.max(...samples.map((s) => s.timestampMs)),
    lastOffsetDelta: samples.length - 1,
    producerId: 4711,
    producerEpoch: 3,
    firstSequence: 17,
    transactional: true,
    records,
  });
  return encoder.buffer;
}

describe('record batch v2', () => {
  it('is byte for byte what kafkajs writes', async () => {
    const ours = write(SAMPLES).seal({
      producerId: 4711,
      producerEpoch: 3,
      baseSequence: 17,
      transactional: true,
    });
    expect(ours.equals(await kafkajsBatch(SAMPLES, 0))).toBe(true);
  });

  it.each([
    ['none', 0],
    ['gzip', 1],
  ] as const)('reads what kafkajs writes with %s', async (_, compression) => {
    const bytes = await kafkajsBatch(SAMPLES, compression);
    expect(findBatchDefect(bytes, 0, bytes.length)).toBeUndefined();
    expect(read(new RecordBatchView(bytes))).toEqual(SAMPLES);
  });

  it.each(['none', 'gzip'] as const)('is read by kafkajs with %s', async (compression) => {
    const bytes = write(SAMPLES).seal({
      compression,
      transactional: true,
      producerId: 9,
      producerEpoch: 1,
    });
    const view = new RecordBatchView(bytes);
    view.place(2 ** 33 + 5, 0);
    const decoder = new Decoder(bytes);
    decoder.readInt64();
    decoder.readInt32();
    decoder.readInt32();
    decoder.readInt8();
    const decoded = await kafkajsDecode(new Decoder(bytes));
    expect(decoded.inTransaction).toBe(true);
    expect(decoded.records.map((r: { offset: string }) => Number(r.offset))).toEqual(
      SAMPLES.map((_, i) => 2 ** 33 + 5 + i),
    );
    expect(decoded.records.map((r: { key: Buffer }) => r.key)).toEqual(SAMPLES.map((s) => s.key));
    expect(decoded.records.map((r: { value: Buffer }) => r.value)).toEqual(SAMPLES.map((s) => s.value));
  });

  it('keeps its CRC when the broker places it, and gets a new one with log append time', () => {
    const bytes = write(SAMPLES.slice(0, 3)).seal();
    const batch = new RecordBatchView(bytes);
    batch.place(123_456_789_012, 0);
    expect(findBatchDefect(bytes, 0, bytes.length)).toBeUndefined();
    expect(batch.lastOffset).toBe(123_456_789_014);
    batch.stampLogAppendTime(START + 1);
    expect(findBatchDefect(bytes, 0, bytes.length)).toBeUndefined();
    expect([batch.hasLogAppendTime, batch.maxTimestamp]).toEqual([true, START + 1]);
  });

  it('tells each kind of damage apart', () => {
    const good = write(SAMPLES.slice(0, 2)).seal();
    const damaged = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(good);
      change(bytes);
      return findBatchDefect(bytes, 0, bytes.length);
    };
    expect(findBatchDefect(good, 0, good.length - 1)).toBe('truncated');
    expect(findBatchDefect(good, 0, 20)).toBe('truncated');
    expect(damaged((b) => b.writeInt32BE(3, 8))).toBe('length');
    expect(damaged((b) => b.writeInt8(1, 16))).toBe('magic');
    for (let at = 17; at < good.length; at++) expect(damaged((b) => b.writeUInt8((b[at] ?? 0) ^ 4, at))).toBe('crc');
  });

  it('leaves out the batch that the byte limit cut off', () => {
    const one = Buffer.from(write(SAMPLES.slice(0, 2)).seal());
    const fetched = Buffer.concat([one, one, one.subarray(0, one.length - 1)]);
    expect([...batchesOf(fetched)].map((b) => b.start)).toEqual([0, one.length]);
  });

  it('names the codec it cannot open and what to do about it', () => {
    const bytes = write(SAMPLES.slice(0, 1)).seal();
    bytes.writeInt16BE(5, 21);
    expect(() => read(new RecordBatchView(bytes))).toThrow(/codec number 5.*compression\.type to gzip/);
  });

  it('round-trips transaction markers, which kafkajs recognises', async () => {
    for (const type of ['abort', 'commit'] as const) {
      const bytes = writeControlBatch({
        type,
        producerId: 7,
        producerEpoch: 2,
        coordinatorEpoch: 0,
        timestampMs: START,
      });
      const batch = new RecordBatchView(bytes);
      expect([batch.isControl, batch.isTransactional, batch.baseSequence]).toEqual([true, true, -1]);
      expect(readControlType(batch)).toBe(type);
      const decoded = await kafkajsDecode(new Decoder(bytes));
      expect(decoded.isControlBatch).toBe(true);
    }
  });

  it('never reads outside a damaged batch', () => {
    const seed = 20_261_124;
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const good = write(SAMPLES.slice(4, 12)).seal();
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(good);
      for (let k = 0; k < 3; k++) bytes[57 + Math.floor(random() * (bytes.length - 57))] = Math.floor(random() * 256);
      let outcome: 'read' | 'refused';
      try {
        read(new RecordBatchView(bytes));
        outcome = 'read';
      } catch (error) {
        expect((error as Error).name, `seed ${seed} round ${round}`).toBe('ProtocolError');
        outcome = 'refused';
      }
      expect(['read', 'refused']).toContain(outcome);
    }
  });
});
