import { describe, expect, it } from 'vitest';
import { splitRange } from './write-snapshot.ts';

describe('splitRange', () => {
  it('pieces are contiguous, cover the range and are never empty', () => {
    for (const range of [
      { first: 0, last: 127 },
      { first: 43, last: 85 },
      { first: 9, last: 9 },
    ]) {
      for (const pieces of [0, 1, 2, 3, 7, 500]) {
        const parts = splitRange(range, pieces);
        const groups = parts.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        );
        expect(groups).toEqual(Array.from({ length: range.last - range.first + 1 }, (_, at) => range.first + at));
        expect(parts.every(({ first, last }) => last >= first)).toBe(true);
        expect(parts.length).toBeLessThanOrEqual(Math.max(1, pieces));
      }
    }
  });
});
