import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from './oracle.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(() => oracle.stop());

it('times are what they were given as, with the digits of their types', async () => {
  const columns = [
    { name: 'id', type: 'BIGINT' },
    { name: 'ms', type: 'TIMESTAMP(3)' },
    { name: 'us', type: 'TIMESTAMP(6)' },
  ];
  await oracle.fill('times', columns, [
    [1n, -1, -1n],
    [2n, 0, 1_795_479_151_100_000n],
    [3n, 253_402_300_799_999, 253_402_300_799_999_999n],
    [4n, null, null],
  ]);
  expect(await oracle.answer('SELECT id, ms, us FROM times')).toEqual([
    '1 | 1969-12-31 23:59:59.999 | 1969-12-31 23:59:59.999999',
    '2 | 1970-01-01 00:00:00.000 | 2026-11-24 00:12:31.100000',
    '3 | 9999-12-31 23:59:59.999 | 9999-12-31 23:59:59.999999',
    '4 | NULL | NULL',
  ]);
  expect(await oracle.answer("SELECT max(us) - interval '1 microsecond' FROM times")).toEqual([
    '9999-12-31 23:59:59.999998',
  ]);
});
