import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { seedsOf } from '../testing/changelog.ts';
import { DueSlots } from './due-slots.ts';

describe('what is due', () => {
  for (const seed of seedsOf('due-slots', 20)) {
    it(`is each slot whose time has come, once, whatever became of its time since it was told (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const times = new Map<number, number>();
      const due = new DueSlots((slot) => times.get(slot) ?? Infinity);
      const change = (slot: number): void => {
        if (random.next() < 0.2) times.delete(slot);
        else times.set(slot, random.integer(100));
        due.add(slot);
      };
      for (let step = 0; step < 300; step++) {
        change(random.integer(20));
        // Times that became later need not be told.
        const slot = random.integer(20);
        const time = times.get(slot);
        if (time !== undefined) times.set(slot, time + random.integer(10));
        expect(due.earliest).toBe(Math.min(Infinity, ...times.values()));
        if (random.next() < 0.7) continue;
        const upTo = random.integer(100);
        const taken: number[] = [];
        due.takeUntil(upTo, (each) => taken.push(each));
        const expected = [...times].filter(([, at]) => at <= upTo);
        expect(taken.sort((a, b) => a - b)).toEqual(expected.map(([each]) => each).sort((a, b) => a - b));
        for (const [each] of expected) times.delete(each);
      }
    });
  }
});
