import { describe, expect, it } from 'vitest';
import { decompressRecords } from './compression.ts';
import { ProtocolError } from './reader.ts';
import { COMPRESSION_CODECS, RecordBatchView } from './record-batch.ts';
import { RecordColumns, readRecords } from './record-columns.ts';
import { BATCHES, LINES, STREAMS, ZEROS } from './testing/compressed.ts';

const CONTENT = `${LINES.join('\n')}\n`;
const idOf = (codec: string) => COMPRESSION_CODECS.findIndex((each) => each === codec);

describe('record batches of real clients open', () => {
  it.each(Object.keys(BATCHES))('%s of librdkafka', (codec) => {
    const batch = new RecordBatchView(Buffer.from(BATCHES[codec] ?? '', 'base64'));
    expect(COMPRESSION_CODECS[batch.codecId]).toBe(codec);
    const { bytes, count, valueStart, valueEnd } = readRecords(batch, new RecordColumns());
    const values = Array.from({ length: count }, (_, at) => bytes.toString('utf8', valueStart[at], valueEnd[at]));
    expect(values).toEqual(LINES);
  });
});

describe.each(STREAMS)('$codec by $by', ({ codec, bytes: base64 }) => {
  const id = idOf(codec);
  const bytes = Buffer.from(base64, 'base64');

  it('inflates to what was compressed', () => {
    expect(decompressRecords(id, bytes).toString()).toBe(CONTENT);
    expect(decompressRecords(id, bytes, CONTENT.length).toString()).toBe(CONTENT);
  });

  it('is refused when it inflates to more than is allowed', () => {
    expect(() => decompressRecords(id, bytes, CONTENT.length - 1)).toThrow(ProtocolError);
    expect(() => decompressRecords(id, bytes, 100)).toThrow(ProtocolError);
  });

  it('is refused, or something else, but never a crash or a hang, when it is cut or damaged', () => {
    for (let at = 0; at < bytes.length; at++) {
      attempt(id, bytes.subarray(0, at));
      for (const flip of [0x01, 0x80]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        attempt(id, damaged);
      }
    }
  });
});

/** Damaged bytes may be legal: then they inflate within the limit. */
function attempt(id: number, bytes: Buffer): void {
  try {
    expect(decompressRecords(id, bytes, 100_000).length).toBeLessThanOrEqual(100_000);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
  }
}

describe('what announces more than it holds allocates nothing', () => {
  it('snappy', () => {
    // 2^31 bytes announced by six.
    expect(() => decompressRecords(idOf('snappy'), Buffer.of(0xff, 0xff, 0xff, 0xff, 0x07, 0))).toThrow(
      /announces more/,
    );
  });

  it('lz4: a match that repeats the whole of what came before again and again', () => {
    const frame = Buffer.concat([
      Buffer.from('04224d186040820f000000', 'hex'),
      Buffer.from('1f610100', 'hex'),
      Buffer.alloc(11, 255),
    ]);
    expect(() => decompressRecords(idOf('lz4'), frame, 1_000)).toThrow(ProtocolError);
  });

  it.each(ZEROS)('zstd: %s', (base64) => {
    const bytes = Buffer.from(base64, 'base64');
    expect(decompressRecords(idOf('zstd'), bytes, 3_000_000).equals(Buffer.alloc(3_000_000))).toBe(true);
    expect(() => decompressRecords(idOf('zstd'), bytes, 2_999_999)).toThrow(ProtocolError);
    expect(() => decompressRecords(idOf('zstd'), bytes, 1_000)).toThrow(ProtocolError);
  });

  it('zstd: a window of gigabytes', () => {
    const frame = Buffer.from('28b52ffd00a0010000', 'hex');
    expect(() => decompressRecords(idOf('zstd'), frame)).toThrow(/larger window/);
  });
});
