import type { Value } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, rowsOf } from '../testing/contexts.ts';
import { CsvDecoder } from './csv-decoder.ts';
import { type CsvDialect, checkCsvOptions, csvDialectOf } from './csv-dialect.ts';
import { CsvEncoder } from './csv-encoder.ts';
import { recordEnd } from './csv-scan.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_124);
const utf8 = new TextEncoder();

const TYPES: Readonly<Record<string, DataType>> = {
  id: { kind: 'bigint', nullable: true },
  name: { kind: 'string', nullable: true },
  small: { kind: 'smallint', nullable: true },
  price: { kind: 'decimal', precision: 20, scale: 2, nullable: true },
  score: { kind: 'double', nullable: true },
  ratio: { kind: 'float', nullable: true },
  open: { kind: 'boolean', nullable: true },
  blob: { kind: 'bytes', nullable: true },
  day: { kind: 'date', nullable: true },
  hour: { kind: 'time', precision: 3, nullable: true },
  at: { kind: 'timestamp', precision: 3, nullable: true },
  seen: { kind: 'timestamp_ltz', precision: 3, nullable: true },
};
const COLUMNS = Object.keys(TYPES);
const schemaOf = (names: readonly string[]): Schema => ({
  fields: names.map((name) => ({ name, type: TYPES[name] ?? { kind: 'string', nullable: true } })),
});
const SCHEMA = schemaOf(COLUMNS);

const dialectOf = (options: Readonly<Record<string, string>> = {}): CsvDialect =>
  csvDialectOf((name) => options[name], 'csv.');

function decode(records: readonly string[], names: readonly string[], columns = names, dialect = dialectOf()) {
  const schema = schemaOf(names);
  const decoder = new CsvDecoder(schema.fields, columns, dialect);
  const failures: string[] = [];
  const bytes = Buffer.from(records.join(''));
  let start = 0;
  for (const record of records) {
    const end = start + Buffer.byteLength(record);
    const failure = decoder.decode(bytes, start, end);
    if (failure === undefined) decoder.accept();
    else failures.push(`${failure.code}: ${failure.message}`);
    start = end;
  }
  const { rows } = decoder;
  return { rows: rowsOf({ schema, rows, columns: decoder.finish(), selection: undefined }), failures };
}

function encode(rows: readonly (readonly Value[])[], dialect: CsvDialect, schema = SCHEMA): string[] {
  const encoder = new CsvEncoder(
    schema.fields,
    schema.fields.map((_, index) => index),
    dialect,
  );
  const { bytes, starts, ends, count } = encoder.encode(batchOf(schema, rows));
  return Array.from({ length: count }, (_, row) => Buffer.from(bytes.subarray(starts[row], ends[row])).toString());
}

describe('decoding', () => {
  test('fields go by position, unwanted ones are passed over', () => {
    const { rows, failures } = decode(
      ['1,Ann,"x,y",12.50,0.5\n', '2,"Bo ""B"" b",z,-3,1e3\r\n', '3,,,,'],
      ['score', 'id', 'name', 'price'],
      ['id', 'name', 'unwanted', 'price', 'score'],
    );
    expect(failures).toEqual([]);
    expect(rows).toEqual([
      [0.5, 1n, 'Ann', '12.50'],
      [1_000, 2n, 'Bo "B" b', '-3.00'],
      [null, 3n, '', null],
    ]);
  });

  test('neighbouring records do not leak into each other', () => {
    expect(decode(['1,2', '3,4', '5,67', '8,9'], ['id', 'small']).rows).toEqual([
      [1n, 2],
      [3n, 4],
      [5n, 67],
      [8n, 9],
    ]);
  });

  test('blanks around numbers, words and times are dropped, those of text are kept', () => {
    const { rows } = decode([' 7 , Ann , true , 2026-11-24 \n'], ['id', 'name', 'open', 'day']);
    expect(rows).toEqual([[7n, ' Ann ', true, 20_781]]);
  });

  test('the NULL literal is NULL unless it is quoted', () => {
    const dialect = dialectOf({ 'csv.null-literal': 'n/a' });
    const { rows } = decode(['n/a,n/a\n', '1,"n/a"\n', '2,\n'], ['id', 'name'], undefined, dialect);
    expect(rows).toEqual([
      [null, null],
      [1n, 'n/a'],
      [2n, ''],
    ]);
    expect(decode(['1,\n'], ['id', 'name'], undefined, dialectOf({ 'csv.null-literal': '' })).rows).toEqual([
      [1n, null],
    ]);
  });

  test('tabs, other quotes and escapes are understood when asked for', () => {
    const dialect = dialectOf({
      'csv.field-delimiter': '\\t',
      'csv.quote-character': "'",
      'csv.escape-character': '\\',
    });
    const { rows } = decode(["1\t'it\\'s, a\ttab'\n", '2\ta\\\tb\n'], ['id', 'name'], undefined, dialect);
    expect(rows).toEqual([
      [1n, "it's, a\ttab"],
      [2n, 'a\tb'],
    ]);
    const plain = dialectOf({ 'csv.disable-quote-character': 'true' });
    expect(decode(['1,"x"\n'], ['id', 'name'], undefined, plain).rows).toEqual([[1n, '"x"']]);
  });

  test.each([
    ['1,2,3\n', "csv.columns: more than 2 fields: ',' at byte 3"],
    ['1\n', 'csv.columns: 1 fields, 2 are expected'],
    ['\n', 'csv.columns: 1 fields, 2 are expected'],
    ['x,y\n', 'csv.type: field id: expected BIGINT, found x at byte 0'],
    ['1.5,y\n', 'csv.type: field id: expected BIGINT, found 1.5 at byte 0'],
    ['9223372036854775808,y\n', 'csv.type: field id: expected BIGINT, found 9223372036854775808 at byte 0'],
    ['1,"open\n', 'csv.quote: a quoted field does not end where the next begins, at byte 2'],
    ['1,"a"b\n', 'csv.quote: a quoted field does not end where the next begins, at byte 5'],
  ])('%j is rejected with its reason and leaves no trace', (record, reason) => {
    const { rows, failures } = decode(['1,a\n', record, '2,b\n'], ['id', 'name']);
    expect(failures).toEqual([reason]);
    expect(rows).toEqual([
      [1n, 'a'],
      [2n, 'b'],
    ]);
  });

  test('bytes that are not UTF-8 are rejected', () => {
    const decoder = new CsvDecoder(schemaOf(['name']).fields, ['name'], dialectOf());
    expect(decoder.decode(Uint8Array.of(0xc3, 0x28), 0, 2)).toMatchObject({ code: 'csv.type' });
  });

  test('a NULL in a NOT NULL column is rejected', () => {
    const decoder = new CsvDecoder([{ name: 'id', type: { kind: 'bigint', nullable: false } }], ['id'], dialectOf());
    expect(decoder.decode(utf8.encode(''), 0, 0)).toEqual({
      code: 'csv.missing',
      message: 'field id: NULL in a NOT NULL column',
    });
  });
});

const text = fc.string({
  unit: fc.constantFrom('a', '"', "'", ',', '\\', ' ', '#', '\n', '\r', '\t', 'é', '杭'),
  maxLength: 8,
});
const row = fc.tuple(
  fc.option(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
  text,
  fc.option(fc.integer({ min: -32_768, max: 32_767 })),
  fc.option(fc.constantFrom('0.00', '-0.01', '12.50', '999999999999999999.99')),
  fc.option(fc.double()),
  fc.option(fc.float()),
  fc.option(fc.boolean()),
  fc.option(fc.uint8Array({ minLength: 1, maxLength: 9 })),
  fc.option(fc.integer({ min: 0, max: 40_000 })),
  fc.option(fc.integer({ min: 0, max: 86_399_999 })),
  fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
  fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
);
const dialects = fc.constantFrom<Record<string, string>>(
  {},
  { 'csv.field-delimiter': ';', 'csv.quote-character': "'" },
  { 'csv.field-delimiter': '\\t', 'csv.escape-character': '\\' },
  { 'csv.null-literal': 'NULL' },
  { 'csv.disable-quote-character': 'true', 'csv.escape-character': '\\' },
);

test('what is written is read back, and a file of records is cut where they were written', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), dialects, (rows, options) => {
      const dialect = dialectOf(options);
      const records = encode(rows, dialect).map((record) => `${record}\n`);
      const bytes = Buffer.from(records.join(''));
      let at = 0;
      for (const record of records) {
        const end = recordEnd(bytes, at, bytes.length, dialect);
        expect(bytes.subarray(at, end).toString()).toBe(record);
        at = end;
      }
      const { rows: read, failures } = decode(records, COLUMNS, undefined, dialect);
      expect(failures).toEqual([]);
      expect(read).toEqual(rows.map(plain));
    }),
    { numRuns: 200, seed: SEED },
  );
});

test('no bytes make the decoder throw, hang or read beyond the record', () => {
  const letters = fc.constantFrom('1', '-', '.', 'e', ',', '"', '\n', ' ', 'x', '\\', ':');
  fc.assert(
    fc.property(
      fc.string({ unit: letters, maxLength: 30 }),
      fc.string({ unit: letters, maxLength: 10 }),
      (record, next) => {
        const alone = decode([record], ['id', 'name', 'price']);
        const followed = decode([record, next], ['id', 'name', 'price']);
        expect(followed.rows.slice(0, alone.rows.length)).toEqual(alone.rows);
        expect(followed.failures.slice(0, alone.failures.length)).toEqual(alone.failures);
      },
    ),
    { numRuns: 600, seed: SEED },
  );
});

test('options that cannot work together are refused with their names', () => {
  const issues = (options: Record<string, string>) => checkCsvOptions(options, 'csv.').map(({ message }) => message);
  expect(issues({ 'csv.field-delimiter': 'ab' })).toEqual([
    "option 'csv.field-delimiter' takes one ASCII character that is no line break ('\\t' for a tab), not 'ab'",
  ]);
  expect(issues({ 'csv.field-delimiter': '"' })).toEqual([
    "option 'csv.quote-character' must differ from the field delimiter",
  ]);
  expect(issues({ 'csv.field-delimiter': '|', 'csv.escape-character': '|' })).toEqual([
    "option 'csv.escape-character' must differ from the field delimiter and the quote character",
  ]);
});

test('columns without a form in CSV are refused by name', () => {
  const list: DataType = { kind: 'array', element: { kind: 'bigint', nullable: true }, nullable: true };
  const fields = [{ name: 'tags', type: list }];
  expect(() => new CsvDecoder(fields, ['tags'], dialectOf())).toThrow(
    /'csv' has no form for ARRAY<BIGINT> \(column 'tags'\)/,
  );
  expect(() => new CsvEncoder(fields, [0], dialectOf())).toThrow(/column 'tags'/);
});

/** -0 of a DOUBLE is kept; a FLOAT comes back as its 24 bits. */
function plain(values: readonly Value[]): readonly Value[] {
  return values.map((value, index) =>
    COLUMNS[index] === 'ratio' && typeof value === 'number' ? Math.fround(value) : value,
  );
}
