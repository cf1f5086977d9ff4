import type { DataType, Field, Schema } from '@millrace/model';
import { StreamError } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchBuilder } from './batch-builder.ts';
import { decodeFrame } from './frame-decode.ts';
import { encodeFrame } from './frame-encode.ts';
import { gather } from './gather.ts';
import { forEachRow, type RecordBatch, withSelection } from './record-batch.ts';
import { type Value, valueAt } from './value.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`frame.test seed ${seed}`);
const options = { seed, numRuns: 200 };

const bigints = fc.oneof(fc.integer().map(BigInt), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
const doubles = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string(),
  fc.constant('\uFEFFmarked'),
  fc.string({ minLength: 40 }),
);

/** A type and values of it. */
const scalars: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  [{ kind: 'boolean', nullable: true }, fc.boolean()],
  [{ kind: 'integer', nullable: true }, fc.integer()],
  [{ kind: 'date', nullable: true }, fc.integer()],
  [{ kind: 'double', nullable: true }, doubles],
  [{ kind: 'timestamp', precision: 3, nullable: true }, fc.maxSafeInteger()],
  [{ kind: 'timestamp_ltz', precision: 6, nullable: true }, fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })],
  [{ kind: 'timestamp', precision: 9, nullable: true }, digits],
  [{ kind: 'bigint', nullable: true }, bigints],
  [{ kind: 'decimal', precision: 38, scale: 0, nullable: true }, digits.map(String)],
  [{ kind: 'string', nullable: true }, texts],
  [{ kind: 'bytes', nullable: true }, fc.uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes))],
];
const objects: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = scalars.flatMap(([type, values]) => [
  [{ kind: 'array', element: type, nullable: true }, fc.array(fc.option(values), { maxLength: 3 })],
  [{ kind: 'row', fields: [{ name: 'f', type }], nullable: true }, fc.option(values).map((value): Value => [value])],
  [
    { kind: 'map', key: { kind: 'string', nullable: false }, value: type, nullable: true },
    fc.array(fc.tuple(texts, values), { maxLength: 3 }).map((pairs): Value => new Map<Value, Value>(pairs)),
  ],
]);

const batches: fc.Arbitrary<RecordBatch> = fc
  .array(fc.constantFrom(...scalars, ...objects), { maxLength: 5 })
  .chain((columns) => {
    const fields: Field[] = columns.map(([type], at) => ({ name: `c${at}`, type }));
    const row = fc.tuple(...columns.map(([, values]) => fc.option(values, { freq: 5 })));
    return fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }).map((rows) => {
      const builder = new BatchBuilder({ fields });
      for (const [values] of rows) builder.append(values);
      const selection = Int32Array.from(rows.flatMap(([, selected], at) => (selected ? [at] : [])));
      return rows.length % 3 === 0 ? builder.finish() : withSelection(builder.finish(), selection);
    });
  });

function rowsOf(batch: RecordBatch): Value[][] {
  const rows: Value[][] = [];
  forEachRow(batch, (row) => {
    rows.push(
      batch.columns.map((column, at) => {
        const type = batch.schema.fields[at]?.type;
        return type === undefined ? null : valueAt(column, type, row);
      }),
    );
  });
  return rows;
}

describe('a frame', () => {
  it('brings back every selected row of any batch, at any alignment', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 9 }), (batch, shift) => {
        const frame = encodeFrame(batch);
        const shifted = new Uint8Array(frame.length + shift);
        shifted.set(frame, shift);
        const decoded = decodeFrame(shifted.subarray(shift), batch.schema);
        expect(decoded.selection).toBeUndefined();
        expect(rowsOf(decoded)).toStrictEqual(rowsOf(batch));
        expect(rowsOf(decodeFrame(encodeFrame(decoded), batch.schema))).toStrictEqual(rowsOf(batch));
      }),
      options,
    );
  });

  it('reads an aligned frame without copying it', () => {
    const schema: Schema = { fields: [{ name: 'n', type: { kind: 'double', nullable: false } }] };
    const builder = new BatchBuilder(schema);
    builder.append([1.5]);
    const frame = encodeFrame(builder.finish());
    const column = decodeFrame(frame, schema).columns[0];
    expect(column?.kind === 'float64' && column.values.buffer).toBe(frame.buffer);
  });

  it('that was damaged or cut is refused or still decodes to the same shape, and never reads out of bounds', () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(255), fc.nat(), (batch, where, byte, cut) => {
        const frame = encodeFrame(batch);
        const damaged = frame.slice();
        damaged[where % frame.length] = byte;
        for (const bytes of [damaged, frame.subarray(0, cut % frame.length)]) {
          try {
            const decoded = decodeFrame(bytes, batch.schema);
            if (decoded.columns.length > 0) rowsOf(decoded);
          } catch (error) {
            expect(error).toBeInstanceOf(StreamError);
            expect(error).toHaveProperty('code', 'batch.corrupt-frame');
          }
        }
      }),
      options,
    );
  });

  it('whose BIGINT is no whole number is refused, unless the row is NULL there', () => {
    const schema: Schema = { fields: [{ name: 'n', type: { kind: 'bigint', nullable: true } }] };
    const values = Float64Array.of(1, 0.5);
    const frame = (nulls: Uint8Array | undefined) =>
      encodeFrame({
        schema,
        rows: 2,
        columns: [{ kind: 'int64', values, wide: undefined, nulls }],
        selection: undefined,
      });
    expect(() => decodeFrame(frame(undefined), schema)).toThrow(/column n BIGINT: 0.5 is no whole number/);
    expect(rowsOf(decodeFrame(frame(Uint8Array.of(0, 1)), schema))).toEqual([[1n], [null]]);
  });

  it('of another schema is refused', () => {
    const builder = new BatchBuilder({ fields: [{ name: 'n', type: { kind: 'double', nullable: false } }] });
    builder.append([1]);
    const frame = encodeFrame(builder.finish());
    const text: Schema = { fields: [{ name: 'n', type: { kind: 'string', nullable: false } }] };
    expect(() => decodeFrame(frame, text)).toThrow(/column n STRING NOT NULL has form 3/);
    expect(() => decodeFrame(frame, { fields: [] })).toThrow(/1 columns, expected 0/);
  });
});

describe('gather', () => {
  it('takes the rows it is told, in that order', () => {
    fc.assert(
      fc.property(batches, fc.array(fc.nat(), { maxLength: 40 }), (batch, picks) => {
        const all = rowsOf({ ...batch, selection: undefined });
        const rows = Int32Array.from(batch.rows === 0 ? [] : picks.map((pick) => pick % batch.rows));
        expect(rowsOf(gather(batch, rows))).toStrictEqual(Array.from(rows, (row) => all[row]));
      }),
      options,
    );
  });

  it('makes a wide column narrow again when what is left fits', () => {
    const builder = new BatchBuilder({ fields: [{ name: 'n', type: { kind: 'bigint', nullable: false } }] });
    builder.append([2n ** 60n]);
    builder.append([7n]);
    const column = gather(builder.finish(), Int32Array.of(1)).columns[0];
    expect(column).toMatchObject({ kind: 'int64', wide: undefined, values: Float64Array.of(7) });
  });
});
