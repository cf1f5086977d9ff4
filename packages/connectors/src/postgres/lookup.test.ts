import { BatchBuilder, type Value } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import {
  askedTable,
  LOOKUP_KEYS,
  LOOKUP_ROWS,
  LOOKUP_SCHEMA,
  type LookupSubject,
  lookupConformance,
} from '@millrace/testing/conformance/lookup';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { jdbc as connector } from '../jdbc/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { drain, readerContext, rowsOf } from '../testing/contexts.ts';

const jdbc = connector(new NetworkPolicy(['127.0.0.1']));
const signal = () => AbortSignal.timeout(20_000);
let server: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined);
  await pool.query('CREATE TABLE prices (id bigint, price numeric(38, 4), name text)');
  for (const row of LOOKUP_ROWS) await pool.query('INSERT INTO prices VALUES ($1, $2, $3)', row.map(textOrNull));
  await pool.query('CREATE INDEX ON prices (id, price)');
  await pool.query('CREATE TABLE numbered (id bigint PRIMARY KEY, note text)');
  await pool.query("INSERT INTO numbered SELECT n, 'note ' || n FROM generate_series(1, 137) n");
  await pool.query('CREATE VIEW notes AS SELECT note, id % 3 AS remainder FROM numbered');
}, 60_000);

afterAll(async () => {
  await pool?.end();
  await server?.stop();
});

function textOrNull(value: Value): string | null {
  return value === null ? null : String(value);
}

function options(table: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { hostname, port, pathname, username, password } = new URL(server.url);
  const url = `jdbc:postgresql://${hostname}:${port}${pathname}`;
  const signIn = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { connector: 'jdbc', url, 'table-name': table, ...signIn, ...more };
}

function lookup(table: string, schema: Schema, keys: readonly number[], more: Readonly<Record<string, string>> = {}) {
  return askedTable(jdbc.createLookup?.(options(table, more), schema, keys));
}

function source(table: string, schema: Schema, more: Readonly<Record<string, string>> = {}) {
  const made = jdbc.createSource?.(options(table, more), schema);
  if (made === undefined) throw new Error('jdbc has a source');
  return made;
}

const field = (name: string, type: DataType) => ({ name, type });
const bigint: DataType = { kind: 'bigint', nullable: true };
const string: DataType = { kind: 'string', nullable: true };
const NUMBERED: Schema = { fields: [field('id', bigint), field('note', string)] };
const PARTS = {
  'scan.partition.column': 'id',
  'scan.partition.num': '4',
  'scan.partition.lower-bound': '1',
  'scan.partition.upper-bound': '137',
};

lookupConformance('a table of PostgreSQL', async (): Promise<LookupSubject> => {
  const made = lookup('prices', LOOKUP_SCHEMA, LOOKUP_KEYS);
  return { source: made, context: readerContext(), close: async () => {} };
});

sourceConformance('a table of PostgreSQL with a key', async () => {
  return { source: source('numbered', NUMBERED, PARTS), context: readerContext(), rows: 137, close: async () => {} };
});

sourceConformance('a view of PostgreSQL, which has no key', async () => {
  const schema: Schema = { fields: [field('note', string), field('remainder', bigint)] };
  const parts = { ...PARTS, 'scan.partition.column': 'remainder', 'scan.partition.lower-bound': '0' };
  const made = source('notes', schema, { ...parts, 'scan.partition.upper-bound': '2' });
  return { source: made, context: readerContext(), rows: 137, close: async () => {} };
});

async function readAll(table: string, schema: Schema): Promise<Value[][]> {
  const made = source(table, schema);
  const reader = made.createReader(readerContext());
  try {
    reader.addSplits(await made.discover(signal()));
    return (await drain(reader, () => reader.snapshot().length === 0)).rows;
  } finally {
    await reader.close();
  }
}

async function ask(table: string, schema: Schema, key: number, values: readonly Value[]): Promise<Value[][]> {
  const reader = lookup(table, schema, [key]).createReader(readerContext());
  try {
    const builder = new BatchBuilder({ fields: [schema.fields[key] ?? field('', bigint)] });
    for (const value of values) builder.append([value]);
    const { rows, keyOf } = await reader.lookup(builder.finish(), signal());
    return rowsOf(rows).map((row, at) => [keyOf[at] ?? null, ...row]);
  } finally {
    await reader.close();
  }
}

describe('every type is read exactly', () => {
  const row = (name: string, type: DataType, stored: string, sql: string, value: Value) =>
    [name, type, stored, sql, value] as const;
  const nullable = true;
  const CASES = [
    row('BOOLEAN', { kind: 'boolean', nullable }, 'boolean', 'true', true),
    row('TINYINT', { kind: 'tinyint', nullable }, 'smallint', '-128', -128),
    row('SMALLINT', { kind: 'smallint', nullable }, 'smallint', '-32768', -32_768),
    row('INT', { kind: 'integer', nullable }, 'integer', '2147483647', 2_147_483_647),
    row('BIGINT', bigint, 'bigint', '-9223372036854775808', -(2n ** 63n)),
    row('BIGINT of an integer', bigint, 'integer', '-5', -5n),
    row('FLOAT', { kind: 'float', nullable }, 'real', '1.5', 1.5),
    row('DOUBLE', { kind: 'double', nullable }, 'double precision', '0.1', 0.1),
    row('DECIMAL', { kind: 'decimal', precision: 38, scale: 2, nullable }, 'numeric', '-123456789012345678901234567890123456.78', '-123456789012345678901234567890123456.78'),
    row('DECIMAL of an integer', { kind: 'decimal', precision: 10, scale: 2, nullable }, 'bigint', '7', '7.00'),
    row('STRING', string, 'character varying(9)', "'it''s é'", "it's é"),
    row('STRING of a uuid', string, 'uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
    row('BYTES', { kind: 'bytes', nullable }, 'bytea', "'\\x00ff41'", new Uint8Array([0, 255, 65])),
    row('DATE', { kind: 'date', nullable }, 'date', "'1969-12-31'", -1),
    row('TIME', { kind: 'time', precision: 3, nullable }, 'time', "'23:59:59.9999'", 86_399_999),
    row('TIMESTAMP', { kind: 'timestamp', precision: 3, nullable }, 'timestamp', "'1969-12-31 23:59:59.9999'", -1),
    row('TIMESTAMP_LTZ', { kind: 'timestamp_ltz', precision: 3, nullable }, 'timestamptz', "'1970-01-01 01:00:00.5+01'", 500),
    row('ARRAY', { kind: 'array', element: bigint, nullable }, 'bigint[]', "'{9007199254740993,NULL}'", [2n ** 53n + 1n, null]),
    row('ROW', { kind: 'row', fields: [field('a', bigint), field('b', string)], nullable }, 'jsonb', `'{"b":"x","a":9007199254740993}'`, [2n ** 53n + 1n, 'x']),
  ]; // biome-ignore format: a table

  test.each(CASES)('%s', async (name, type, stored, sql, value) => {
    const table = `typed_${name.toLowerCase().replaceAll(/[^a-z]+/g, '_')}`;
    await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v ${stored})`);
    await pool.query(`INSERT INTO ${table} VALUES (1, ${sql}), (2, NULL)`);
    const schema: Schema = { fields: [field('id', bigint), field('v', type)] };
    const rows = [
      [1n, value],
      [2n, null],
    ];
    expect(await readAll(table, schema)).toEqual(rows);
    expect(await ask(table, schema, 0, [1n, 2n])).toEqual(rows.map((each, at) => [at, ...each]));
    if (type.kind === 'array' || type.kind === 'row' || /9$/.test(sql.replaceAll("'", ''))) return;
    expect(await ask(table, schema, 1, [value])).toEqual([[0, ...(rows[0] ?? [])]]);
  });
});

test('a key the database could not read meets nothing', async () => {
  await pool.query('CREATE TABLE keyed (u uuid, t text, n smallint)');
  await pool.query("INSERT INTO keyed VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x', 1)");
  const schema: Schema = { fields: [field('u', string), field('t', string), field('n', bigint)] };
  expect(await ask('keyed', schema, 0, ['no uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'])).toEqual([]);
  expect(await ask('keyed', schema, 1, ['a\0b', 'x'])).toHaveLength(1);
  expect(await ask('keyed', schema, 2, [2n ** 40n, 1n])).toHaveLength(1);
});

test('a lookup uses the index of the key', async () => {
  await pool.query('CREATE TABLE indexed (id integer PRIMARY KEY, name text)');
  await pool.query("INSERT INTO indexed SELECT n, 'name' FROM generate_series(1, 50000) n");
  await pool.query('ANALYZE indexed');
  const schema: Schema = { fields: [field('id', bigint), field('name', string)] };
  const reader = lookup('indexed', schema, [0]).createReader(readerContext());
  for (let at = 0; at < 10; at++) {
    const builder = new BatchBuilder({ fields: [field('id', bigint)] });
    for (let key = 0; key < 100; key++) builder.append([BigInt(key * 400 + at + 1)]);
    expect((await reader.lookup(builder.finish(), signal())).rows.rows).toBe(100);
  }
  await reader.close();
  const scans = "SELECT seq_scan::int AS seq, idx_scan::int AS idx FROM pg_stat_user_tables WHERE relname = 'indexed'";
  await pool.query('SELECT pg_stat_force_next_flush()');
  await expect
    .poll(async () => (await pool.query(scans)).rows[0]?.idx, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(1_000);
});

describe('what does not fit is named', () => {
  it.each([
    ['nothing', NUMBERED, 'jdbc.table-missing', "there is no table or view 'public.nothing'"],
    [
      'numbered',
      { fields: [field('id', string), field('nota', string)] },
      'jdbc.table-mismatch',
      "column 'nota' does not exist (there are id, note)",
    ],
    [
      'numbered',
      { fields: [field('note', bigint)] },
      'jdbc.table-mismatch',
      "column 'note' is text, which is not read as BIGINT",
    ],
  ])('%s', async (table, schema, code, message) => {
    await expect(source(table, schema).discover(signal())).rejects.toMatchObject({
      code,
      domain: 'user',
      message: expect.stringContaining(message),
    });
    await expect(ask(table, schema, 0, [schema.fields[0]?.type.kind === 'bigint' ? 1n : 'x'])).rejects.toMatchObject({
      code,
    });
  });

  it('a value that does not fit its column', async () => {
    await pool.query(
      "CREATE TABLE wide (id int PRIMARY KEY, n numeric); INSERT INTO wide VALUES (1, 100000), (2, 'NaN')",
    );
    const schema: Schema = {
      fields: [field('id', bigint), field('n', { kind: 'decimal', precision: 4, scale: 1, nullable: true })],
    };
    await expect(readAll('wide', schema)).rejects.toMatchObject({
      code: 'jdbc.bad-value',
      message: expect.stringContaining("a value of column 'n' does not fit DECIMAL(4, 1)"),
    });
  });
});

test('rows that come and go behind a reader are not mixed up with those it has read', async () => {
  await pool.query('CREATE TABLE moving (id bigint PRIMARY KEY, note text)');
  await pool.query("INSERT INTO moving SELECT n, 'old' FROM generate_series(1, 20) n");
  const made = source('moving', NUMBERED);
  const reader = made.createReader(readerContext());
  reader.addSplits(await made.discover(signal()));
  const first = await reader.poll(10, 0, signal());
  await pool.query(
    "DELETE FROM moving WHERE id = 3; UPDATE moving SET note = 'new'; INSERT INTO moving VALUES (21, 'new')",
  );
  const { rows } = await drain(reader, () => reader.snapshot().length === 0, 10);
  await reader.close();
  expect(first.batch?.rows).toBe(10);
  expect(rows.map(([id]) => id)).toEqual([11n, 12n, 13n, 14n, 15n, 16n, 17n, 18n, 19n, 20n, 21n]);
  expect(new Set(rows.map(([, note]) => note))).toEqual(new Set(['new']));
});
