import type { DataType } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf } from './batch-builder.ts';
import type { Column } from './column.ts';
import { hashRows, keyGroupOf, keyGroupsOf, rowNumbers, subtaskOf } from './hash.ts';
import { splitByKeyGroup } from './partition.ts';
import type { RecordBatch } from './record-batch.ts';
import { StringColumn } from './string-column.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`hash.test seed ${seed}`);

const bigint: DataType = { kind: 'bigint', nullable: true };
const text: DataType = { kind: 'string', nullable: true };

function batchOf(column: Column, type: DataType, rows: number): RecordBatch {
  return { schema: { fields: [{ name: 'key', type }] }, rows, columns: [column], selection: undefined };
}

function hashesOf(column: Column, type: DataType, rows: number): number[] {
  const hashes = new Int32Array(rows);
  hashRows(batchOf(column, type, rows), [0], hashes);
  return [...hashes];
}

describe('the hash of a key', () => {
  it('is the same for narrow and wide integers', () => {
    const check = (values: number[]) => {
      const narrow = columnOf(values.map(BigInt), bigint);
      const wide: Column = { kind: 'int64', values: new Float64Array(0), wide: values.map(BigInt), nulls: undefined };
      const wide64: Column = { ...wide, wide: BigInt64Array.from(values.map(BigInt)) };
      expect(narrow).toHaveProperty('wide', undefined);
      expect(hashesOf(wide, bigint, values.length)).toStrictEqual(hashesOf(narrow, bigint, values.length));
      expect(hashesOf(wide64, bigint, values.length)).toStrictEqual(hashesOf(narrow, bigint, values.length));
    };
    fc.assert(fc.property(fc.array(fc.maxSafeInteger()), check), { seed });
    check([0, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]);
  });

  it('is the same for strings and UTF-8 slices, wherever they lie', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (values) => {
        const strings = columnOf(values, text);
        const parts = values.map((value) => Buffer.from(value));
        const bytes = new Uint8Array(Buffer.concat(parts.flatMap((part) => [Buffer.from('x'), part])));
        const ends = Int32Array.from(parts, (_, at) =>
          parts.slice(0, at + 1).reduce((sum, p) => sum + p.length + 1, 0),
        );
        const starts = Int32Array.from(parts, (part, at) => (ends[at] ?? 0) - part.length);
        const slices = StringColumn.fromUtf8(bytes, starts, ends, values.length, undefined);
        expect(hashesOf(slices, text, values.length)).toStrictEqual(hashesOf(strings, text, values.length));
        expect(values.map((_, row) => slices.get(row))).toStrictEqual(values);
      }),
      { seed },
    );
  });

  it('is the same for 0 and -0, and for every NULL whatever its slot holds', () => {
    const double: DataType = { kind: 'double', nullable: true };
    const values = Float64Array.of(0, -0);
    const [zero, minusZero] = hashesOf({ kind: 'float64', values, nulls: undefined }, double, 2);
    expect(minusZero).toBe(zero);
    const nulls = Uint8Array.of(1, 1);
    const [one, two] = hashesOf({ kind: 'float64', values: Float64Array.of(5, 6), nulls }, double, 2);
    expect(two).toBe(one);
  });

  it('spreads consecutive integers evenly over key groups', () => {
    const rows = 12_800;
    const values = Array.from({ length: rows }, (_, row) => BigInt(row));
    const counts = new Array<number>(128).fill(0);
    for (const hash of hashesOf(columnOf(values, bigint), bigint, rows)) {
      const group = keyGroupOf(hash, 128);
      counts[group] = (counts[group] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(150);
  });
});

describe('key groups', () => {
  it('belong to exactly one subtask, and ranges and assignment agree', () => {
    const sizes = fc
      .integer({ min: 1, max: 300 })
      .chain((max) => fc.tuple(fc.constant(max), fc.integer({ min: 1, max })));
    fc.assert(
      fc.property(sizes, ([maxParallelism, parallelism]) => {
        let next = 0;
        for (let subtask = 0; subtask < parallelism; subtask++) {
          const { first, last } = keyGroupsOf(subtask, parallelism, maxParallelism);
          expect(first).toBe(next);
          expect(last).toBeGreaterThanOrEqual(first);
          for (let group = first; group <= last; group++) {
            expect(subtaskOf(group, parallelism, maxParallelism)).toBe(subtask);
          }
          next = last + 1;
        }
        expect(next).toBe(maxParallelism);
      }),
      { seed },
    );
  });

  it('send every selected row to the owner of its key and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), fc.integer({ min: 1, max: 7 }), (values, parallelism) => {
        const selection = rowNumbers(values.length).filter((row) => row % 3 !== 1);
        const batch = { ...batchOf(columnOf(values, text), text, values.length), selection };
        const parts = splitByKeyGroup(batch, [0], 16, parallelism);
        expect(parts).toHaveLength(parallelism);
        expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toStrictEqual([...selection]);
        const hashes = new Int32Array(values.length);
        hashRows(batch, [0], hashes);
        for (const [subtask, part] of parts.entries()) {
          expect([...part]).toStrictEqual([...part].sort((a, b) => a - b));
          for (const row of part) expect(subtaskOf(keyGroupOf(hashes[row] ?? 0, 16), parallelism, 16)).toBe(subtask);
        }
      }),
      { seed },
    );
  });
});
