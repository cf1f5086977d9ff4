import { expect, it } from 'vitest';
import { CHANGED, GONE, Places, PUT } from './places.ts';

const SIZE = 3;

it('what lies at a place that was empty in an image is written once the place is linked again', () => {
  const places = new Places();
  places.grow(SIZE);
  for (const place of [0, 1, 2]) places.store(place);
  places.link(0);
  places.link(1);
  expect([...places.takeImage(0, SIZE, 1).what]).toEqual([PUT, PUT, GONE]);
  places.release(1);
  expect([...places.takeChanges(0, SIZE).what]).toEqual([GONE]);
  places.link(1);
  expect([...places.takeChanges(0, SIZE).what], 'the first file still has it').toEqual([CHANGED]);
  places.release(1);
  places.takeImage(0, SIZE, 2);
  places.link(1);
  places.link(2);
  expect([...places.takeChanges(0, SIZE).what], 'no image has it').toEqual([PUT, PUT]);
  expect(places.changesIn(0, SIZE)).toBe(0);
});

it('after touchAll every place is written, once', () => {
  const places = new Places();
  places.grow(SIZE);
  for (const place of [0, 1, 2]) places.put(place);
  places.takeImage(0, SIZE, 1);
  places.touchAll();
  expect([...places.takeChanges(0, SIZE).what]).toEqual([CHANGED, CHANGED, CHANGED]);
  places.settle();
  expect(places.changesIn(0, SIZE)).toBe(0);
});
