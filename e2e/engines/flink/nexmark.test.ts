import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEachRow, type Value, valueAt } from '../../../packages/batch/src/index.ts';
import { connectors } from '../../../packages/connectors/src/index.ts';
import { readAll } from '../../../packages/runtime/src/testing/read-source.ts';
import { compile } from '../../../packages/sql/src/index.ts';
import { finalRows } from './compare.ts';
import { Flink } from './flink.ts';
import { installFlink } from './install.ts';
import { jsonLines } from './json-lines.ts';
import { askOurs } from './ours.ts';
import { quoteReserved } from './reserved-words.ts';

const FOLDER = new URL('../../../packages/testing/nexmark/', import.meta.url);
const EVENTS = 3_000;
/**
 * q9: Flink 2.3 plans its ranking as one that only adds rows (EXPLAIN CHANGELOG_MODE says [I]), and then replaces some: no winner is taken
 * back. q12 counts by the clock; q13 looks up files, which Flink cannot.
 */
const NOT_ASKED = ['q9', 'q12', 'q13'];
const QUERIES = readdirSync(FOLDER)
  .flatMap((file) => /^(q\d+)\.sql$/.exec(file)?.[1] ?? [])
  .filter((name) => !NOT_ASKED.includes(name))
  .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-nexmark-'));
const read = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');
const tables = (options: (stream: string) => string) =>
  read('tables.sql').replaceAll(/OPTIONS\((\w+)\)/g, (_, stream: string) => options(stream));
const inFiles = (stream: string) =>
  `'connector' = 'filesystem', 'path' = '${path.join(folder, `${stream}.json`)}', 'format' = 'json'`;
const made = (stream: string) =>
  `'connector' = 'nexmark', 'stream' = '${stream}', 'number-of-events' = '${EVENTS}', 'events-per-second' = '1000', 'rows-per-second' = '10000000'`;

let flink: Flink;
beforeAll(async () => {
  const nexmark = connectors({ filesRoot: undefined, allowedHosts: [] }).get('nexmark');
  for (const { name, columns, options } of compile(tables(made)).tables) {
    if (name === 'side_input') continue;
    const fields = columns.map((column) => ({ name: column.name, type: column.type }));
    const source = nexmark?.createSource?.(options, { fields });
    if (source === undefined) throw new Error('nexmark is a source');
    const rows: Value[][] = [];
    for (const batch of await readAll(source)) {
      forEachRow(batch, (row) => {
        const cells = batch.columns.map((column, at) => valueAt(column, batch.schema.fields[at]?.type ?? NEVER, row));
        rows.push(cells);
      });
    }
    const time = fields.findIndex((field) => field.name === 'dateTime');
    rows.sort((a, b) => Number(a[time]) - Number(b[time]));
    const named = fields.map((field) => ({ name: field.name, isTime: field.type.kind === 'timestamp' }));
    writeFileSync(path.join(folder, `${name}.json`), jsonLines(named, rows));
  }
  flink = Flink.start(await installFlink());
});
const NEVER = { kind: 'string', nullable: true } as const;
afterAll(async () => {
  await flink?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('Nexmark is answered as Flink answers it', () => {
  it.each(QUERIES)('%s', async (name) => {
    const statements = [...tables(inFiles).split(';'), read(`${name}.sql`)]
      .map((statement) =>
        statement
          .replaceAll(/^--.*$/gm, '')
          .trim()
          .replace(/;$/, ''),
      )
      .map(quoteReserved)
      .filter((statement) => statement !== '' && !statement.includes('side_input'));
    const theirs = await flink.ask(statements);
    const ours = await askOurs(statements, folder);
    expect('error' in theirs ? theirs.error : 'answered').toBe('answered');
    expect(finalRows(theirs).length).toBeGreaterThan(0);
    expect(finalRows(ours)).toEqual(finalRows(theirs));
  });
});
