import type { Value } from '@millrace/batch';
import type { SeededRandom } from '@millrace/testing/seeded-random';
import type { Column, Oracle } from './oracle.ts';
import type { Input } from './run-query.ts';

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'k', type: 'INT' },
  { name: 'v', type: 'BIGINT' },
  { name: 'd', type: 'DECIMAL(20,2)' },
  { name: 's', type: 'STRING' },
  { name: 't', type: 'TIMESTAMP(3)' },
];
const TABLES = ['a', 'b'];
const START = Date.UTC(2026, 10, 24);

/** Two tables of equal shape, `a` and `b`, read from where `options` says. */
export function tablesDdl(options: (table: string) => string): readonly string[] {
  return TABLES.map((table) => {
    const columns = COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
    return `CREATE TABLE ${table} (${columns}, WATERMARK FOR t AS t - INTERVAL '10' SECOND) WITH (${options(table)})`;
  });
}

/** The tables of a test that gives their rows itself. */
export const TABLES_DDL = tablesDdl(() => "'connector' = 'given'")
  .map((statement) => `${statement};\n`)
  .join('');

/** Rows for both tables. */
export function makeTables(random: SeededRandom, rows: number): Input[] {
  return TABLES.map((table) => ({ table, columns: COLUMNS.map(({ name }) => name), rows: rowsOf(random, rows) }));
}

/** Fills both tables anew, in PostgreSQL too. */
export async function fillTables(oracle: Oracle, random: SeededRandom, rows: number): Promise<Input[]> {
  const inputs = makeTables(random, rows);
  for (const { table, rows: made } of inputs) await oracle.fill(table, COLUMNS, made);
  return inputs;
}

/** Keys that collide, NULLs everywhere but in ids and times, integers beyond 2^53, times out of order by less than the watermark allows. */
function rowsOf(random: SeededRandom, count: number): Value[][] {
  const integers = () => [1n, -7n, 12n, 2n ** 53n + 1n, -(2n ** 53n) - 3n, BigInt(random.integer(100))];
  const decimal = () => `${random.integer(2_000) - 1_000}.${String(random.integer(100)).padStart(2, '0')}`;
  return Array.from({ length: count }, (_, at) => [
    BigInt(at),
    random.integer(6) === 0 ? null : random.integer(5),
    random.integer(8) === 0 ? null : random.pick(integers()),
    random.integer(8) === 0 ? null : decimal(),
    random.integer(7) === 0 ? null : random.pick(['a', 'b', 'ab', '', 'é x']),
    START + at * 3_000 + random.integer(3) * 2_999 + (at % 1_000),
  ]);
}
