import type { Value } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { batchOf, rowsOf } from '../testing/contexts.ts';
import { CsvDecoder } from './csv-decoder.ts';
import { csvDialectOf } from './csv-dialect.ts';
import { CsvEncoder } from './csv-encoder.ts';
import type { Decoder, Encoder } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';

const MONTHS: DataType = { kind: 'interval', unit: 'months', nullable: true };
const MS: DataType = { kind: 'interval', unit: 'milliseconds', nullable: true };
const SCHEMA: Schema = {
  fields: [
    { name: 'm', type: MONTHS },
    { name: 'd', type: MS },
  ],
};
const dialect = csvDialectOf(() => undefined, 'csv.');
const FORMATS: readonly (readonly [string, () => Decoder, () => Encoder])[] = [
  ['json', () => new JsonDecoder(SCHEMA.fields, { failOnMissingField: false }), () => new JsonEncoder(SCHEMA.fields, [0, 1])],
  ['csv', () => new CsvDecoder(SCHEMA.fields, ['m', 'd'], dialect), () => new CsvEncoder(SCHEMA.fields, [0, 1], dialect)],
]; // biome-ignore format: a table

const ROWS: readonly (readonly Value[])[] = [
  [13, 93_784_567],
  [-14, -1],
  [0, 0],
  [null, null],
  [2 ** 31 - 1, Number.MAX_SAFE_INTEGER],
  [-(2 ** 31), Number.MIN_SAFE_INTEGER],
];

function rejects(decoder: Decoder, record: string): boolean {
  const bytes = Buffer.from(record);
  return decoder.decode(bytes, 0, bytes.length) !== undefined;
}

describe.each(FORMATS)(
  'an INTERVAL in %s is the number of its months or milliseconds, as in Flink',
  (_, decoder, encoder) => {
    it('both ways, with the greatest and the least', () => {
      const { bytes, starts, ends, count } = encoder().encode(batchOf(SCHEMA, ROWS));
      const reader = decoder();
      for (let row = 0; row < count; row++) {
        expect(reader.decode(bytes, starts[row] ?? 0, ends[row] ?? 0)).toBeUndefined();
        reader.accept();
      }
      const rows = reader.rows;
      expect(rowsOf({ schema: SCHEMA, rows, columns: reader.finish(), selection: undefined })).toEqual(ROWS);
    });
  },
);

describe('a record whose INTERVAL is no whole number, or does not fit, is rejected', () => {
  it.each(['2147483648,0', '0,9007199254740992', '1.5,0', '+1-01,0', '0,+1 00:00:00.000'])('%s', (record) => {
    const [m, d] = record.split(',');
    const asJson = `{"m": "${m}", "d": "${d}"}`;
    expect(rejects(new JsonDecoder(SCHEMA.fields, { failOnMissingField: false }), asJson)).toBe(true);
    expect(rejects(new CsvDecoder(SCHEMA.fields, ['m', 'd'], dialect), record)).toBe(true);
  });
});

it('JSON writes one in an ARRAY, MAP or ROW as a number too, and reads it', () => {
  const fields = [
    { name: 'a', type: { kind: 'array', element: MS, nullable: true } },
    { name: 'b', type: { kind: 'map', key: { kind: 'string', nullable: false }, value: MONTHS, nullable: true } },
  ] as const satisfies Schema['fields'];
  const rows: readonly (readonly Value[])[] = [[[1_000, null, -5], new Map([['k', 14]])]];
  const { bytes, starts, ends } = new JsonEncoder(fields, [0, 1]).encode(batchOf({ fields }, rows));
  const record = bytes.subarray(starts[0], ends[0]);
  expect(Buffer.from(record).toString()).toBe('{"a":[1000,null,-5],"b":{"k":14}}');
  const decoder = new JsonDecoder(fields, { failOnMissingField: false });
  expect(decoder.decode(bytes, starts[0] ?? 0, ends[0] ?? 0)).toBeUndefined();
  decoder.accept();
  expect(rowsOf({ schema: { fields }, rows: 1, columns: decoder.finish(), selection: undefined })).toEqual(rows);
});
