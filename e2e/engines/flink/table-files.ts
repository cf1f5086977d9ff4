import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeTables, tablesDdl } from '../../../packages/runtime/src/testing/tables.ts';
import type { SeededRandom } from '../../../packages/testing/src/seeded-random.ts';
import { jsonLines } from './json-lines.ts';

/** Writes tables `a` and `b` as files into `folder`; the statements that declare them, with `rates`, the versions of `b`. */
export function writeTables(folder: string, random: SeededRandom, rows: number): readonly string[] {
  const file = (table: string) => path.join(folder, `${table}.json`);
  for (const { table, columns, rows: made } of makeTables(random, rows)) {
    const named = columns.map((name) => ({ name, isTime: name === 't' }));
    writeFileSync(file(table), jsonLines(named, made));
  }
  const options = (table: string) => `'connector' = 'filesystem', 'path' = '${file(table)}', 'format' = 'json'`;
  return [...tablesDdl(options), RATES];
}

/** A versioned view, as Flink's documentation makes them. */
const RATES = `CREATE VIEW rates AS SELECT k, v, t FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY t DESC) AS place FROM b WHERE k IS NOT NULL) WHERE place = 1`;
