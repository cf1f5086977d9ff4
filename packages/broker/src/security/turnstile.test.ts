import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

it('no more work than allowed goes on at a time, in the order in which it came, whatever fails', async () => {
  const turnstile = new Turnstile(2);
  const [order, failed]: [number[], number[]] = [[], []];
  let [inside, most] = [0, 0];
  const work = (id: number) => async () => {
    order.push(id);
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    if (id % 3 === 0) throw new Error(`${id}`);
  };
  const all = Array.from({ length: 10 }, (_, id) => turnstile.pass(work(id)).catch(() => void failed.push(id)));
  await Promise.all(all);
  await turnstile.pass(work(10));
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(failed).toEqual([0, 3, 6, 9]);
  expect(most).toBe(2);
});
