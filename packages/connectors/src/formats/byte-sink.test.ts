import { columnOf, formatDecimal, type RecordBatch } from '@millrace/batch';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { expect, it } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { JsonEncoder } from './json-encoder.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_129);

function written(write: (sink: ByteSink) => void): string {
  const sink = new ByteSink();
  write(sink);
  return Buffer.from(sink.bytes.subarray(0, sink.at)).toString();
}

it(`safe integers and decimals of any scale are written to the last digit (SEED=${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const edges = [0, 1, 9, 10, 99, 100, 0x7fffffff, 0x80000000, 214748364799, Number.MAX_SAFE_INTEGER];
  const any = Array.from({ length: 5_000 }, () => Math.floor(random.next() * 10 ** random.integer(16)));
  for (const magnitude of [...edges, ...edges.map((edge) => edge - 1), ...any]) {
    for (const value of [magnitude, 0 - magnitude]) {
      expect(written((sink) => sink.integer(value))).toBe(String(BigInt(value)));
      const scale = 1 + random.integer(20);
      expect(written((sink) => sink.decimal(value, scale))).toBe(formatDecimal(BigInt(value), scale));
    }
  }
});

it('a row of very many columns is written as one of few', () => {
  const type = { kind: 'integer', nullable: true } as const;
  const fields = Array.from({ length: 300 }, (_, at) => ({ name: `a column with a long name, number ${at}`, type }));
  const columns = fields.map((_, at) => columnOf([at, null], type));
  const batch: RecordBatch = { schema: { fields }, rows: 2, columns, selection: undefined };
  const { bytes, starts, ends } = new JsonEncoder(fields, [...fields.keys()]).encode(batch);
  const rows = [0, 1].map((row) => JSON.parse(Buffer.from(bytes.subarray(starts[row], ends[row])).toString()));
  expect(rows).toEqual([
    Object.fromEntries(fields.map(({ name }, at) => [name, at])),
    Object.fromEntries(fields.map(({ name }) => [name, null])),
  ]);
});
