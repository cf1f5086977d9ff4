import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { PAGE_PLACES } from './places.ts';
import { FILES_MAX, planPages } from './plan-pages.ts';

describe('what a checkpoint writes of each page', () => {
  it('a page without an image is written whole, one that did not change is not, unless its turn has come', () => {
    const page = (changes: number, image: number) => ({ places: PAGE_PLACES, changes, image });
    expect(planPages([page(0, 0), page(9, 3), page(9, 2)], 4)).toEqual(['image', 'changes', 'image']);
    expect(planPages([page(60_000, 3), page(9, 3), page(9, 2)], 4)).toEqual(['image', 'changes', 'image']);
    expect(planPages([page(0, 3), page(0, 2), page(0, 4)], 5)).toEqual(['nothing', 'image', 'nothing']);
    expect(planPages([page(9, 4)], 5), 'not by turn in the very next file').toEqual(['changes']);
    expect(planPages([], 1)).toEqual([]);
  });

  for (const changed of [0.0001, 0.02, 0.2, 0.5]) {
    it(`the files needed stay few and within four times the state when ${changed * 100} % change each time (seed 5)`, () => {
      const random = new SeededRandom(5);
      const images = new Array<number>(100).fill(0);
      const written: number[] = [0];
      let most = 0;
      for (let file = 1; file <= 300; file++) {
        const pages = images.map((image) => ({
          places: PAGE_PLACES,
          changes: Math.floor(PAGE_PLACES * Math.min(1, changed * 2 * random.next())),
          image,
        }));
        let places = 0;
        for (const [at, write] of planPages(pages, file).entries()) {
          if (write === 'image') images[at] = file;
          places += write === 'image' ? PAGE_PLACES : write === 'changes' ? (pages[at]?.changes ?? 0) : 0;
        }
        written.push(places);
        const oldest = Math.min(...images);
        expect(file - oldest).toBeLessThanOrEqual(FILES_MAX);
        const needed = written.slice(oldest).reduce((sum, each) => sum + each, 0);
        most = Math.max(most, needed / (images.length * PAGE_PLACES));
        // After the first one no checkpoint writes everything: the turns are spread.
        if (file > 1) expect(places).toBeLessThan(images.length * PAGE_PLACES * (0.15 + changed * 3.5));
      }
      expect(most).toBeLessThan(4);
    });
  }
});
