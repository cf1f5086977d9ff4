import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('five at once, then one every twelve seconds; one key does not use up another', () => {
  const limit = new RateLimit(5);
  expect(Array.from({ length: 6 }, () => limit.take('ann', 0))).toEqual([true, true, true, true, true, false]);
  expect(limit.take('bob', 0)).toBe(true);
  expect(limit.take('ann', 11_000)).toBe(false);
  expect(limit.take('ann', 12_100)).toBe(true);
});

test('whoever signs in rightly again and again is never taken for a guesser', () => {
  const limit = new RateLimit(5);
  for (let time = 0; time < 50; time++) {
    expect(limit.take('ann', 0)).toBe(true);
    limit.giveBack('ann');
  }
  expect(Array.from({ length: 6 }, () => limit.take('ann', 0))).toEqual([true, true, true, true, true, false]);
});
