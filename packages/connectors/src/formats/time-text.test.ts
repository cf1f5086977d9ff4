import { SeededRandom } from '@millrace/testing/seeded-random';
import { expect, it } from 'vitest';
import { parseTimestamp, timestampText } from './time-text.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_129);

function parsed(text: string): number {
  const bytes = Buffer.from(`"${text}"`);
  return parseTimestamp(bytes, 1, bytes.length - 1);
}

it(`a time in the plain form reads as Date reads it, and no damaged one is accepted (SEED=${SEED})`, () => {
  const random = new SeededRandom(SEED);
  for (let round = 0; round < 20_000; round++) {
    // Years 0000 to 9999; often a day after another, and the same day twice.
    const ms = Math.floor(random.next() * 315_537_897_600_000) - 62_167_219_200_000;
    const text = timestampText(random.integer(2) === 0 ? ms : Math.floor(ms / 1_000) * 1_000);
    const plain = text.endsWith('.000') ? text.slice(0, 19) : text;
    const separated = random.integer(2) === 0 ? plain.replace(' ', 'T') : plain;
    expect(parsed(separated), separated).toBe(Date.parse(`${plain.replace(' ', 'T')}Z`));
    const at = random.integer(separated.length);
    const damaged = separated.slice(0, at) + String.fromCharCode(32 + random.integer(95)) + separated.slice(at + 1);
    const wanted = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{3})?$/.test(damaged)
      ? Date.parse(`${damaged.replace(' ', 'T')}Z`)
      : undefined;
    const isDay =
      new Date(wanted ?? Number.NaN).getUTCDate() === Number(damaged.slice(8, 10)) && !/[ T]24:/.test(damaged);
    if (wanted !== undefined && isDay) expect(parsed(damaged), damaged).toBe(wanted);
    else if (wanted !== undefined) expect(parsed(damaged), damaged).toBe(Number.NaN);
  }
});

it.each([
  ['2026-02-30 00:00:00'],
  ['2026-02-29 00:00:00.000'],
  ['2026-00-10 00:00:00'],
  ['2026-11-29 24:00:00'],
  ['2026-11-29 00:60:00'],
  ['2026-11-29 00:00:60.000'],
  ['2026-11-2x 00:00:00'],
  ['2026-11-29 0/:00:00'],
  ['2026-11-29 00:00:00.00:'],
  ['2026/11-29 00:00:00'],
])('%s is no time', (text) => {
  parsed('2026-11-28 00:00:00');
  expect(parsed(text)).toBe(Number.NaN);
});
