import { decodeFrame, encodeFrame, type RecordBatch, type Value } from '@millrace/batch';
import type { DataType, Field, FineTimestamp, Schema } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, rowsOf } from '../testing/contexts.ts';
import { CsvDecoder } from './csv-decoder.ts';
import { csvDialectOf } from './csv-dialect.ts';
import { CsvEncoder } from './csv-encoder.ts';
import type { Decoder, Encoder } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { jsonText } from './json-text.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_129);
const PRECISIONS = [4, 5, 6, 7, 8, 9] as const;
const DIALECT = csvDialectOf(() => undefined, 'csv.');

const typeOf = (kind: 'timestamp' | 'timestamp_ltz', precision: FineTimestamp['precision']): FineTimestamp => ({
  kind,
  precision,
  nullable: true,
});
const FIELDS: readonly (Field & { readonly type: FineTimestamp })[] = PRECISIONS.flatMap((precision) => [
  { name: `at${precision}`, type: typeOf('timestamp', precision) },
  { name: `seen${precision}`, type: typeOf('timestamp_ltz', precision) },
]);
const SCHEMA: Schema = { fields: FIELDS };

/** Seconds of the years where a kind of number ends: ticks of (6) are wide from 2255, and ticks of (9) beyond 64 bits from 2262. */
const second = (text: string) => BigInt(Date.parse(`${text}Z`)) / 1_000n;
const EDGES = ['0001-01-01T00:00:00', '1969-12-31T23:59:59', '2255-06-05T23:47:34', '2262-04-11T23:47:16'];
const seconds = fc.oneof(
  fc.bigInt({ min: second('0001-01-01T00:00:00'), max: second('9999-12-31T23:59:59') }),
  fc.bigInt({ min: -10n, max: 10n }),
  fc.constantFrom(...EDGES, '9999-12-31T23:59:59').map(second),
);
const nanos = fc.oneof(
  fc.bigInt({ min: 0n, max: 999_999_999n }),
  fc.constantFrom(0n, 1n, 999_999_999n, 120_000_000n, 500_000n),
);
const moment = fc.tuple(seconds, nanos).map(([whole, behind]) => ({ whole, behind }));
type Moment = { readonly whole: bigint; readonly behind: bigint };

const perSecond = ({ precision }: FineTimestamp) => 10n ** BigInt(precision);
const ticks = ({ whole, behind }: Moment, type: FineTimestamp) =>
  whole * perSecond(type) + (behind * perSecond(type)) / 1_000_000_000n;

/** The text of a moment by Date and by hand, digits cut to `precision`. */
function textOf({ whole, behind }: Moment, precision: number): string {
  const clock = new Date(Number(whole) * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${clock}.${behind.toString().padStart(9, '0').slice(0, precision)}`;
}

const withoutZeros = (text: string) => text.replace(/\.?0*$/, '');

const moments = fc.array(
  fc.array(fc.option(moment, { freq: 8 }), { minLength: FIELDS.length, maxLength: FIELDS.length }),
  { minLength: 1, maxLength: 6 },
);
const rowsOfMoments = (rows: readonly (readonly (Moment | null)[])[]) =>
  rows.map((row) => FIELDS.map(({ type }, at) => (row[at] == null ? null : ticks(row[at], type))));

function recordsOf(encoder: Encoder, batch: RecordBatch): string[] {
  const { bytes, starts, ends, count } = encoder.encode(batch);
  return Array.from({ length: count }, (_, row) => Buffer.from(bytes.subarray(starts[row], ends[row])).toString());
}

function decoded(decoder: Decoder, records: readonly string[]): Value[][] {
  for (const record of records) {
    const bytes = Buffer.from(record);
    expect(decoder.decode(bytes, 0, bytes.length)).toBeUndefined();
    decoder.accept();
  }
  const { fields, rows } = decoder;
  return rowsOf({ schema: { fields }, rows, columns: decoder.finish(), selection: undefined });
}

function decodedAsRun(records: readonly string[]): Value[][] {
  const joined = Buffer.from(records.join(''));
  const lengths = records.map((record) => record.length);
  const ends = Int32Array.from(lengths, (_, at) => lengths.slice(0, at + 1).reduce((sum, each) => sum + each, 0));
  const starts = ends.map((end, at) => end - (lengths[at] ?? 0));
  const decoder = jsonDecoder(FIELDS);
  decoder.prepare(joined, 0, joined.length);
  expect(decoder.decodeRun(joined, { starts, ends, from: 0, to: records.length }, undefined)).toBe(records.length);
  return rowsOf({ schema: SCHEMA, rows: decoder.rows, columns: decoder.finish(), selection: undefined });
}

const jsonDecoder = (fields: readonly Field[]) => new JsonDecoder(fields, { failOnMissingField: false });

describe('all digits of a fine timestamp', () => {
  test(`pass JSON both ways, as Flink writes them (SEED=${SEED})`, () => {
    fc.assert(
      fc.property(moments, (rows) => {
        const batch = batchOf(SCHEMA, rowsOfMoments(rows));
        const records = recordsOf(new JsonEncoder(FIELDS, [...FIELDS.keys()]), batch);
        const expected = rows.map((row) =>
          Object.fromEntries(
            FIELDS.map(({ name, type }, at) => {
              const each = row[at];
              const zone = type.kind === 'timestamp_ltz' ? 'Z' : '';
              return [name, each == null ? null : `${withoutZeros(textOf(each, type.precision))}${zone}`];
            }),
          ),
        );
        expect(records.map((record) => JSON.parse(record))).toEqual(expected);
        expect(decoded(jsonDecoder(FIELDS), records)).toEqual(rowsOf(batch));
        // A run of records is decoded by other code.
        expect(decodedAsRun(records)).toEqual(rowsOf(batch));
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  test(`pass CSV both ways (SEED=${SEED})`, () => {
    fc.assert(
      fc.property(moments, (rows) => {
        const batch = batchOf(SCHEMA, rowsOfMoments(rows));
        const records = recordsOf(new CsvEncoder(FIELDS, [...FIELDS.keys()], DIALECT), batch);
        const names = FIELDS.map(({ name }) => name);
        expect(decoded(new CsvDecoder(FIELDS, names, DIALECT), records)).toEqual(rowsOf(batch));
        // Quoted fields go the careful way.
        const quoted = records.map((record) =>
          record
            .split(',')
            .map((text) => (text === '' ? '' : `"${text}"`))
            .join(','),
        );
        expect(decoded(new CsvDecoder(FIELDS, names, DIALECT), quoted)).toEqual(rowsOf(batch));
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  test(`pass a frame, narrow and wide (SEED=${SEED})`, () => {
    fc.assert(
      fc.property(moments, (rows) => {
        const batch = batchOf(SCHEMA, rowsOfMoments(rows));
        expect(rowsOf(decodeFrame(encodeFrame(batch), SCHEMA))).toEqual(rowsOf(batch));
      }),
      { numRuns: 100, seed: SEED },
    );
  });

  test(`are read from any zone, with a T, escaped, and those beyond the precision are cut (SEED=${SEED})`, () => {
    const forms = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.replace(' ', 'T'),
      (text) => `${text}Z`,
      (text) => `${text}+00:00`,
      (text) => text.replace(':', '\\u003a'),
      (text) => ` ${text} `,
    );
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 9 }), forms, ({ whole, behind }, digits, form) => {
        const cut = 10n ** BigInt(9 - digits);
        const written = { whole, behind: (behind / cut) * cut };
        const text = form(textOf(written, digits));
        const record = `{${FIELDS.map(({ name }) => `"${name}":"${text}"`).join(',')}}`;
        expect(decoded(jsonDecoder(FIELDS), [record])).toEqual([FIELDS.map(({ type }) => ticks(written, type))]);
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  test(`pass nested in ARRAY, MAP and ROW, and as keys of a MAP (SEED=${SEED})`, () => {
    const micros = typeOf('timestamp', 6);
    const nanosLtz = typeOf('timestamp_ltz', 9);
    const nested: DataType = {
      kind: 'row',
      fields: [
        { name: 'list', type: { kind: 'array', element: micros, nullable: true } },
        { name: 'by', type: { kind: 'map', key: { ...micros, nullable: false }, value: nanosLtz, nullable: true } },
      ],
      nullable: true,
    };
    const fields = [{ name: 'x', type: nested }];
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 3 }), (all) => {
        const list = all.map((each) => ticks(each, micros));
        const by = new Map(all.map((each) => [ticks(each, micros), ticks(each, nanosLtz)]));
        const batch = batchOf({ fields }, [[[list, by]]]);
        const records = recordsOf(new JsonEncoder(fields, [0]), batch);
        expect(decoded(jsonDecoder(fields), records)).toEqual([[[list, by]]]);
        expect(jsonText([list, by], nested)).toBe(records[0]?.slice('{"x":'.length, -1));
      }),
      { numRuns: 100, seed: SEED },
    );
  });
});

test.each([
  ['2026-11-24 02:12:31.5+02:00', 6, 1_795_479_151_500_000n],
  ['2026-11-24T02:12:31.123456+0200', 5, 179_547_915_112_345n],
  ['2026-11-24 00:12+00:00', 6, 1_795_479_120_000_000n],
  ['1969-12-31 23:59:59.999999999', 9, -1n],
  ['1969-12-31 23:59:59.999999999', 4, -1n],
  ['0001-01-01 00:00:00.000000001', 9, -62_135_596_799_999_999_999n],
] as const)('%s as TIMESTAMP(%i) is %s ticks', (text, precision, expected) => {
  const fields = [{ name: 'at', type: typeOf('timestamp', precision) }];
  expect(decoded(jsonDecoder(fields), [`{"at":"${text}"}`])).toEqual([[expected]]);
});

test.each([
  ['2026-11-24 00:12:31.1234567891'],
  ['2026-11-24 00:12:31.123456x'],
  ['2026-11-24 00:12:31.123.456'],
  ['2026-11-24 00:12:31.123456ZZ'],
  ['2026-02-30 00:12:31.123456'],
])('%s is no time', (text) => {
  const fields = [{ name: 'at', type: typeOf('timestamp', 6) }];
  const bytes = Buffer.from(`{"at":"${text}"}`);
  expect(jsonDecoder(fields).decode(bytes, 0, bytes.length)?.message).toContain('expected TIMESTAMP(6)');
});
