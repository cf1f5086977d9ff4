import { BATCH_HEADER_BYTES, crc32c, findBatchDefect, RecordBatchView } from '@millrace/kafka-protocol';
import { expect, it } from 'vitest';
import { batchOf } from '../../testing/raw-client.ts';
import { deleteHorizonMs, rewriteBatch, storedRecords } from './stored-records.ts';

const SNAPPY = 2;

/** The same batch as a snappy producer would send it, in the one form that needs no compressor: a single literal. */
function asSnappy(bytes: Buffer): Buffer {
  const records = bytes.subarray(BATCH_HEADER_BYTES);
  const [size, last] = [records.length, records.length - 1];
  const literal = Buffer.from([(size & 0x7f) | 0x80, size >> 7, 61 << 2, last & 0xff, last >> 8]);
  const snappy = Buffer.concat([bytes.subarray(0, BATCH_HEADER_BYTES), literal, records]);
  snappy.writeInt32BE(snappy.length - 12, 8);
  snappy.writeInt16BE(SNAPPY, 21);
  snappy.writeUInt32BE(crc32c(snappy, 21, snappy.length), 17);
  return snappy;
}

const values = Array.from({ length: 20 }, (_, i) => `value ${i}`);
const texts = (batch: RecordBatchView) => storedRecords(batch).map(({ key, offset }) => `${key}@${offset}`);

it('a batch in a codec that can be read and not written is written as gzip', () => {
  const batch = new RecordBatchView(asSnappy(batchOf(values).subarray(0)));
  expect(findBatchDefect(batch.buffer, 0, batch.buffer.length)).toBeUndefined();
  const kept = storedRecords(batch).filter(({ offset }) => offset % 2 === 1);
  const bytes = rewriteBatch(batch, kept, undefined);
  const rewritten = new RecordBatchView(bytes);
  expect(findBatchDefect(bytes, 0, bytes.length)).toBeUndefined();
  expect([rewritten.codecId, rewritten.recordsCount, rewritten.lastOffset]).toEqual([1, 10, 19]);
  expect(texts(rewritten)).toEqual(Array.from({ length: 10 }, (_, i) => `k${2 * i + 1}@${2 * i + 1}`));
});

it('a delete horizon takes the place of the base timestamp and changes no time of a record', () => {
  const batch = new RecordBatchView(batchOf(values));
  const records = storedRecords(batch);
  const rewritten = new RecordBatchView(rewriteBatch(batch, records, 1_999_000_000_000));
  expect(deleteHorizonMs(batch)).toBeUndefined();
  expect(deleteHorizonMs(rewritten)).toBe(1_999_000_000_000);
  expect(storedRecords(rewritten).map(({ timestampMs }) => timestampMs)).toEqual(records.map((r) => r.timestampMs));
  expect([rewritten.maxTimestamp, rewritten.lastOffset]).toEqual([batch.maxTimestamp, batch.lastOffset]);
});
