import type { RecordBatch, Value } from '@millrace/batch';
import type { DataType, Field, Schema } from '@millrace/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, rowsOf } from '../testing/contexts.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { timestampText } from './time-text.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_124);
const RUNS = { numRuns: 150, seed: SEED };

const utf8 = new TextEncoder();
const text = new TextDecoder();

const TYPES: Readonly<Record<string, DataType>> = {
  boolean: { kind: 'boolean', nullable: true },
  tinyint: { kind: 'tinyint', nullable: true },
  integer: { kind: 'integer', nullable: true },
  bigint: { kind: 'bigint', nullable: true },
  decimal: { kind: 'decimal', precision: 20, scale: 4, nullable: true },
  float: { kind: 'float', nullable: true },
  double: { kind: 'double', nullable: true },
  string: { kind: 'string', nullable: true },
  bytes: { kind: 'bytes', nullable: true },
  date: { kind: 'date', nullable: true },
  time: { kind: 'time', precision: 3, nullable: true },
  timestamp: { kind: 'timestamp', precision: 3, nullable: true },
  timestamp_ltz: { kind: 'timestamp_ltz', precision: 3, nullable: true },
  array: { kind: 'array', element: { kind: 'bigint', nullable: true }, nullable: true },
  map: {
    kind: 'map',
    key: { kind: 'string', nullable: false },
    value: { kind: 'decimal', precision: 30, scale: 2, nullable: true },
    nullable: true,
  },
  row: { kind: 'row', fields: [{ name: 'x y"', type: { kind: 'string', nullable: true } }], nullable: true },
};

const string = fc.string({ unit: 'grapheme', maxLength: 20 });
const bigint = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const unscaled = (digits: number, scale: number) =>
  fc.bigInt({ min: -(10n ** BigInt(digits)) + 1n, max: 10n ** BigInt(digits) - 1n }).map((value) => {
    const magnitude = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
    return `${value < 0n ? '-' : ''}${magnitude.slice(0, -scale)}.${magnitude.slice(-scale)}`;
  });
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  tinyint: fc.integer({ min: -128, max: 127 }),
  integer: fc.integer(),
  bigint,
  decimal: fc.oneof(unscaled(20, 4), unscaled(6, 4)),
  float: fc.float({ noDefaultInfinity: false }),
  double: fc.double(),
  string,
  bytes: fc.uint8Array({ maxLength: 20 }),
  date: fc.integer({ min: -700_000, max: 2_900_000 }),
  time: fc.integer({ min: 0, max: 86_399_999 }),
  timestamp: fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }),
  timestamp_ltz: fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }),
  array: fc.array(fc.option(bigint), { maxLength: 4 }),
  map: fc.array(fc.tuple(string, fc.option(unscaled(30, 2))), { maxLength: 4 }).map((entries) => new Map(entries)),
  row: fc.option(string).map((value): Value => [value]),
};

const FIELDS: readonly Field[] = Object.entries(TYPES).map(([name, type]) => ({ name: `${name} "é\n`, type }));
const SCHEMA: Schema = { fields: FIELDS };
const row = fc.tuple(...Object.values(VALUES).map((value) => fc.option(value, { freq: 5 })));

function decodeAll(fields: readonly Field[], records: readonly Uint8Array[]): RecordBatch {
  const decoder = new JsonDecoder(fields, { failOnMissingField: false });
  for (const record of records) {
    const failure = decoder.decode(record, 0, record.length);
    if (failure !== undefined) throw new Error(failure.message);
    decoder.accept();
  }
  return { schema: { fields }, rows: decoder.rows, columns: decoder.finish(), selection: undefined };
}

function encodeAll(batch: RecordBatch): Uint8Array[] {
  const { fields } = batch.schema;
  const encoded = new JsonEncoder(
    fields,
    fields.map((_, index) => index),
  ).encode(batch);
  return Array.from({ length: encoded.count }, (_, index) =>
    encoded.bytes.slice(encoded.starts[index], encoded.ends[index]),
  );
}

test(`what is encoded is valid JSON and decodes to itself, every type, NULLs and wide numbers (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
      const records = encodeAll(batchOf(SCHEMA, rows));
      for (const record of records) JSON.parse(text.decode(record));
      const decoded = rowsOf(decodeAll(FIELDS, records));
      // -0 is written as -0.0 for doubles only; the rest compares exactly.
      expect(decoded).toEqual(rowsOf(batchOf(SCHEMA, rows)));
    }),
    RUNS,
  );
});

test(`records in one buffer decode as records in buffers of their own (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
      const records = encodeAll(batchOf(SCHEMA, rows));
      const joined = Buffer.concat(records);
      const decoder = new JsonDecoder(FIELDS, { failOnMissingField: false });
      let start = 0;
      for (const record of records) {
        expect(decoder.decode(joined, start, start + record.length)).toBeUndefined();
        decoder.accept();
        start += record.length;
      }
      const whole = { schema: SCHEMA, rows: decoder.rows, columns: decoder.finish(), selection: undefined };
      expect(rowsOf(whole)).toEqual(rowsOf(decodeAll(FIELDS, records)));
    }),
    RUNS,
  );
});

/** A column of text takes any JSON value as its text. */
const ANY: readonly Field[] = [
  { name: 'a', type: { kind: 'string', nullable: true } },
  { name: 'b', type: { kind: 'double', nullable: true } },
];

test(`decoding agrees with JSON.parse on any object (seed ${SEED})`, () => {
  const value = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
  const object = fc.record({
    a: value,
    b: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    '\u{1F600}"\\': value,
  });
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, '\t'), (record, indent) => {
      const json = JSON.stringify(record, undefined, indent);
      const [[a, b] = []] = rowsOf(decodeAll(ANY, [utf8.encode(json)]));
      const expected = JSON.parse(json) as Record<string, unknown>;
      if (typeof expected.a === 'string') expect(a).toBe(expected.a.toWellFormed());
      else if (expected.a === null) expect(a).toBeNull();
      else expect(JSON.parse(String(a))).toEqual(expected.a);
      expect(b).toBe(expected.b);
    }),
    RUNS,
  );
});

test(`damaged bytes are accepted only when JSON.parse accepts them, and leave no trace (seed ${SEED})`, () => {
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'cut', 'insert'));
  fc.assert(
    fc.property(row, fc.array(damage, { minLength: 1, maxLength: 3 }), (values, damages) => {
      const [record = new Uint8Array(0)] = encodeAll(batchOf(SCHEMA, [values]));
      let bytes = Buffer.from(record);
      for (const [at, byte, kind] of damages) {
        const place = at % (bytes.length + 1);
        if (kind === 'cut') bytes = bytes.subarray(0, place);
        else
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            Uint8Array.of(byte),
            bytes.subarray(kind === 'set' ? place + 1 : place),
          ]);
      }
      const decoder = new JsonDecoder(FIELDS, { failOnMissingField: false });
      const around = Buffer.concat([Buffer.from('"{1'), bytes, Buffer.from('1}"')]);
      const failure = decoder.decode(around, 3, 3 + bytes.length);
      if (failure === undefined) expect(typeof JSON.parse(text.decode(bytes))).toBe('object');
      else expect(failure.message).toMatch(/at byte \d+|missing/);
      expect(decoder.decode(record, 0, record.length)).toBeUndefined();
      decoder.accept();
      const batch = { schema: SCHEMA, rows: 1, columns: decoder.finish(), selection: undefined };
      expect(rowsOf(batch)).toEqual(rowsOf(batchOf(SCHEMA, [values])));
    }),
    RUNS,
  );
});

const ORDER: readonly Field[] = [
  { name: 'id', type: { kind: 'bigint', nullable: false } },
  { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2, nullable: true } },
  { name: 'ts', type: { kind: 'timestamp', precision: 3, nullable: true } },
];
const CASES: readonly [json: string, expected: readonly Value[] | string][] = [
  ['{"id":1,"amount":12.5,"ts":"2026-11-24 00:12:31.123"}', [1n, '12.50', Date.UTC(2026, 10, 24, 0, 12, 31, 123)]],
  [
    '{"ts":"2026-11-24T00:12:31Z","amount":"7","id":"9007199254740993"}',
    [9_007_199_254_740_993n, '7.00', Date.UTC(2026, 10, 24, 0, 12, 31)],
  ],
  ['{"id":1,"ts":"2026-11-24T02:12:31.5+02:00"}', [1n, null, Date.UTC(2026, 10, 24, 0, 12, 31, 500)]],
  ['{"id":1e3,"id":2,"amount":1.005}', [2n, '1.01', null]],
  [' { "i\\u0064" : -0 , "other" : [1, {"a":"}"}] } ', [0n, null, null]],
  ['{"amount":1}', 'field id: missing or NULL, BIGINT NOT NULL is wanted'],
  ['{"id":null}', 'field id: missing or NULL, BIGINT NOT NULL is wanted'],
  ['{"id":1.5}', 'field id: expected BIGINT NOT NULL, found 1.5 at byte 6'],
  ['{"id":9223372036854775808}', 'field id: expected BIGINT NOT NULL, found 9223372036854775808 at byte 6'],
  ['{"id":1,"amount":123456789}', 'field amount: expected DECIMAL(10, 2), found 123456789 at byte 17'],
  ['{"id":1,"ts":"2026-02-29 00:00:00"}', 'field ts: expected TIMESTAMP(3), found "2026-02-29 00:00:00" at byte 13'],
  ['{"id":1', 'not a JSON object: the record ends at byte 7'],
  ['{"id":01}', "not a JSON object: found '0' at byte 6"],
  ['[1]', "not a JSON object: found '[' at byte 0"],
  ['', 'not a JSON object: the record ends at byte 0'],
];

test.each(CASES)('%s', (json, expected) => {
  const decoder = new JsonDecoder(ORDER, { failOnMissingField: false });
  const bytes = utf8.encode(json);
  const failure = decoder.decode(bytes, 0, bytes.length);
  if (typeof expected === 'string') expect(failure?.message).toBe(expected);
  else {
    expect(failure).toBeUndefined();
    expect(rowsOf(decodeAll(ORDER, [bytes]))).toEqual([expected]);
  }
});

test('a field that is absent rejects the record when the table says so', () => {
  const decoder = new JsonDecoder(ORDER, { failOnMissingField: true });
  const bytes = utf8.encode('{"id":1,"amount":null}');
  expect(decoder.decode(bytes, 0, bytes.length)).toMatchObject({
    code: 'json.missing',
    message: expect.stringContaining('field ts'),
  });
});

test(`timestamps are written as Date writes them (seed ${SEED})`, () => {
  const epochMs = fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 });
  fc.assert(
    fc.property(epochMs, (ms) => {
      expect(timestampText(ms)).toBe(new Date(ms).toISOString().replace('T', ' ').replace('Z', ''));
    }),
    RUNS,
  );
});
