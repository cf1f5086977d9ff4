import type { RecordBatch } from '@millrace/batch';
import type { DataType, Field } from '@millrace/model';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../testing/contexts.ts';
import { JsonDecoder } from './json-decoder.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_129);
const nullable = (type: object) => ({ ...type, nullable: true }) as DataType;
const FIELDS: readonly Field[] = [
  { name: 'id', type: nullable({ kind: 'bigint' }) },
  { name: 'name', type: nullable({ kind: 'string' }) },
  { name: 'größe', type: nullable({ kind: 'double' }) },
  { name: 'amount', type: nullable({ kind: 'decimal', precision: 20, scale: 2 }) },
  { name: 'at', type: nullable({ kind: 'timestamp', precision: 3 }) },
  { name: 'day', type: nullable({ kind: 'date' }) },
  { name: 'tags', type: nullable({ kind: 'array', element: { kind: 'string', nullable: true } }) },
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  id: ['1', '-7', '123456789012345678', '9223372036854775807', '1e3', '"12"', 'null', '"x"', '007'],
  name: [
    '"Ann"',
    '"grüße, Jürgen"',
    '""',
    '"a\\"b"',
    '"tab\\t"',
    '"\\u00e9"',
    '"日本語のテキストがここにある"',
    '7',
    'null',
    `"${'long '.repeat(40)}"`,
  ],
  größe: ['1.5', '-0.25', '1e-7', '3', 'null', '"NaN"'],
  amount: ['12.50', '0.1', '99999999999999999.99', '"3.20"', '1.234'],
  at: [
    '"2026-11-29 00:00:00.123"',
    '"2026-11-29T00:00:00Z"',
    '"2026-02-30 00:00:00"',
    '"2026-11-29 00:00:00.123456+02:00"',
    'null',
  ],
  day: ['"2026-11-29"', '"1969-12-31"', '"2026-13-01"'],
  tags: ['[]', '["a","b\\"c"]', '[1]', 'null'],
  other: ['"skipped"', '"with \\"quotes\\" and \\\\"', '{"deep":[1,"]}"]}', '-1.5e10', 'true', `"${'x'.repeat(100)}"`],
};

/** Records of every kind, many of them bad, in one buffer with other bytes between them, as in a record batch. */
function records(random: SeededRandom, count: number): { bytes: Uint8Array; starts: Int32Array; ends: Int32Array } {
  const parts: Buffer[] = [];
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = 0;
  const add = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  for (let index = 0; index < count; index++) {
    add(Buffer.from(Array.from({ length: random.integer(10) }, () => random.integer(256))));
    let record = Buffer.from(recordText(random));
    if (random.integer(20) === 0) record = record.subarray(0, random.integer(record.length + 1));
    if (random.integer(20) === 0 && record.length > 0) record[random.integer(record.length)] = random.integer(256);
    const isNull = random.integer(30) === 0;
    starts[index] = isNull ? -1 : at;
    if (!isNull) add(record);
    ends[index] = at;
  }
  return { bytes: Buffer.concat(parts), starts, ends };
}

function pick(random: SeededRandom, choices: readonly string[]): string {
  return choices[random.integer(choices.length)] ?? '';
}

function recordText(random: SeededRandom): string {
  const names = Object.keys(VALUES).filter(() => random.integer(6) > 0);
  if (random.integer(10) === 0) names.push(pick(random, Object.keys(VALUES)));
  if (random.integer(4) === 0) names.reverse();
  const space = random.integer(10) === 0 ? ' ' : '';
  const entries = names.map((name) => {
    // Mostly what decodes at once, so that runs are long.
    const values = VALUES[name] ?? [];
    const value = random.integer(4) > 0 ? (values[0] ?? '') : pick(random, values);
    return `${space}${JSON.stringify(name)}${space}:${space}${value}`;
  });
  return `{${entries.join(`${space},`)}${space}}`;
}

describe('records decoded as a run', () => {
  it(`give the rows and the failures that each by itself gives (SEED=${SEED})`, () => {
    const random = new SeededRandom(SEED);
    let decodedInRuns = 0;
    for (let round = 0; round < 150; round++) {
      const { bytes, starts, ends } = records(random, 1 + random.integer(120));
      const options = { failOnMissingField: random.integer(4) === 0 };
      const leavesOut = random.integer(3) === 0;
      const single = new JsonDecoder(FIELDS, options);
      const run = new JsonDecoder(FIELDS, options);
      const wanted = (decoder: JsonDecoder) => () => leavesOut && decoder.slots.values[0]?.[decoder.rows] === 1;
      const failures = { single: [] as unknown[], run: [] as unknown[] };
      const one = (decoder: JsonDecoder, into: unknown[], index: number) => {
        const failure = decoder.decode(bytes, starts[index] ?? -1, ends[index] ?? 0);
        if (failure !== undefined) into.push([index, failure]);
        else if (!wanted(decoder)()) decoder.accept();
      };
      for (let index = 0; index < starts.length; index++) one(single, failures.single, index);
      const first = starts.find((start) => start >= 0) ?? 0;
      run.prepare(bytes, first, ends.at(-1) ?? first);
      for (let index = 0; index < starts.length; index++) {
        const stopped = run.decodeRun(bytes, { starts, ends, from: index, to: starts.length }, wanted(run));
        decodedInRuns += stopped - index;
        index = stopped;
        if (index < starts.length) one(run, failures.run, index);
      }
      expect(failures.run).toEqual(failures.single);
      expect(rowsOf(batchOf(run))).toEqual(rowsOf(batchOf(single)));
    }
    expect(decodedInRuns).toBeGreaterThan(2_000);
  });

  it('are decoded one by one when they are not in the bytes that were prepared', () => {
    const bytes = Buffer.from('{"id":1}{"id":2}');
    const slices = { starts: Int32Array.of(0, 8), ends: Int32Array.of(8, 16), from: 0, to: 2 };
    const decoder = new JsonDecoder(FIELDS, { failOnMissingField: false });
    expect(decoder.decodeRun(bytes, slices, undefined)).toBe(0);
    decoder.prepare(bytes, 0, 8);
    expect(decoder.decodeRun(bytes, slices, undefined)).toBe(0);
    decoder.prepare(bytes, 0, 16);
    expect(decoder.decodeRun(bytes, slices, undefined)).toBe(2);
  });
});

function batchOf(decoder: JsonDecoder): RecordBatch {
  return { schema: { fields: FIELDS }, rows: decoder.rows, columns: decoder.finish(), selection: undefined };
}
