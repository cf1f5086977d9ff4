import { type RecordBatch, selectedCount } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import { compilePredicate } from '@millrace/operators';
import type { Expression, ScalarFunction, SourceFilter } from '@millrace/plan';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jdbc as connector } from '../jdbc/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { readerContext, rowsOf } from '../testing/contexts.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const CONDITIONS = 60;
const ROWS = 300;
const PAGE = 50;

const boolean = { kind: 'boolean', nullable: true } as const;
const bigint = { kind: 'bigint', nullable: true } as const;
const integer = { kind: 'integer', nullable: true } as const;
const string = { kind: 'string', nullable: true } as const;
const SCHEMA: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: false } },
    { name: 'i', type: integer },
    { name: 'n', type: bigint },
    { name: 's', type: string },
    { name: 'Size$', type: string },
    { name: 'b', type: boolean },
  ],
};
const TEXTS = ['', 'a', 'A', 'b', 'ab', 'Z', 'é', 'e\u0301', '\u{1f600}', 'ﬀ', "o'c\\", ' a', 'a '];
const NUMBERS = ['0', '1', '-7', '9007199254740993', '9223372036854775807', '50'];

let server: TestPostgres;
const jdbc = connector(new NetworkPolicy(['127.0.0.1']));

beforeAll(async () => {
  server = await startPostgres();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(
    'CREATE TABLE things (id bigint PRIMARY KEY, i integer, n bigint, s text, "Size$" varchar(10), b boolean)',
  );
  await client.query('CREATE VIEW keyless AS SELECT * FROM things');
  const random = new SeededRandom(seed);
  const orNull = (value: string) => (random.integer(6) === 0 ? null : value);
  for (let id = 0; id < ROWS; id++) {
    const texts = [orNull(random.pick(TEXTS)), orNull(random.pick(TEXTS))];
    const row = [
      id,
      orNull(String(random.integer(60))),
      orNull(random.pick(NUMBERS)),
      ...texts,
      orNull(random.pick(['t', 'f'])),
    ];
    await client.query('INSERT INTO things VALUES ($1, $2, $3, $4, $5, $6)', row);
  }
  await client.end();
});

afterAll(() => server.stop());

test(`the database leaves out the rows a filter would, and only those: ${CONDITIONS} conditions (SEED=${seed})`, async () => {
  const whole = await read('things', undefined);
  for (let at = 0; at < CONDITIONS; at++) {
    const random = new SeededRandom(seed + at);
    const condition = randomCondition(random, 2);
    const found = await read('things', { condition });
    expect(found.flatMap(rowsOf), `SEED=${seed + at}: ${JSON.stringify(condition)}`).toEqual(passing(whole, condition));
  }
}, 120_000);

test('what it does not compute in the same way, and rows whose time is gone by, are left to the steps above', async () => {
  const column = { kind: 'column', index: 2, type: bigint } as const;
  const known = call('=', { kind: 'column', index: 1, type: integer }, literal(7, integer));
  const odd = call(
    '=',
    { kind: 'call', name: '%', args: [column, literal('2', bigint)], type: bigint },
    literal('1', bigint),
  );
  const sevens = (await read('things', { condition: known })).flatMap(rowsOf);
  expect((await read('things', { condition: call('and', known, odd) })).flatMap(rowsOf)).toEqual(sevens);
  const eventTime = {
    value: { kind: 'literal', value: 0, type: { kind: 'timestamp', precision: 3, nullable: false } },
    maxAheadMs: 0,
  } as const;
  for (const [table, filter] of [
    ['things', { condition: odd }],
    ['things', { condition: known, eventTime }],
    ['keyless', { condition: known }],
  ] as const)
    expect((await read(table, filter)).flatMap(rowsOf)).toHaveLength(ROWS);
});

async function read(table: string, filter: SourceFilter | undefined): Promise<RecordBatch[]> {
  const { hostname, port, pathname, username, password } = new URL(server.url);
  const options = {
    connector: 'jdbc',
    url: `jdbc:postgresql://${hostname}:${port}${pathname}`,
    'table-name': table,
    username: decodeURIComponent(username),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
  const source = jdbc.createSource?.(options, SCHEMA, filter);
  if (source === undefined) throw new Error('jdbc has a source');
  const signal = AbortSignal.timeout(30_000);
  const reader = source.createReader(readerContext());
  const splits = await source.discover(signal);
  reader.addSplits(splits);
  const batches: RecordBatch[] = [];
  for (let open = splits.length; open > 0; ) {
    const { batch, finishedSplits } = await reader.poll(PAGE, 100, signal);
    if (batch !== undefined) batches.push(batch);
    open -= finishedSplits.length;
  }
  await reader.close();
  return batches;
}

function passing(batches: readonly RecordBatch[], condition: Expression) {
  const passes = compilePredicate(condition, SCHEMA, 'test');
  return batches.flatMap((batch) => {
    const passed = passes(batch, 0);
    return selectedCount(passed) === 0 ? [] : rowsOf(passed);
  });
}

function call(name: ScalarFunction, ...args: readonly Expression[]): Expression {
  return { kind: 'call', name, args, type: boolean };
}

function literal(value: string | number | null, type: DataType): Expression {
  return { kind: 'literal', value, type };
}

function randomCondition(random: SeededRandom, depth: number): Expression {
  if (depth > 0 && random.integer(3) > 0) {
    const parts = [randomCondition(random, depth - 1), randomCondition(random, depth - 1)];
    const [first = literal(null, boolean)] = parts;
    return random.pick([call('and', ...parts), call('or', ...parts), call('not', first)]);
  }
  const operator = random.pick(['=', '<>', '<', '<=', '>', '>='] as const);
  const i: Expression = { kind: 'column', index: 1, type: integer };
  const wide: Expression = { kind: 'cast', arg: i, safe: false, type: bigint };
  const n: Expression = { kind: 'column', index: 2, type: bigint };
  const text: Expression = { kind: 'column', index: random.pick([3, 4]), type: string };
  return random.pick([
    call(operator, i, literal(random.integer(60), integer)),
    call(operator, n, literal(random.pick(NUMBERS), bigint)),
    call(operator, n, wide),
    call(operator, text, literal(random.pick(TEXTS), string)),
    call('in', n, literal('1', bigint), literal(random.pick(NUMBERS), bigint)),
    call('in', text, literal('a', string), literal(random.pick(TEXTS), string)),
    call(random.pick(['is-null', 'is-not-null']), random.pick([i, n, text])),
    { kind: 'column', index: 5, type: boolean },
  ]);
}
