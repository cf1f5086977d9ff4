import { expect, test } from 'vitest';
import { demoEvents } from './events.ts';
import { ordersTable } from './tables.ts';

test('every column of the orders table is a field of every order the demo makes', () => {
  const columns = [...ordersTable('latest-offset').matchAll(/^ {2}([a-z_]+) +[A-Z]+[(\d, )]*,$/gm)].map(
    ([, name]) => name,
  );
  expect(columns).toContain('order_id');
  const events = demoEvents({
    dataset: 'orders',
    rowsPerSecond: 1,
    outOfOrderMs: 0,
    lateRatio: 0,
    malformedRatio: 0,
    seed: 7,
  });
  for (let sequence = 0; sequence < 50; sequence++)
    expect(Object.keys(JSON.parse(events(sequence, 0).value))).toEqual(expect.arrayContaining(columns));
});
