import type { DataType, Schema } from '@millrace/model';
import { expect, test } from 'vitest';
import { drain, readerContext } from '../testing/contexts.ts';
import { values } from './connector.ts';

const field = (name: string, type: DataType) => ({ name, type });
const SCHEMA: Schema = {
  fields: [
    field('id', { kind: 'bigint', nullable: false }),
    field('name', { kind: 'string', nullable: true }),
    field('raw', { kind: 'bytes', nullable: true }),
    field('price', { kind: 'decimal', precision: 20, scale: 2, nullable: true }),
    field('at', { kind: 'timestamp', precision: 3, nullable: true }),
    field('ok', { kind: 'boolean', nullable: true }),
    field('nanos', { kind: 'timestamp', precision: 9, nullable: true }),
  ],
};
const OPTIONS = {
  connector: 'values',
  columns: JSON.stringify(['nanos', 'ok', 'at', 'price', 'raw', 'name', 'id']),
  rows: JSON.stringify([
    ['-62135596800000000001', true, 0, '123456789012345678.90', 'AP8=', 'one', '9007199254740993'],
    [null, null, null, null, null, null, '2'],
  ]),
};

test('the rows of a script are read once, every digit kept, and the source ends', async () => {
  const source = values.createSource?.(OPTIONS, SCHEMA);
  if (source === undefined) throw new Error('values has a source');
  expect(source.boundedness).toBe('bounded');
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(AbortSignal.timeout(5_000)));
  const { rows } = await drain(reader, () => reader.snapshot().length === 0);
  expect(rows).toEqual([
    [9007199254740993n, 'one', new Uint8Array([0, 255]), '123456789012345678.90', 0, true, -62135596800000000001n],
    [2n, null, null, null, null, null, null],
  ]);
});

test('a column the options do not name is refused', () => {
  const schema = { fields: [field('missing', { kind: 'bigint', nullable: false })] };
  expect(() => values.createSource?.(OPTIONS, schema)).toThrow("does not name 'missing'");
});
