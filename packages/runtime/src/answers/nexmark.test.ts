import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forEachRow, type Value, valueAt } from '@millrace/batch';
import { connectors } from '@millrace/connectors';
import type { Schema } from '@millrace/model';
import { compile } from '@millrace/sql';
import { SIDE_INPUT, SIDE_INPUT_FILE, SIDE_INPUT_OPTIONS, sideInputCsv } from '@millrace/testing/nexmark-side-input';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { readAll } from '../testing/read-source.ts';
import { answerOf, type Input } from '../testing/run-query.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`nexmark seed ${seed}`);

const FOLDER = new URL('../../../testing/nexmark/', import.meta.url);
const EVENTS = 3_000;
/** One event per millisecond: no two rows of a stream have the same time, so orders by time are complete. */
const OPTIONS = (stream: string) =>
  stream === 'side_input'
    ? SIDE_INPUT_OPTIONS
    : `'connector' = 'nexmark', 'stream' = '${stream}', 'number-of-events' = '${EVENTS}', 'events-per-second' = '1000', 'rows-per-second' = '10000000'`;
const text = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');
const TABLES = text('tables.sql').replaceAll(/OPTIONS\((\w+)\)/g, (_, stream: string) => OPTIONS(stream));
const FILES = readdirSync(FOLDER);
const QUERIES = FILES.filter((file) => /^q\d+\.sql$/.test(file))
  .map((file) => file.slice(0, -'.sql'.length))
  .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));

const FILES_ROOT = mkdtempSync(path.join(tmpdir(), 'millrace-nexmark-'));
const REGISTRY = connectors({ filesRoot: FILES_ROOT, allowedHosts: [] });

let oracle: Oracle;
const inputs: Input[] = [];

beforeAll(async () => {
  oracle = await Oracle.start();
  const { tables } = compile(TABLES);
  writeFileSync(path.join(FILES_ROOT, SIDE_INPUT_FILE), sideInputCsv());
  await oracle.fill(
    'side_input',
    [
      { name: 'key', type: 'bigint' },
      { name: 'value', type: 'string' },
    ],
    SIDE_INPUT,
  );
  for (const table of tables.filter(({ name }) => name !== 'side_input')) {
    const schema: Schema = { fields: table.columns.map(({ name, type }) => ({ name, type })) };
    const source = REGISTRY.get('nexmark')?.createSource?.(table.options, schema);
    if (source === undefined) throw new Error('nexmark is a source');
    const rows: Value[][] = [];
    for (const batch of await readAll(source)) {
      forEachRow(batch, (row) => {
        rows.push(
          schema.fields.map(({ type }, at) =>
            batch.columns[at] === undefined ? null : valueAt(batch.columns[at], type, row),
          ),
        );
      });
    }
    rows.sort((a, b) => Number(a.at(TIME(schema))) - Number(b.at(TIME(schema))));
    const columns = schema.fields.map(({ name }) => name);
    inputs.push({ table: table.name, columns, rows });
    await oracle.fill(
      table.name,
      schema.fields.map(({ name, type }) => ({ name, type: type.kind })),
      rows,
    );
  }
});

const TIME = ({ fields }: Schema) => fields.findIndex(({ name }) => name === 'dateTime');

afterAll(async () => {
  await oracle.stop();
  rmSync(FILES_ROOT, { recursive: true });
});

describe('Nexmark is answered as PostgreSQL answers it', () => {
  it.each(QUERIES)('%s', async (query) => {
    const sql = text(`${query}.sql`);
    const postgres = FILES.includes(`${query}.postgres.sql`) ? text(`${query}.postgres.sql`) : sql;
    const expected = await oracle.answer(postgres);
    expect(expected.length).toBeGreaterThan(0);
    expect(await answerOf(`${TABLES}${sql}`, inputs, new SeededRandom(seed), REGISTRY)).toEqual(expected);
  });
});
