import { describe, expect, it } from 'vitest';
import { crc32cNative, crc32cTable } from './crc32c.ts';
import { errorCode, errorName, isRetriable, KAFKA_ERRORS, type KafkaErrorName } from './errors.ts';
import { ProtocolError, Reader } from './reader.ts';
import { Writer } from './writer.ts';

describe.each([false, true])('primitive types, flexible=%s', (flexible) => {
  it('reads back everything that was written', () => {
    const writer = new Writer({ flexible, initialBytes: 1 });
    writer.int8(-1).int16(-2).uint16(65_535).int32(-3).uint32(4_294_967_295);
    writer
      .int64(-4)
      .int64(2 ** 53 - 1)
      .int64(-(2 ** 53 - 1))
      .bigint64(-(2n ** 63n))
      .float64(1.5)
      .boolean(true);
    writer.uvarint(0).uvarint(300).uvarint(4_294_967_295).varint(-2_147_483_648).varint(2_147_483_647);
    writer
      .varlong(-(2n ** 63n))
      .varlong(-1)
      .uuid('00112233-4455-6677-8899-aabbccddeeff');
    writer.string('héllo').nullableString(null).bytes(Buffer.from('b')).nullableBytes(null);
    writer
      .array([1, 2], (v, w) => w.int32(v).tags())
      .nullableArray(null, () => {})
      .tags();
    writer.attachedBytes([Buffer.from('ab'), Buffer.from('c')], 3).int8(9);
    const r = new Reader(writer.toBuffer(), { flexible });
    expect([r.int8(), r.int16(), r.uint16(), r.int32(), r.uint32()]).toEqual([-1, -2, 65_535, -3, 4_294_967_295]);
    expect([r.int64(), r.int64(), r.int64(), r.bigint64()]).toEqual([-4, 2 ** 53 - 1, -(2 ** 53 - 1), -(2n ** 63n)]);
    expect([r.float64(), r.boolean()]).toEqual([1.5, true]);
    expect([r.uvarint(), r.uvarint(), r.uvarint()]).toEqual([0, 300, 4_294_967_295]);
    expect([r.varint(), r.varint(), r.bigVarlong(), r.varlong()]).toEqual([
      -2_147_483_648,
      2_147_483_647,
      -(2n ** 63n),
      -1,
    ]);
    expect(r.uuid()).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect([r.string(), r.nullableString(), r.bytes().toString(), r.nullableBytes()]).toEqual([
      'héllo',
      null,
      'b',
      null,
    ]);
    const element = (reader: Reader) => {
      const value = reader.int32();
      reader.tags();
      return value;
    };
    expect([r.array(element), r.nullableArray(element)]).toEqual([[1, 2], null]);
    r.tags();
    expect([r.bytes().toString(), r.int8(), r.remaining]).toEqual(['abc', 9, 0]);
  });

  it('refuses lengths beyond the end before allocating', () => {
    const huge = new Writer({ flexible });
    if (flexible) huge.uvarint(2_000_000_000);
    else huge.int32(2_000_000_000);
    const bytes = huge.toBuffer();
    expect(() => new Reader(bytes, { flexible }).bytes()).toThrow(ProtocolError);
    expect(() => new Reader(bytes, { flexible }).array((r) => r.int8())).toThrow(ProtocolError);
  });
});

it('hands out tagged fields and skips unknown ones', () => {
  const r = new Reader(
    new Writer().uvarint(2).uvarint(0).uvarint(1).int8(5).uvarint(9).uvarint(2).int16(7).toBuffer(),
    { flexible: true },
  );
  const seen: number[] = [];
  r.tags((tag, value) => tag === 0 && seen.push(value.int8()));
  expect([seen, r.remaining]).toEqual([[5], 0]);
});

describe('crc-32c', () => {
  it('agrees with the published check value', () => {
    expect(crc32cTable(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283);
  });

  it('is the same natively and by table, at every length and alignment', () => {
    if (crc32cNative === undefined) throw new Error('the native binding must load where tests run');
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 31 + 7) & 0xff));
    for (let start = 0; start < 9; start++) {
      for (let end = start; end <= 300; end += 3) {
        expect(crc32cTable(bytes, start, end)).toBe(crc32cNative(bytes, start, end));
      }
    }
  });
});

it('numbers errors as Kafka does, each number once', () => {
  const names = Object.keys(KAFKA_ERRORS) as KafkaErrorName[];
  expect(new Set(names.map(errorCode)).size).toBe(names.length);
  expect([errorCode('INVALID_TXN_STATE'), errorName(51), errorName(9999)]).toEqual([
    48,
    'CONCURRENT_TRANSACTIONS',
    'UNKNOWN_SERVER_ERROR',
  ]);
  expect([isRetriable('NOT_COORDINATOR'), isRetriable('INVALID_PRODUCER_EPOCH')]).toEqual([true, false]);
});
