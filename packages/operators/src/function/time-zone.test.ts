import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { TimeZone } from './time-zone.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);
const berlin = TimeZone.of('Europe/Berlin');

describe('a clock on the wall', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T12:00:00', '2026-01-15T13:00:00'],
    ['Europe/Berlin', '2026-07-15T12:00:00', '2026-07-15T14:00:00'],
    ['Asia/Kolkata', '2026-07-15T12:00:00', '2026-07-15T17:30:00'],
    ['America/St_Johns', '2026-01-15T12:00:00', '2026-01-15T08:30:00'],
    ['Australia/Lord_Howe', '2026-01-15T12:00:00', '2026-01-15T23:00:00'],
    ['+05:45', '2026-01-15T12:00:00', '2026-01-15T17:45:00'],
    ['-03:30', '2026-01-15T12:00:00', '2026-01-15T08:30:00'],
    ['UTC', '2026-01-15T12:00:00', '2026-01-15T12:00:00'],
  ])('in %s at %s UTC shows %s', (zone, instant, local) => {
    expect(TimeZone.of(zone).localAt(at(instant))).toBe(at(local));
    expect(TimeZone.of(zone).instantOf(at(local))).toBe(at(instant));
  });

  it('skips an hour in spring: a time that is skipped is as much later', () => {
    expect(berlin.localAt(at('2026-03-29T00:59:59.999'))).toBe(at('2026-03-29T01:59:59.999'));
    expect(berlin.localAt(at('2026-03-29T01:00:00'))).toBe(at('2026-03-29T03:00:00'));
    expect(berlin.instantOf(at('2026-03-29T02:30:00'))).toBe(at('2026-03-29T01:30:00'));
    expect(berlin.instantOf(at('2026-03-29T03:00:00'))).toBe(at('2026-03-29T01:00:00'));
  });

  it('repeats an hour in autumn: the earlier moment is meant, unless the later one is asked for', () => {
    const twice = at('2026-10-25T02:30:00');
    expect([berlin.instantOf(twice), berlin.lastInstantOf(twice)]).toEqual([
      at('2026-10-25T00:30:00'),
      at('2026-10-25T01:30:00'),
    ]);
    expect(berlin.lastInstantOf(at('2026-10-25T01:59:59'))).toBe(at('2026-10-24T23:59:59'));
    expect(berlin.lastInstantOf(at('2026-10-25T03:00:00'))).toBe(at('2026-10-25T02:00:00'));
  });

  it('has passed what it never shows again', () => {
    const before = at('2026-10-25T02:00:00') - 1;
    expect(berlin.passedAt(at('2026-10-25T00:00:00') - 1)).toBe(before);
    expect(berlin.passedAt(at('2026-10-25T00:00:00'))).toBe(before);
    expect(berlin.passedAt(at('2026-10-25T00:59:59'))).toBe(before);
    expect(berlin.passedAt(at('2026-10-25T01:00:00'))).toBe(at('2026-10-25T02:00:00'));
    expect(berlin.passedAt(at('2026-10-25T01:30:00'))).toBe(at('2026-10-25T02:30:00'));
  });

  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  it(`never takes back what it has passed, and no later moment shows it (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (const name of [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
    ]) {
      const zone = TimeZone.of(name);
      let instant = at('2023-12-31T00:00:00');
      let passed = Number.NEGATIVE_INFINITY;
      for (let step = 0; step < 2_000; step++) {
        instant += random.integer(12 * HOUR);
        const now = zone.passedAt(instant);
        expect(now).toBeGreaterThanOrEqual(passed);
        passed = now;
        const later = instant + 1 + random.integer(4 * HOUR);
        expect(zone.localAt(later)).toBeGreaterThan(passed);
        expect(zone.localAt(zone.instantOf(zone.localAt(instant)))).toBe(zone.localAt(instant));
      }
    }
  });
});
