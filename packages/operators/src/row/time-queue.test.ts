import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { seedsOf } from '../testing/changelog.ts';
import { TimeQueue } from './time-queue.ts';

describe('a time queue', () => {
  for (const seed of seedsOf('time-queue.test', 8)) {
    it(`gives ids by time, those of one time by arrival, however they came (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const queue = new TimeQueue();
      const disorder = random.pick([0, 3, 1_000]);
      let waiting: { readonly time: number; readonly arrival: number }[] = [];
      for (let arrival = 0; arrival < 3_000; arrival++) {
        const time = Math.floor(arrival / 4) + random.integer(disorder + 1);
        queue.push(time, arrival, arrival);
        waiting.push({ time, arrival });
        if (random.next() > 0.01) continue;
        waiting.sort((a, b) => a.time - b.time || a.arrival - b.arrival);
        const taken = random.integer(waiting.length + 1);
        for (const due of waiting.slice(0, taken)) {
          expect(queue.earliest).toBe(due.time);
          expect(queue.pop()).toBe(due.arrival);
        }
        waiting = waiting.slice(taken);
        expect(queue.size).toBe(waiting.length);
      }
    });
  }

  it('has no earliest time when it is empty', () => {
    const queue = new TimeQueue();
    expect(queue.earliest).toBe(Number.POSITIVE_INFINITY);
    queue.push(5, 0, 7);
    queue.pop();
    expect(queue.earliest).toBe(Number.POSITIVE_INFINITY);
  });
});
