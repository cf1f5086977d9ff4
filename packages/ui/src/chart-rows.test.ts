import { expect, test } from 'vitest';
import { currentValues, isAlone, rowsWithGaps, timeTicks } from './chart-rows.ts';

const at = (...moments: number[]) => moments.map((moment) => ({ at: moment, values: { in: 5 } }));

test('a silence breaks the line, one late report does not', () => {
  expect(rowsWithGaps(at(0, 1_000, 2_000, 4_500, 5_500, 20_000, 21_000), ['in'], 1_000)).toEqual([
    { at: 0, in: 5 },
    { at: 1_000, in: 5 },
    { at: 2_000, in: 5 },
    { at: 4_500, in: 5 },
    { at: 5_500, in: 5 },
    { at: 12_750, in: null },
    { at: 20_000, in: 5 },
    { at: 21_000, in: 5 },
  ]);
});

test('reports that are usually further apart than the resolution are no silence', () => {
  expect(rowsWithGaps(at(0, 5_000, 10_000, 15_000), ['in'], 1_000)).toHaveLength(4);
});

test('a figure that was not reported is unknown at that moment, not zero and not the one before', () => {
  const points = [
    { at: 0, values: { in: 1, out: 2 } },
    { at: 1_000, values: { in: 1 } },
    { at: 2_000, values: { in: 0, out: 0 } },
  ];
  const rows = rowsWithGaps(points, ['in', 'out'], 1_000);
  expect(rows.map((row) => [row.in, row.out])).toEqual([
    [1, 2],
    [1, null],
    [0, 0],
  ]);
  expect(rows.map((_, index) => isAlone(rows, index, 'out'))).toEqual([true, false, true]);
});

test('what was last known long ago is not known now', () => {
  expect(currentValues(at(0, 1_000), 2_000, 1_000)).toEqual({ in: 5 });
  expect(currentValues(at(0, 1_000), 60_000, 1_000)).toEqual({});
  expect(currentValues([], 0, 1_000)).toEqual({});
});

test('ticks are round moments of the local clock', () => {
  const MINUTE = 60_000;
  const HALF_PAST = 5.5 * 60 * MINUTE;
  const start = Date.UTC(2026, 0, 1, 10, 3, 20);
  const { ticks, stepMs } = timeTicks(start, start + 15 * MINUTE, 0);
  expect(stepMs).toBe(5 * MINUTE);
  expect(ticks.map((tick) => new Date(tick).toISOString().slice(11, 16))).toEqual(['10:05', '10:10', '10:15']);
  const day = timeTicks(start, start + 24 * 60 * MINUTE, HALF_PAST);
  expect(day.ticks.map((tick) => (tick + HALF_PAST) % day.stepMs)).toEqual(day.ticks.map(() => 0));
  for (const range of [1_000, 60_000, 3_600_000, 86_400_000, 40 * 86_400_000])
    expect(timeTicks(start, start + range, 0).ticks.length).toBeLessThanOrEqual(7);
});
