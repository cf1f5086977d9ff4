import { BatchBuilder, forEachRow, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { concatBatches } from './concat-batches.ts';

const SCHEMA: Schema = {
  fields: [
    { name: 'b', type: { kind: 'boolean', nullable: true } },
    { name: 'i', type: { kind: 'integer', nullable: true } },
    { name: 'd', type: { kind: 'double', nullable: true } },
    { name: 'n', type: { kind: 'bigint', nullable: true } },
    { name: 't', type: { kind: 'timestamp', precision: 9, nullable: true } },
    { name: 's', type: { kind: 'string', nullable: true } },
    { name: 'x', type: { kind: 'bytes', nullable: true } },
    { name: 'a', type: { kind: 'array', element: { kind: 'integer', nullable: true }, nullable: true } },
  ],
};

function batchOf(rows: Value[][], selection?: number[]): RecordBatch {
  const builder = new BatchBuilder(SCHEMA);
  for (const row of rows) builder.append(row);
  return { ...builder.finish(), selection: selection === undefined ? undefined : Int32Array.from(selection) };
}

function rowsOf(batch: RecordBatch): Value[][] {
  const rows: Value[][] = [];
  forEachRow(batch, (row) => {
    rows.push(
      batch.columns.map((column, at) =>
        valueAt(column, SCHEMA.fields[at]?.type ?? { kind: 'string', nullable: true }, row),
      ),
    );
  });
  return rows;
}

describe('concatBatches', () => {
  it('keeps every selected value in order, NULLs and wide integers included', () => {
    const first = [
      [true, 1, 0.5, 1n, -1n, 'one', Uint8Array.of(1), [1]],
      [null, null, null, null, null, null, null, null],
      [false, -2, -0.5, 2n, 7n, '', Uint8Array.of(), []],
    ];
    const second = [[true, 3, 1e300, 2n ** 62n, 253_402_300_799_999_999_999n, 'ü', Uint8Array.of(9, 8), [1, 2]]];
    const all = concatBatches([batchOf(first, [1, 2]), batchOf(second), batchOf(first)]);
    expect(rowsOf(all)).toEqual([first[1], first[2], second[0], ...first]);
  });
});
