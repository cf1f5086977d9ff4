import { CHANGE, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';
import {
  type IntervalJoinNode,
  JOIN_TYPES,
  type JoinType,
  joinFields,
  type TemporalJoinNode,
  type WindowJoinNode,
} from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { joined } from '../testing/brute-join.ts';
import { batchOf, type Changed, inserts, type Row, seedsOf, sorted } from '../testing/changelog.ts';
import { call, col, T } from '../testing/evaluate.ts';

const LEFT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 't', type: T.timestamp },
    { name: 'n', type: T.bigint },
  ],
};
const RIGHT: Schema = {
  fields: [
    { name: 't2', type: T.timestamp },
    { name: 'n2', type: T.bigint },
    { name: 'k2', type: T.string },
  ],
};
/** left.n <> right.n2 */
const DIFFER = call('<>', T.boolean, col(2, T.bigint), col(4, T.bigint));
const differ = (left: Row, right: Row) => left[2] !== null && right[1] !== null && left[2] !== right[1];
const id = 'join' as OperatorId;

function partsOf(type: JoinType, isConditional: boolean) {
  const schema = { fields: joinFields(LEFT.fields, RIGHT.fields, type) };
  const condition = isConditional ? DIFFER : undefined;
  return { id, label: 'j', schema, left: id, right: id, type, leftKeys: [0], rightKeys: [2], condition };
}

/** At watermark 0. */
async function opened(node: LogicalNode, random: SeededRandom): Promise<OperatorHarness> {
  const create = () => createOperator(node, [LEFT, RIGHT]);
  const restoreAfterEachCall = random.next() < 0.5;
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall, random: () => random.next() });
  await harness.watermark(0);
  return harness;
}

/** A row that came, and the watermark it came after. */
interface Arrival {
  readonly row: Row;
  readonly place: number;
  readonly watermark: number;
}

class Arrivals {
  readonly sides: readonly [Arrival[], Arrival[]] = [[], []];
  #place = 0;

  add(input: 0 | 1, row: Row, watermark: number): void {
    this.sides[input].push({ row, place: this.#place++, watermark });
  }

  find(input: 0 | 1, row: Row): Arrival {
    const found = this.sides[input].find((arrival) => arrival.row === row);
    if (found === undefined) throw new Error('no such row');
    return found;
  }

  rows(input: 0 | 1): Row[] {
    return this.sides[input].map(({ row }) => row);
  }
}

function randomRow(random: SeededRandom, input: 0 | 1, from: number, span: number): Row {
  const t = random.next() < 0.05 ? null : from + random.integer(span);
  const n: Value = random.pick([null, 1n, 2n, 2n ** 61n]);
  const k = random.pick(['a', 'b', 'c', null]);
  return input === 0 ? [k, t, n] : [t, n, k];
}

const timeOf = (input: number, row: Row) => (input === 0 ? row[1] : row[0]);

describe('an interval join', () => {
  for (const type of JOIN_TYPES) {
    for (const seed of seedsOf(`${type} interval join`, 8)) {
      it(`${type}: gives what its definition says, late rows included, none of it behind its own watermark (seed ${seed})`, async () => {
        const random = new SeededRandom(seed);
        const lowerMs = random.integer(20) - 12;
        const upperMs = lowerMs + random.integer(12);
        const isConditional = random.next() < 0.5;
        const node: IntervalJoinNode = {
          kind: 'interval-join',
          ...partsOf(type, isConditional),
          leftTime: 1,
          rightTime: 0,
          lowerMs,
          upperMs,
        };
        const harness = await opened(node, random);
        const arrivals = new Arrivals();
        const lateness = random.next() < 0.5 ? 15 : 0;
        let watermark = 0;
        for (let step = 0; step < 20; step++) {
          const input = random.next() < 0.5 ? 0 : 1;
          const rows = Array.from({ length: 1 + random.integer(6) }, () =>
            randomRow(random, input, watermark + 1 - lateness, lateness > 0 ? 16 : 25),
          );
          for (const row of rows) if (timeOf(input, row) !== null) arrivals.add(input, row, watermark);
          await harness.process(batchOf(input === 0 ? LEFT : RIGHT, inserts(rows)), input);
          if (random.next() < 0.4) {
            watermark += random.integer(15);
            await harness.watermark(watermark);
          }
        }
        await harness.watermark(MAX_WATERMARK);
        const meets = (left: Row, right: Row): boolean => {
          const [l, r] = [Number(left[1]), Number(right[0])];
          if (r < l + lowerMs || r > l + upperMs || (isConditional && !differ(left, right))) return false;
          const [a, b] = [arrivals.find(0, left), arrivals.find(1, right)];
          return a.place < b.place ? l + upperMs > b.watermark : r - lowerMs > a.watermark;
        };
        expect(sorted(harness.rows)).toStrictEqual(sorted(joined(arrivals.rows(0), arrivals.rows(1), node, meets)));
        if (lateness === 0) expectNoneLate(harness, (row) => Number(row[1] ?? row[3]));
        expect(harness.watermarks.at(-1)).toBe(MAX_WATERMARK);
        await expectNothingKept(harness, node);
      });
    }
  }
});

describe('a window join', () => {
  for (const type of JOIN_TYPES) {
    for (const seed of seedsOf(`${type} window join`, 6)) {
      it(`${type}: gives each window when the watermark passes it, once (seed ${seed})`, async () => {
        const random = new SeededRandom(seed);
        const isConditional = random.next() < 0.5;
        const parts = { ...partsOf(type, isConditional), leftKeys: [0, 1], rightKeys: [2, 0] };
        const node: WindowJoinNode = { kind: 'window-join', ...parts, leftWindowEnd: 1, rightWindowEnd: 0 };
        const harness = await opened(node, random);
        const kept: [Row[], Row[]] = [[], []];
        let late = 0;
        let watermark = 0;
        for (let step = 0; step < 12; step++) {
          const input = random.next() < 0.5 ? 0 : 1;
          const rows = Array.from({ length: 1 + random.integer(6) }, (): Row => {
            const [first, second, third] = randomRow(random, input, Math.floor(watermark / 10), 4);
            const end = (t: Value | undefined) => (typeof t === 'number' ? t * 10 : null);
            return input === 0
              ? [first ?? null, end(second), third ?? null]
              : [end(first), second ?? null, third ?? null];
          });
          const open = rows.filter((row) => timeOf(input, row) !== null && Number(timeOf(input, row)) - 1 > watermark);
          late += rows.length - open.length;
          kept[input].push(...open);
          await harness.process(batchOf(input === 0 ? LEFT : RIGHT, inserts(rows)), input);
          if (random.next() < 0.5) {
            watermark += random.integer(15);
            await harness.watermark(watermark);
            const due = kept.map((side, at) => side.filter((row) => Number(timeOf(at, row)) - 1 <= watermark));
            const expected = joined(due[0] ?? [], due[1] ?? [], node, (l, r) => !isConditional || differ(l, r));
            expect(sorted(harness.rows)).toStrictEqual(sorted(expected));
          }
        }
        await harness.watermark(MAX_WATERMARK);
        const expected = joined(kept[0], kept[1], node, (l, r) => !isConditional || differ(l, r));
        expect(sorted(harness.rows)).toStrictEqual(sorted(expected));
        expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
        expectNoneLate(harness, (row) => Number(row[1] ?? row[3]) - 1);
        await expectNothingKept(harness, node);
      });
    }
  }
});

describe('a temporal join', () => {
  for (const type of ['inner', 'left'] as const) {
    for (const seed of seedsOf(`${type} temporal join`, 12)) {
      it(`${type}: gives each left row the version that was valid at its time (seed ${seed})`, async () => {
        const random = new SeededRandom(seed);
        const isConditional = random.next() < 0.4;
        const node: TemporalJoinNode = {
          kind: 'temporal-join',
          ...partsOf(type, isConditional),
          leftTime: 1,
          rightTime: 0,
        };
        const harness = await opened(node, random);
        const lefts: Row[] = [];
        const rights: Changed[] = [];
        const given: Row[] = [];
        let watermark = 0;
        for (let step = 0; step < 20; step++) {
          const input = random.next() < 0.5 ? 0 : 1;
          const rows = Array.from({ length: 1 + random.integer(6) }, () => randomRow(random, input, watermark + 1, 20));
          const kinds = [CHANGE.insert, CHANGE.updateAfter, CHANGE.updateBefore, CHANGE.delete];
          const changes = input === 0 ? inserts(rows) : rows.map((row) => ({ change: random.pick(kinds), row }));
          if (input === 0) lefts.push(...rows.filter((row) => row[1] !== null));
          else for (const change of changes) rights.push(...recorded(change));
          await harness.process(batchOf(input === 0 ? LEFT : RIGHT, changes), input);
          if (random.next() < 0.5) {
            const passed = watermark;
            watermark += random.integer(15);
            await harness.watermark(watermark);
            // What is given once stays, also when a deletion without a time ends its version afterwards.
            const isDue = (row: Row) => Number(row[1]) > passed && Number(row[1]) <= watermark;
            given.push(...versioned(lefts.filter(isDue)));
            expect(sorted(harness.rows)).toStrictEqual(sorted(given));
          }
        }
        await harness.watermark(MAX_WATERMARK);
        given.push(...versioned(lefts.filter((row) => Number(row[1]) > watermark)));
        expect(sorted(harness.rows)).toStrictEqual(sorted(given));
        expectNoneLate(harness, (row) => Number(row[1]));

        /** What a change says of its key; a deletion without a time ends the latest version from its beginning on. */
        function recorded({ change, row }: Changed): readonly Changed[] {
          if (change === CHANGE.updateBefore) return [];
          if (row[0] !== null) return [{ change, row }];
          const times = rights.flatMap((known) => (known.row[2] === row[2] ? [Number(known.row[0])] : []));
          if (change !== CHANGE.delete || times.length === 0) return [];
          return [{ change, row: [Math.max(...times), ...row.slice(1)] }];
        }

        function versioned(due: readonly Row[]): Row[] {
          return due.flatMap((left): Row[] => {
            const known = rights.filter(
              ({ row }) => row[2] !== null && row[2] === left[0] && Number(row[0]) <= Number(left[1]),
            );
            const latest = Math.max(...known.map(({ row }) => Number(row[0])));
            const version = known.filter(({ row }) => row[0] === latest).at(-1);
            const isThere = version !== undefined && version.change !== CHANGE.delete;
            if (isThere && (!isConditional || differ(left, version.row))) return [[...left, ...version.row]];
            return type === 'left' ? [[...left, null, null, null]] : [];
          });
        }
      });
    }
  }

  it('forgets versions that no row can ask for any more', async () => {
    const random = new SeededRandom(1);
    const node: TemporalJoinNode = { kind: 'temporal-join', ...partsOf('inner', false), leftTime: 1, rightTime: 0 };
    const [busy, calm] = [await opened(node, random), await opened(node, random)];
    const version = (t: number): Changed => ({ change: CHANGE.updateAfter, row: [t, 1n, 'a'] });
    await busy.process(
      batchOf(
        RIGHT,
        Array.from({ length: 50 }, (_, at) => version(at + 1)),
      ),
      1,
    );
    await calm.process(batchOf(RIGHT, [version(50)]), 1);
    await busy.watermark(60);
    await calm.watermark(60);
    expect(await storedBytes(busy)).toBe(await storedBytes(calm));
  });
});

async function storedBytes(harness: OperatorHarness): Promise<number> {
  return (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What is stored is what a fresh operator stores that has seen the last watermark alone. */
async function expectNothingKept(harness: OperatorHarness, node: LogicalNode): Promise<void> {
  const fresh = await opened(node, new SeededRandom(1));
  await fresh.watermark(MAX_WATERMARK);
  expect(await storedBytes(harness)).toBe(await storedBytes(fresh));
}

function expectNoneLate(harness: OperatorHarness, timeIn: (row: Row) => number): void {
  let watermark = Number.NEGATIVE_INFINITY;
  for (const item of harness.output) {
    if (item.kind === 'watermark') watermark = item.timestamp;
    if (item.kind === 'row') expect(timeIn(item.row)).toBeGreaterThan(watermark);
  }
}
