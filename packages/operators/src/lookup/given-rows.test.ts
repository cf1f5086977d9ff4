import { CHANGE, type Value } from '@millrace/batch';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { LookupTable, lookupConnector } from '@millrace/testing/lookup-table';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { Accumulated, batchOf, type Changed, type Row, seedsOf, sorted, textOf } from '../testing/changelog.ts';

const bigint: DataType = { kind: 'bigint', nullable: true };
const string: DataType = { kind: 'string', nullable: true };
const INPUT: Schema = {
  fields: [
    { name: 'id', type: bigint },
    { name: 'k', type: bigint },
    { name: 'tags', type: { kind: 'array', element: bigint, nullable: true } },
  ],
};
const COLUMNS = [
  { name: 'id', type: bigint },
  { name: 'name', type: string },
];

function nodeOf(type: 'inner' | 'left', rowKey: readonly number[], more: Partial<LookupJoinNode> = {}): LookupJoinNode {
  return {
    kind: 'lookup-join',
    id: 'lookup' as OperatorId,
    label: 'LOOKUP JOIN',
    schema: { fields: [...INPUT.fields, ...COLUMNS] },
    input: 'input' as OperatorId,
    type,
    table: 'names',
    connector: 'lookup',
    options: { table: 'names' },
    columns: COLUMNS,
    keys: [1],
    tableKeys: [0],
    condition: undefined,
    rowKey,
    ...more,
  };
}

const NOT_CLOSED: LookupJoinNode['condition'] = {
  kind: 'call',
  name: '<>',
  args: [
    { kind: 'column', index: 4, type: string },
    { kind: 'literal', value: 'closed', type: { kind: 'string', nullable: false } },
  ],
  type: { kind: 'boolean', nullable: true },
};

function open(node: LookupJoinNode, table: LookupTable, random?: SeededRandom) {
  return OperatorHarness.open({
    create: () => createOperator(node, [INPUT]),
    restoreAfterEachCall: random !== undefined && random.next() < 0.5,
    connectors: new Map([['lookup', lookupConnector(new Map([['names', table]]))]]),
    ...(random === undefined ? {} : { random: () => random.next() }),
  });
}

/** A live row of the input and what the table had for it when it came. */
interface Live {
  readonly row: Row;
  readonly given: readonly Row[];
}

class Model {
  readonly live: Live[] = [];
  readonly #node: LookupJoinNode;

  constructor(node: LookupJoinNode) {
    this.#node = node;
  }

  apply({ change, row }: Changed, table: LookupTable): void {
    if (change === CHANGE.delete || change === CHANGE.updateBefore) {
      // Of equal rows any one may go: an inner join knows those that met something.
      const isEqual = (each: Live) => textOf(each.row) === textOf(row);
      const known = this.live.findLastIndex(
        (each) => isEqual(each) && (this.#node.type === 'left' || each.given.length > 0),
      );
      this.live.splice(known < 0 ? this.live.findLastIndex(isEqual) : known, 1);
      return;
    }
    const met = table.rows.filter(([id, name]) => {
      const isMet = id === row[1] && row[1] !== null;
      return isMet && (this.#node.condition === undefined || (name !== null && name !== 'closed'));
    });
    this.live.push({ row, given: met });
  }

  get rows(): readonly string[] {
    return sorted(
      this.live.flatMap(({ row, given }): Row[] => {
        if (given.length === 0) return this.#node.type === 'left' ? [[...row, null, null]] : [];
        return given.map((partner) => [...row, ...partner]);
      }),
    );
  }
}

function randomTable(random: SeededRandom): Value[][] {
  return Array.from({ length: 6 }, () => [
    random.pick([1n, 2n, 2n ** 53n + 1n]),
    random.pick(['a', 'b', 'closed', null]),
  ]);
}

/** Some changes to the live rows; with `isKeyed` no two of them share their id. */
function randomChanges(random: SeededRandom, live: readonly Live[], isKeyed: boolean): Changed[] {
  const rows = live.map(({ row }) => row);
  const changes: Changed[] = [];
  const fresh = (): Row => {
    const free = [1n, 2n, 3n, 4n, 2n ** 53n].filter((id) => !rows.some((row) => row[0] === id));
    const id = isKeyed ? (free[0] ?? null) : random.pick([1n, 2n]);
    return [id, random.pick([1n, 2n, 3n, 2n ** 53n + 1n, null]), random.pick([null, [1n], [1n, null]])];
  };
  for (let step = 0; step < 5; step++) {
    const at = random.integer(Math.max(1, rows.length));
    const old = rows[at];
    if (old === undefined || (random.next() < 0.4 && rows.length < 5)) {
      const row = fresh();
      rows.push(row);
      changes.push({ change: CHANGE.insert, row });
    } else if (random.next() < 0.4) {
      rows.splice(at, 1);
      changes.push({ change: CHANGE.delete, row: old });
    } else {
      const row: Row = [old[0] ?? null, ...fresh().slice(1)];
      rows[at] = row;
      changes.push({ change: CHANGE.updateBefore, row: old }, { change: CHANGE.updateAfter, row });
    }
  }
  return changes;
}

describe('rows that are taken back take back what they were given, whatever the table says by then', () => {
  for (const type of ['inner', 'left'] as const) {
    for (const isKeyed of [true, false]) {
      for (const seed of seedsOf(`${type} lookup of a changelog`, 6)) {
        it(`${type}, found again by ${isKeyed ? 'a key' : 'the row itself'} (seed ${seed})`, async () => {
          const random = new SeededRandom(seed);
          const condition = random.next() < 0.5 ? NOT_CLOSED : undefined;
          const node = nodeOf(type, isKeyed ? [0] : [0, 1], { condition });
          const table = new LookupTable(['id', 'name'], randomTable(random));
          table.onRequest = async () => {
            for (let turns = random.integer(6); turns > 0; turns--) await Promise.resolve();
          };
          const harness = await open(node, table, random);
          const model = new Model(node);
          const found = new Accumulated();
          for (let round = 0; round < 8; round++) {
            const changes = randomChanges(random, model.live, isKeyed);
            for (const change of changes) model.apply(change, table);
            await harness.process(batchOf(INPUT, changes));
            await harness.settle();
            expect(found.add(harness.output).sorted).toStrictEqual(model.rows);
            table.rows = randomTable(random);
          }
          await harness.close();
        });
      }
    }
  }
});

it('a row that is replaced and meets the same is an update; one that meets others goes and comes', async () => {
  const table = new LookupTable(['id', 'name'], [[1n, 'a']]);
  const harness = await open(nodeOf('left', [0]), table);
  const replace = (from: Row, to: Row): Changed[] => [
    { change: CHANGE.updateBefore, row: from },
    { change: CHANGE.updateAfter, row: to },
  ];
  await harness.process(batchOf(INPUT, [{ change: CHANGE.insert, row: [7n, 1n, null] }]));
  await harness.process(batchOf(INPUT, replace([7n, 1n, null], [7n, 1n, [1n]])));
  await harness.process(batchOf(INPUT, replace([7n, 1n, [1n]], [7n, 2n, [1n]])));
  await harness.settle();
  const changes = harness.output.flatMap((item) => (item.kind === 'row' ? [[item.change, item.row.at(-1)]] : []));
  expect(changes).toEqual([
    [CHANGE.insert, 'a'],
    [CHANGE.updateBefore, 'a'],
    [CHANGE.updateAfter, 'a'],
    [CHANGE.delete, 'a'],
    [CHANGE.insert, null],
  ]);
  expect(table.asked).toEqual([1, 1, 1]);
});

it('what was not touched for the time to live is forgotten, and then takes nothing back', async () => {
  const table = new LookupTable(['id', 'name'], [[1n, 'a']]);
  const harness = await open(nodeOf('inner', [0], { stateTtlMs: 1_000 }), table);
  const empty = (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  await harness.process(batchOf(INPUT, [{ change: CHANGE.insert, row: [7n, 1n, null] }]));
  await harness.settle();
  harness.now += 1_000;
  await harness.processingTime([]);
  await harness.process(batchOf(INPUT, [{ change: CHANGE.delete, row: [7n, 1n, null] }]));
  await harness.settle();
  expect(harness.output.filter(({ kind }) => kind === 'row')).toHaveLength(1);
  expect((await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(empty);
});
