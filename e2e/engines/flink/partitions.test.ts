import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BatchBuilder } from '../../../packages/batch/src/index.ts';
import { connectors } from '../../../packages/connectors/src/index.ts';
import type { WriterContext } from '../../../packages/contracts/src/index.ts';
import type { Schema } from '../../../packages/model/src/index.ts';
import { createLogger, systemClock } from '../../../packages/telemetry/src/index.ts';
import { finalRows } from './compare.ts';
import { Flink } from './flink.ts';
import { installFlink } from './install.ts';
import { askOurs } from './ours.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-flink-partitions-'));
let flink: Flink;
beforeAll(async () => {
  flink = Flink.start(await installFlink());
});
afterAll(async () => {
  await flink?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Everything that is escaped, much that is not, and what stands for NULL. */
const TEXTS = [
  '2026-01-31', 'a/b', 'a b', '100%', '%41', 'k=v', '10:30', '#"\'*?\\{}[]^', '..', '.x', '_y', 'Ünï 杭州 €', '<>|&;$~!@()+,', '\t\n', null, '',
]; // biome-ignore format: a list
const SCHEMA: Schema = {
  fields: [
    { name: 'id', type: { kind: 'integer', nullable: true } },
    { name: 's', type: { kind: 'string', nullable: true } },
    { name: 'n', type: { kind: 'integer', nullable: true } },
    { name: 'd', type: { kind: 'date', nullable: true } },
  ],
};
const tableOf = (place: string) =>
  `CREATE TABLE t (id INT, s STRING, n INT, d DATE) PARTITIONED BY (s, n, d) WITH ('connector' = 'filesystem', 'path' = '${path.join(folder, place)}', 'format' = 'json')`;

type Row = readonly [id: number, s: string | null, n: number | null, days: number | null];
/** Flink writes a DATE as its number of days, which it does not read back: here it is NULL. */
const ROWS = TEXTS.map((text, id): Row => [id, text, id % 3 === 0 ? null : id % 2, null]);
/** Flink does not read its own folders of NULL ("Path should not be null or empty"). */
const WITHOUT_NULLS = TEXTS.flatMap((text, id): Row[] => (text === null || text === '' ? [] : [[id, text, id % 2, 20_000 + (id % 2)]])); // biome-ignore format: one row each

async function writeOurs(place: string, written: readonly Row[]): Promise<void> {
  const options = { connector: 'filesystem', path: place, format: 'json', 'partition.columns': '["s","n","d"]' };
  const files = connectors({ filesRoot: folder, allowedHosts: [] }).get('filesystem');
  const sink = files?.createSink?.(options, SCHEMA, 'at-least-once');
  await sink?.prepare(AbortSignal.timeout(20_000));
  const metrics: WriterContext['metrics'] = { count: () => {}, gauge: () => {}, scoped: () => metrics };
  const log = createLogger({ name: 'test', destination: { write: () => {} } });
  const context = {
    job: 'j',
    application: 'a',
    operator: 'o',
    subtask: 0,
    attempt: 1,
    guarantee: 'at-least-once',
  } as const;
  const writer = await sink?.createWriter({ ...context, clock: systemClock, metrics, log } as unknown as WriterContext);
  const rows = new BatchBuilder(SCHEMA);
  for (const row of written) rows.append(row);
  await writer?.write(rows.finish());
  await writer?.flush();
  await writer?.close();
}

it.each(['SELECT * FROM t', "SELECT id FROM t WHERE s = 'a/b'", "SELECT id, s FROM t WHERE n = 1 AND d = DATE '2024-10-05'"])(
  'what we write in folders Flink reads as we do: %s',
  async (query) => {
    const place = `ours-${readdirSync(folder).length}`;
    await writeOurs(place, WITHOUT_NULLS);
    const theirs = finalRows(await flink.ask([tableOf(place), query]));
    expect(finalRows(await askOurs([tableOf(place), query], folder))).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(0);
    expect(theirs.join()).not.toContain('refused');
  },
); // biome-ignore format: a list

const foldersOf = (place: string) =>
  readdirSync(path.join(folder, place), { recursive: true })
    .map(String)
    .filter((name) => path.basename(name).includes('='))
    .sort();

it('the folders Flink makes are ours, and all that is in them is read', async () => {
  mkdirSync(path.join(folder, 'in'));
  const lines = ROWS.map(([id, text, n, d]) => JSON.stringify({ id, s: text, n, d }));
  writeFileSync(path.join(folder, 'in/rows.json'), lines.join('\n'));
  const input = `CREATE TABLE i (id INT, s STRING, n INT, d DATE) WITH ('connector' = 'filesystem', 'path' = '${path.join(folder, 'in')}', 'format' = 'json')`;
  expect(await flink.run([input, tableOf('theirs'), 'INSERT INTO t SELECT * FROM i'])).not.toHaveProperty('error');
  await writeOurs('as-theirs', ROWS);
  expect(foldersOf('theirs')).toEqual(foldersOf('as-theirs'));
  const query = 'SELECT * FROM t';
  const rows = finalRows(await askOurs([tableOf('theirs'), query], folder));
  expect(rows).toHaveLength(TEXTS.length);
  expect(rows).toEqual(finalRows(await askOurs([tableOf('as-theirs'), query], folder)));
});
