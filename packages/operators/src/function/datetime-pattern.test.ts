import { describe, expect, it } from 'vitest';
import { datetimePattern } from './datetime-pattern.ts';

const AFTERNOON = Date.UTC(2026, 10, 24, 13, 4, 5, 67);
const MIDNIGHT = Date.UTC(2026, 1, 3);

/** What java.time.format.DateTimeFormatter of Java 21 writes for Locale.US. */
const WRITTEN: readonly (readonly [pattern: string, afternoon: string, midnight: string])[] = [
  ['yyyy-MM-dd HH:mm:ss.SSS', '2026-11-24 13:04:05.067', '2026-02-03 00:00:00.000'],
  ['y M d H m s S', '2026 11 24 13 4 5 0', '2026 2 3 0 0 0 0'],
  ['yy/MM/dd', '26/11/24', '26/02/03'],
  ['EEE, d MMM uuuu', 'Tue, 24 Nov 2026', 'Tue, 3 Feb 2026'],
  ['EEEE MMMM', 'Tuesday November', 'Tuesday February'],
  ['EEEEE MMMMM', 'T N', 'T F'],
  ['hh:mm a', '01:04 PM', '12:00 AM'],
  ['K k', '1 13', '0 24'],
  ['D DDD', '328 328', '34 034'],
  ['Q QQ QQQ QQQQ', '4 04 Q4 4th quarter', '1 01 Q1 1st quarter'],
  ['A n', '47045067 67000000', '0 0'],
  ['SSSSSS', '067000', '000000'],
  ["yyyy-MM-dd'T'HH:mm:ss'Z'", '2026-11-24T13:04:05Z', '2026-02-03T00:00:00Z'],
  ["h 'o''clock'", "1 o'clock", "12 o'clock"],
  ['G', 'AD', 'AD'],
  ['yyyy-MM-dd[ HH:mm]', '2026-11-24 13:04', '2026-02-03 00:00'],
];

describe('a date format of Java', () => {
  it.each(WRITTEN)('%s: the text of another time is never given out again', (pattern) => {
    const steps = [1, 40, 999, 1_000, 61_000, 3_600_000, 43_200_000, 86_400_000, 86_400_000 * 256, 86_400_000 * 366];
    for (const step of steps) {
      // Around the epoch too, where times before it are negative; a pattern of its own for each remembers nothing.
      const times = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? AFTERNOON : -1_234_567) + at * step);
      const texts = times.map((time) => datetimePattern(pattern).format(time));
      for (const [at, time] of times.entries())
        expect(datetimePattern(`${pattern}|${at}`).format(time)).toBe(`${texts[at]}|${at}`);
    }
  });

  it.each(WRITTEN)('%s', (pattern, afternoon, midnight) => {
    expect([AFTERNOON, MIDNIGHT].map((time) => datetimePattern(pattern).format(time))).toEqual([afternoon, midnight]);
  });

  it.each([
    ['yyyy-MM-dd[ HH:mm[:ss]]', '2026-11-24', Date.UTC(2026, 10, 24)],
    ['yyyy-MM-dd[ HH:mm[:ss]]', '2026-11-24 13:04', Date.UTC(2026, 10, 24, 13, 4)],
    ['yyyy-MM-dd[ HH:mm[:ss]]', '2026-11-24 13:04:05', Date.UTC(2026, 10, 24, 13, 4, 5)],
    ['yyyy-MM-dd[ HH:mm[:ss]]', '2026-11-24 13', undefined],
    ['d MMM yyyy h:mm a', '24 nov 2026 1:04 pm', Date.UTC(2026, 10, 24, 13, 4)],
    ['yyyy-DDD kk', '2026-034 24', MIDNIGHT],
    ['yyyyMMddHHmmssSSS', '20261124130405067', AFTERNOON],
    ['yyyy-MM-dd HH:mm:ss x', '2026-11-24 14:04:05 +01', Date.UTC(2026, 10, 24, 13, 4, 5)],
    ['yyyy-MM-dd', '2026-02-30', undefined],
  ])('%s reads %s', (pattern, text, time) => {
    expect(datetimePattern(pattern).parse(text)?.epochMs).toBe(time);
  });

  it.each([
    ['ss.SSSSSS', 123_000, '05.067123'],
    ['ss.SSSSSSSSS', 123_456, '05.067123456'],
    ['n', 1, '67000001'],
  ])('%s shows what is behind the milliseconds, and reads it', (pattern, nanosOfMs, text) => {
    expect(datetimePattern(pattern).format(AFTERNOON, nanosOfMs)).toBe(text);
    expect(datetimePattern(`yyyy ${pattern}`).parse(`2026 ${text}`)?.nanosOfMs).toBe(nanosOfMs);
  });

  it('reads a text that goes on only where that is asked for', () => {
    const pattern = datetimePattern('yyyy-MM-dd');
    expect([pattern.parse('2026-02-03 10:00'), pattern.parse('2026-02-03 10:00', true)?.epochMs]).toEqual([
      undefined,
      MIDNIGHT,
    ]);
  });

  it.each(['YYYY', "yyyy'", 'yyyy[', 'z', '{', 'yyyy]', 'bb'])('%s is none', (pattern) => {
    expect(() => datetimePattern(pattern)).toThrow('is no date format');
  });
});
