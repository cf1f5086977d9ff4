import { BatchBuilder, CHANGE, type Value } from '@millrace/batch';
import { type DataType, type FineTimestamp, type Schema, ticksOf } from '@millrace/model';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { askedTable } from '@millrace/testing/conformance/lookup';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { jdbc as connector } from '../jdbc/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { checkOptions } from '../options.ts';
import { batchOf, drain, readerContext, rowsOf, writerContext } from '../testing/contexts.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? 20_261_129);
const jdbc = connector(new NetworkPolicy(['127.0.0.1']));
const signal = () => AbortSignal.timeout(20_000);
let server: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined);
}, 60_000);

afterAll(async () => {
  await pool?.end();
  await server?.stop();
});

function options(table: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { hostname, port, pathname, username, password } = new URL(server.url);
  const url = `jdbc:postgresql://${hostname}:${port}${pathname}`;
  const signIn = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { connector: 'jdbc', url, 'table-name': table, ...signIn, ...more };
}

async function write(table: string, schema: Schema, rows: readonly (readonly Value[])[], creates = true) {
  const sink = jdbc.createSink?.(options(table, { 'sink.create-table': String(creates) }), schema, 'at-least-once');
  await sink?.prepare(signal());
  const writer = await sink?.createWriter(writerContext('at-least-once'));
  await writer?.write(batchOf(schema, rows));
  await writer?.flush();
  return writer;
}

async function readAll(table: string, schema: Schema): Promise<Value[][]> {
  const source = jdbc.createSource?.(options(table), schema);
  const reader = source?.createReader(readerContext());
  if (source === undefined || reader === undefined) throw new Error('jdbc has a source');
  reader.addSplits(await source.discover(signal()));
  const { rows } = await drain(reader, () => reader.snapshot().length === 0);
  await reader.close();
  return rows;
}

async function ask(table: string, schema: Schema, values: readonly Value[]): Promise<Value[][]> {
  const reader = askedTable(jdbc.createLookup?.(options(table), schema, [0])).createReader(readerContext());
  const builder = new BatchBuilder({ fields: schema.fields.slice(0, 1) });
  for (const value of values) builder.append([value]);
  const { rows } = await reader.lookup(builder.finish(), signal());
  await reader.close();
  return rowsOf(rows);
}

const time = (kind: FineTimestamp['kind'], precision: FineTimestamp['precision'], nullable = true) =>
  ({ kind, precision, nullable }) as const;
const TIMES: Schema = {
  fields: [
    { name: 'at', type: time('timestamp', 6, false) },
    { name: 'a4', type: time('timestamp', 4) },
    { name: 'a5', type: time('timestamp_ltz', 5) },
    { name: 'a6', type: time('timestamp_ltz', 6) },
  ],
  primaryKey: [0],
};
const TYPES = TIMES.fields.map(({ type }) => type as FineTimestamp);
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Ticks of moments all over the calendar, the years where numbers get wide among them. */
function momentsOf(random: SeededRandom): readonly (readonly [ms: number, nanos: number])[] {
  const edges = ['1969-12-31T23:59:59.999', '2255-06-05T23:47:34.740', '2262-04-11T23:47:16.854'].map((text) =>
    Date.parse(`${text}Z`),
  );
  const any = Array.from({ length: 60 }, () => FIRST_MS + Math.floor(random.next() * (LAST_MS - FIRST_MS)));
  return [FIRST_MS, LAST_MS, ...edges, ...any].map((ms) => [ms, random.integer(1_000) * 1_000]);
}

test(`microseconds of every year are written, read and asked exactly (SEED=${SEED})`, async () => {
  const moments = momentsOf(new SeededRandom(SEED));
  const rows = moments.map(([ms, nanos]) => TYPES.map((type) => ticksOf(ms, nanos, type)));
  const writer = await write('times', TIMES, rows);
  const sorted = [...rows].sort((a, b) => Number((a[0] ?? 0n) - (b[0] ?? 0n)));
  expect(await readAll('times', TIMES)).toEqual(sorted);
  expect(
    await ask(
      'times',
      TIMES,
      rows.map(([at]) => at ?? null),
    ),
  ).toEqual(rows);
  // One tick aside there is nobody.
  expect(await ask('times', TIMES, [(rows[0]?.[0] ?? 0n) + 1n])).toEqual([]);
  const { rows: stored } = await pool.query("SELECT at::text FROM times WHERE at < '0002-01-01' ORDER BY at LIMIT 1");
  expect(stored).toEqual([{ at: `0001-01-01 00:00:00.${fraction(moments[0]?.[1] ?? 0)}`.replace(/\.?0*$/, '') }]);
  // A key is deleted by all its digits.
  const gone = batchOf(TIMES, rows.slice(1));
  await writer?.write({ ...gone, changes: new Uint8Array(gone.rows).fill(CHANGE.delete) });
  await writer?.flush();
  await writer?.close();
  expect(await readAll('times', TIMES)).toEqual(rows.slice(0, 1));
});

const fraction = (nanos: number) => String(nanos / 1_000).padStart(6, '0');

test('digits that are not asked for are cut, and those that are not there are zeros', async () => {
  await pool.query('CREATE TABLE stored (id int PRIMARY KEY, at timestamp, s timestamptz(0))');
  await pool.query("INSERT INTO stored VALUES (1, '1969-12-31 23:59:59.123459', '2026-11-24 00:00:01Z')");
  const schema: Schema = {
    fields: [
      { name: 'at', type: time('timestamp', 5) },
      { name: 's', type: time('timestamp_ltz', 6) },
    ],
  };
  expect(await readAll('stored', schema)).toEqual([[-87_655n, BigInt(Date.UTC(2026, 10, 24, 0, 0, 1)) * 1_000n]]);
});

describe('what would lose digits is refused', () => {
  const nanos: Schema = { fields: [{ name: 'at', type: time('timestamp', 9) }] };
  const message = "column 'at' is TIMESTAMP(9), but PostgreSQL keeps 6 digits of a second: declare it TIMESTAMP(6)";

  it('nanoseconds, whatever the table is for', () => {
    expect(() => jdbc.createSink?.(options('x'), nanos, 'at-least-once')).toThrow(message);
    expect(() => jdbc.createSource?.(options('x'), nanos)).toThrow(message);
    expect(() => jdbc.createLookup?.(options('x'), nanos, [0])).toThrow(message);
    const columns = new Map<string, DataType>([['at', time('timestamp', 7, false)]]);
    const asked = (url: string) => checkOptions('jdbc', { url, 'table-name': 't' }, 'sink', columns);
    expect(asked('jdbc:mysql://db/x')).toEqual([
      {
        option: 'table-name',
        reason: 'invalid',
        message: "column 'at' is TIMESTAMP(7), but MySQL keeps 6 digits of a second: declare it TIMESTAMP(6)",
      },
    ]);
    expect(asked('jdbc:postgresql://db/x')).toHaveLength(1);
  });

  it('a column that would round what is written', async () => {
    await pool.query('CREATE TABLE rounding (at timestamp(3))');
    const micros: Schema = { fields: [{ name: 'at', type: time('timestamp', 6) }] };
    await expect(write('rounding', micros, [[1n]], false)).rejects.toMatchObject({
      code: 'jdbc.table-mismatch',
      message: expect.stringContaining(
        "column 'at' is timestamp without time zone with 3 digits of a second, which would round TIMESTAMP(6): give it 6 digits",
      ),
    });
  });
});
