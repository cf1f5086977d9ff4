import { BatchBuilder, CHANGE, type Change, isRetraction, type Value, withSelection } from '@millrace/batch';
import type { Field } from '@millrace/model';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, test } from 'vitest';
import { type DecodedChange, decodedChanges } from '../../testing/decoded-changes.ts';
import { ChangeEncoder } from './change-encoder.ts';
import { CHANGE_FORMATS, type ChangeFormatName, readChangeFormat } from './change-format.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env.ROUNDS ?? 60);
const text = { kind: 'string', nullable: true } as const;
const VALUES: readonly (readonly [type: Field['type'], values: readonly Value[]])[] = [
  [{ kind: 'bigint', nullable: false }, [1n, -7n, 2n ** 53n + 1n]],
  [text, ['', 'a', 'é"\\\n', '\u{1f600}', null]],
  [{ kind: 'decimal', precision: 20, scale: 3, nullable: true }, ['0.000', '-12.500', '12345678901234567.125', null]],
  [{ kind: 'double', nullable: true }, [0.1, -1e300, null]],
  [{ kind: 'boolean', nullable: true }, [true, false, null]],
  [{ kind: 'timestamp', precision: 3, nullable: true }, [0, 1_795_478_400_123, null]],
  [{ kind: 'timestamp_ltz', precision: 3, nullable: true }, [1_795_478_400_123, null]],
  [{ kind: 'date', nullable: true }, [0, 20_000, null]],
  [{ kind: 'bytes', nullable: true }, [Uint8Array.of(0, 255, 7), null]],
  [{ kind: 'array', element: text, nullable: true }, [['x', null, '"'], [], null]],
];
const FIELDS: readonly Field[] = VALUES.map(([type], at) => ({ name: `f${at}`, type }));

const format = (name: ChangeFormatName) => readChangeFormat(name, () => undefined, '');

/** Changes as a step gives them: an UPDATE_BEFORE is followed by its UPDATE_AFTER. */
function randomChanges(random: SeededRandom, count: number): readonly (readonly [Change, readonly Value[]])[] {
  const row = () => VALUES.map(([, values]) => random.pick(values));
  return Array.from({ length: count }, () => {
    const change = random.pick([CHANGE.insert, CHANGE.updateBefore, CHANGE.delete]);
    const first = [change, row()] as const;
    return change === CHANGE.updateBefore ? [first, [CHANGE.updateAfter, row()] as const] : [first];
  }).flat();
}

/** The records of a batch, of which some rows may not be selected. */
function recordsOf(encoder: ChangeEncoder, changes: ReturnType<typeof randomChanges>, selected: readonly number[]) {
  const builder = new BatchBuilder({ fields: FIELDS });
  for (const [change, row] of changes) builder.append(row, change);
  const batch = builder.finish();
  const whole = selected.length === changes.length ? batch : withSelection(batch, Int32Array.from(selected));
  const { bytes, starts, ends, count } = encoder.encode(whole);
  return Array.from({ length: count }, (_, at) => Buffer.from(bytes.subarray(starts[at], ends[at])).toString('utf8'));
}

describe.each(CHANGE_FORMATS)('%s', (name) => {
  test(`what is written is read as the same rows, there or taken back: ${ROUNDS} rounds (SEED=${SEED})`, () => {
    const columns = [...FIELDS.keys()];
    const encoder = new ChangeEncoder(name, FIELDS, columns);
    for (let round = 0; round < ROUNDS; round++) {
      const random = new SeededRandom(SEED + round);
      const changes = randomChanges(random, 1 + random.integer(60));
      const selected = [...changes.keys()].filter(() => random.integer(8) > 0);
      const records = recordsOf(encoder, changes, selected);
      const cuts = [...records.keys()].filter(() => random.integer(5) === 0);
      const expected = selected.map((at): DecodedChange => {
        const [change, row] = changes[at] ?? [CHANGE.insert, []];
        return [isRetraction(change) ? '-D' : '+I', ...row];
      });
      const { rows, failures } = decodedChanges(format(name), FIELDS, records, { cuts });
      expect(failures, `SEED=${SEED + round} ROUNDS=1`).toEqual([]);
      expect(rows, `SEED=${SEED + round} ROUNDS=1`).toEqual(expected);
    }
  });
});

test('records are those Flink writes', () => {
  const fields: readonly Field[] = [
    { name: 'id', type: { kind: 'integer', nullable: false } },
    { name: 'name', type: text },
  ];
  const builder = new BatchBuilder({ fields });
  builder.append([1, 'a']);
  builder.append([1, 'a'], CHANGE.updateBefore);
  builder.append([1, null], CHANGE.updateAfter);
  builder.append([1, null], CHANGE.delete);
  const batch = builder.finish();
  const written = (name: ChangeFormatName) => {
    const { bytes, starts, ends, count } = new ChangeEncoder(name, fields, [0, 1]).encode(batch);
    return Array.from({ length: count }, (_, at) => Buffer.from(bytes.subarray(starts[at], ends[at])).toString());
  };
  expect(written('debezium-json')).toEqual([
    '{"before":null,"after":{"id":1,"name":"a"},"op":"c"}',
    '{"before":{"id":1,"name":"a"},"after":null,"op":"d"}',
    '{"before":null,"after":{"id":1,"name":null},"op":"c"}',
    '{"before":{"id":1,"name":null},"after":null,"op":"d"}',
  ]);
  expect(written('canal-json').slice(0, 2)).toEqual([
    '{"data":[{"id":1,"name":"a"}],"type":"INSERT"}',
    '{"data":[{"id":1,"name":"a"}],"type":"DELETE"}',
  ]);
  expect(written('maxwell-json').slice(0, 2)).toEqual([
    '{"data":{"id":1,"name":"a"},"type":"insert"}',
    '{"data":{"id":1,"name":"a"},"type":"delete"}',
  ]);
  expect(written('ogg-json').slice(0, 2)).toEqual([
    '{"before":null,"after":{"id":1,"name":"a"},"op_type":"I"}',
    '{"before":{"id":1,"name":"a"},"after":null,"op_type":"D"}',
  ]);
});
