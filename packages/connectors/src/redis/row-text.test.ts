import type { Value } from '@millrace/batch';
import type { DataType, Field } from '@millrace/model';
import { expect, test } from 'vitest';
import { JsonRows } from '../lookup/json-rows.ts';
import { fieldText, objectOf } from './row-text.ts';

const CASES: readonly [type: DataType, value: Value, text: string][] = [
  [{ kind: 'timestamp', precision: 3, nullable: true }, -1, '1969-12-31 23:59:59.999'],
  [{ kind: 'timestamp', precision: 6, nullable: true }, -1n, '1969-12-31 23:59:59.999999'],
  [{ kind: 'timestamp_ltz', precision: 6, nullable: true }, 1_500_000n, '1970-01-01 00:00:01.5Z'],
  [{ kind: 'timestamp', precision: 9, nullable: true }, -62_135_596_800_000_000_000n, '0001-01-01 00:00:00'],
];

test.each(CASES)('a field of a hash keeps all digits of a time: %j', (type, value, text) => {
  expect(fieldText(value, type)).toBe(text);
  const fields: readonly Field[] = [{ name: 'at', type }];
  const rows = new JsonRows({ fields }, [0], { isArray: false, errorCode: 'redis.value' });
  expect(rows.read(objectOf(fields, [Buffer.from(text)]), [value], 'Redis')).toEqual([[value]]);
});
