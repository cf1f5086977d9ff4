import { BatchBuilder, type RecordBatch, type Value } from '@millrace/batch';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { LookupTable, lookupConnector, unreachable } from '@millrace/testing/lookup-table';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';

const bigint: DataType = { kind: 'bigint', nullable: true };
const string: DataType = { kind: 'string', nullable: true };
const INPUT: Schema = {
  fields: [
    { name: 'n', type: bigint },
    { name: 'k', type: bigint },
  ],
};
const COLUMNS = [
  { name: 'id', type: bigint },
  { name: 'name', type: string },
];
const WIDE = 2n ** 53n + 1n;
const ROWS: readonly (readonly Value[])[] = [
  [1n, 'one'],
  [2n, 'two'],
  [2n, 'two again'],
  [WIDE, 'wide'],
  [WIDE - 1n, 'not quite'],
];

function node(type: 'inner' | 'left', more: Partial<LookupJoinNode> = {}): LookupJoinNode {
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
    ...more,
  };
}

function batchOf(rows: readonly (readonly Value[])[]): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (const row of rows) builder.append(row);
  return builder.finish();
}

function namesTable(): LookupTable {
  return new LookupTable(['id', 'name'], ROWS);
}

function openHarness(table: LookupTable, of: LookupJoinNode, restoreAfterEachCall = false, random?: () => number) {
  return OperatorHarness.open({
    create: () => createOperator(of, [INPUT]),
    restoreAfterEachCall,
    connectors: new Map([['lookup', lookupConnector(new Map([['names', table]]))]]),
    ...(random === undefined ? {} : { random }),
  });
}

/** What the join must give, row by row. */
function expected(rows: readonly (readonly Value[])[], type: 'inner' | 'left'): Value[][] {
  return rows.flatMap(([n = null, k = null]) => {
    const met = ROWS.filter(([id]) => id === k && k !== null);
    if (met.length === 0) return type === 'left' ? [[n, k, null, null]] : [];
    return met.map((row) => [n, k, ...row]);
  });
}

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

describe(`each row leaves with the rows of its key, in the order it came (seed ${seed})`, () => {
  for (const cache of ['none', 'partial', 'full'] as const) {
    for (const type of ['inner', 'left'] as const) {
      it.each([false, true])(`${type}, cache ${cache}, restored after each call: %s`, async (restore) => {
        const random = new SeededRandom(seed);
        const table = namesTable();
        table.cache = cache;
        // Later requests may be answered first, and any may fail once or twice.
        table.onRequest = async () => {
          for (let turns = random.integer(6); turns > 0; turns--) await Promise.resolve();
          if (random.next() < 0.2) throw unreachable();
        };
        table.retriesMax = 20;
        const harness = await openHarness(table, node(type), restore, () => random.next());
        const keys = [1n, 2n, 3n, WIDE, WIDE - 1n, WIDE + 1n, null];
        const rows = Array.from({ length: 60 }, (_, at): Value[] => [BigInt(at), random.pick(keys)]);
        await harness.process(batchOf(rows.slice(0, 40)));
        await harness.watermark(1_000);
        await harness.process(batchOf(rows.slice(40)));
        await harness.settle();
        await harness.close();
        expect(harness.rows).toEqual(expected(rows, type));
        const before = harness.output.slice(
          0,
          harness.output.findIndex(({ kind }) => kind === 'watermark'),
        );
        expect(before.flatMap((item) => (item.kind === 'row' ? [item.row] : []))).toEqual(
          expected(rows.slice(0, 40), type),
        );
        expect(table.readers.closed).toBe(table.readers.opened);
      });
    }
  }
});

it('a condition beyond the keys decides who is met, and a left row without anybody stays', async () => {
  const isTwo: LookupJoinNode['condition'] = {
    kind: 'call',
    name: '<>',
    args: [
      { kind: 'column', index: 3, type: string },
      { kind: 'literal', value: 'two', type: { kind: 'string', nullable: false } },
    ],
    type: { kind: 'boolean', nullable: true },
  };
  const rows = [
    [0n, 1n],
    [1n, 2n],
    [2n, 9n],
  ];
  const left = await openHarness(namesTable(), node('left', { condition: isTwo }));
  await left.process(batchOf(rows));
  await left.settle();
  expect(left.rows).toEqual([
    [0n, 1n, 1n, 'one'],
    [1n, 2n, 2n, 'two again'],
    [2n, 9n, null, null],
  ]);
});

describe('what is asked', () => {
  it('a key once per request, never more keys or requests at once than the table serves', async () => {
    const table = namesTable();
    let running = 0;
    let most = 0;
    table.onRequest = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    const harness = await openHarness(table, node('inner'));
    await harness.process(batchOf(Array.from({ length: 100 }, (_, at) => [BigInt(at), BigInt(at % 23)])));
    await harness.settle();
    expect(table.asked.reduce((sum, keys) => sum + keys, 0)).toBe(23);
    expect(Math.max(...table.asked)).toBe(5);
    expect(most).toBe(2);
    expect(harness.counts.get('lookups_total')).toBe(100);
    expect(harness.counts.get('lookup_requests_total')).toBe(5);
  });

  it('NULL is not asked for', async () => {
    const table = namesTable();
    const harness = await openHarness(table, node('left'));
    await harness.process(batchOf([[0n, null]]));
    expect(harness.rows).toEqual([[0n, null, null, null]]);
    expect(table.asked).toEqual([]);
  });

  it('without a cache a row that comes later sees the table as it is later', async () => {
    const table = namesTable();
    const harness = await openHarness(table, node('inner'));
    await harness.process(batchOf([[0n, 1n]]));
    await harness.settle();
    table.rows = [[1n, 'uno']];
    await harness.process(batchOf([[1n, 1n]]));
    await harness.settle();
    expect(harness.rows.map(([, , , name]) => name)).toEqual(['one', 'uno']);
  });
});

describe('the cache', () => {
  async function names(table: LookupTable, keys: readonly bigint[], pauseMs = 0): Promise<readonly Value[]> {
    const harness = await openHarness(table, node('left'));
    for (const [at, key] of keys.entries()) {
      await harness.process(batchOf([[BigInt(at), key]]));
      await harness.settle();
      harness.now += pauseMs;
    }
    return harness.rows.map((row) => row[3] ?? null);
  }

  it('answers what it has been told, missing keys too', async () => {
    const table = namesTable();
    table.cache = 'partial';
    await names(table, [1n, 9n, 1n, 9n, 1n]);
    expect(table.asked).toEqual([1, 1]);
  });

  it('asks again for missing keys when it may not keep them', async () => {
    const table = namesTable();
    table.cache = 'partial';
    table.cachesMissingKeys = false;
    await names(table, [9n, 9n, 1n, 1n]);
    expect(table.asked).toEqual([1, 1, 1]);
  });

  it('forgets what is old', async () => {
    const table = namesTable();
    table.cache = 'partial';
    table.expireAfterWriteMs = 1_000;
    await names(table, [1n, 1n, 1n, 1n], 400);
    expect(table.asked).toEqual([1, 1]);
  });

  it('holds no more rows than it may, and forgets those used longest ago', async () => {
    const table = namesTable();
    table.cache = 'partial';
    table.cacheRowsMax = 2;
    await names(table, [1n, 9n, 1n, WIDE, 1n, 9n, 2n, 9n]);
    // 9 was forgotten for WIDE, WIDE for 9, and everything for the two rows of 2.
    expect(table.asked).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('of the whole table is loaded again when it has become old, and answers meanwhile', async () => {
    const table = namesTable();
    table.cache = 'full';
    table.reloadMs = 1_000;
    const harness = await openHarness(table, node('left'));
    const ask = async () => {
      await harness.process(batchOf([[0n, 1n]]));
      await harness.settle();
      return harness.rows.at(-1)?.[3];
    };
    expect(await ask()).toBe('one');
    table.rows = [[1n, 'uno']];
    expect(await ask()).toBe('one');
    harness.now += 1_000;
    expect(await ask()).toBe('one');
    await expect.poll(ask).toBe('uno');
    expect(table.asked.length).toBe(2);
  });

  it('of the whole table refuses one that is larger than it may be', async () => {
    const table = namesTable();
    table.cache = 'full';
    table.cacheRowsMax = 4;
    const harness = await openHarness(table, node('left'));
    await harness.process(batchOf([[0n, 1n]]));
    await expect(harness.settle()).rejects.toMatchObject({ code: 'lookup.too-large', domain: 'user' });
  });

  it('of the whole table refuses one with a row that cannot be decoded, and names it: no row is missed in silence', async () => {
    const table = namesTable();
    table.cache = 'full';
    table.isRejected = ([id]) => id === 2n;
    const harness = await openHarness(table, node('left'));
    await harness.process(batchOf([[0n, 1n]]));
    await expect(harness.settle()).rejects.toMatchObject({
      code: 'lookup.undecodable-row',
      message: expect.stringContaining('names cannot be copied: all, '),
    });
  });
});

describe('a table that is away', () => {
  it('is asked again as often as it may be, then the task fails with its error', async () => {
    const table = namesTable();
    table.retriesMax = 2;
    table.onRequest = () => {
      throw unreachable();
    };
    const harness = await openHarness(table, node('inner'));
    await harness.process(batchOf([[0n, 1n]]));
    await expect(harness.settle()).rejects.toMatchObject({ code: 'lookup-table.unreachable', retry: 'backoff' });
    expect(table.asked).toEqual([1, 1, 1]);
    expect(harness.counts.get('lookup_failures_total')).toBe(3);
    expect(harness.rows).toEqual([]);
  });

  it('does not keep a canceled task from ending', async () => {
    const table = namesTable();
    table.onRequest = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const harness = await openHarness(table, node('inner'));
    await harness.process(batchOf([[0n, 1n]]));
    await harness.close();
    expect(table.readers.closed).toBe(1);
  });
});
