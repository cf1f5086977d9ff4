import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectors } from '@millrace/connectors';
import type { Clock } from '@millrace/contracts';
import type { SourceNode } from '@millrace/plan';
import { compile } from '@millrace/sql';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  COMPUTED_COLUMNS,
  RECORD_COLUMNS,
  RECORDS_FORMATS,
  type RecordsFormat,
  randomCondition,
  randomRecords,
} from '../testing/random-records.ts';
import { runChain, sourceChain, withoutFilter } from '../testing/source-chain.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env.ROUNDS ?? 150);
const RECORDS = 120;
const clock: Clock = {
  now: () => Date.UTC(2026, 10, 25),
  monotonic: () => 0,
  sleep: () => Promise.reject(new Error('no')),
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'millrace-source-filter-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it(`what a source leaves out changes no row, no watermark and no dead letter: ${ROUNDS} random conditions (SEED=${seed})`, async () => {
  let leftOut = 0;
  let rejected = 0;
  for (let at = 0; at < ROUNDS; at++) {
    const random = new SeededRandom(seed + at);
    const ways = await bothWays(random);
    if (ways === undefined) continue;
    const [whole, filtered] = ways;
    const where = `SEED=${seed + at} ROUNDS=1`;
    expect(whole.leftOut).toBe(0);
    expect({ ...filtered, leftOut: 0 }, where).toEqual(whole);
    leftOut += filtered.leftOut;
    rejected += filtered.rejected.length;
  }
  // The test would prove nothing if nothing happened.
  if (ROUNDS >= 100) expect([leftOut, rejected].every((count) => count > ROUNDS)).toBe(true);
}, 120_000);

/** Undefined for a condition that is never true, for which nothing is read. */
async function bothWays(random: SeededRandom) {
  const format = random.pick(RECORDS_FORMATS);
  await writeFile(path.join(root, 'records'), randomRecords(random, format, RECORDS));
  const script = randomScript(random, format);
  const { preview, diagnostics } = compile(script);
  if (preview === undefined) throw new Error(`${diagnostics[0]?.message}: ${script}`);
  const nodes = sourceChain(preview);
  const [node] = nodes;
  if (node?.kind !== 'source') throw new Error(`the plan begins with no source: ${script}`);
  if (node.connector === 'values') return undefined;
  const settings = { rowsPerPoll: 1 + random.integer(40), takesRejected: random.integer(2) === 0 };
  const run = (source: SourceNode) => runChain(sourceOf(source), nodes, clock, settings);
  return [await run(withoutFilter(node)), await run(node)] as const;
}

/** With a watermark when windows go by it; a computed column may be the time. */
function randomScript(random: SeededRandom, format: RecordsFormat): string {
  const time = random.pick(['`at`', 'ev']);
  const conditions = [randomCondition(random), ...(random.integer(2) === 0 ? [randomCondition(random)] : [])];
  const columns = random.pick(['*', 'b, s, `at`, ev', 'n, `at`, ev', 'x, `at`, ev']);
  const ddl = `CREATE TABLE t (${RECORD_COLUMNS}, ${COMPUTED_COLUMNS}, WATERMARK FOR ${time} AS ${time} - INTERVAL '5' SECOND)
    WITH ('connector' = 'filesystem', 'path' = 'records', 'format' = '${format}'${format === 'csv' ? ", 'csv.null-literal' = 'null'" : ''});
    CREATE VIEW v AS SELECT ${columns} FROM t WHERE ${conditions.join(' AND ')};`;
  // Rows that may be taken back have no event time.
  if (format === 'debezium-json' || random.integer(3) === 0) return `${ddl} SELECT * FROM v;`;
  return `${ddl} SELECT * FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(${time}), INTERVAL '1' MINUTE));`;
}

function sourceOf({ options, schema, filter }: SourceNode) {
  const registry = connectors({ filesRoot: root, allowedHosts: [] });
  const source = registry.get('filesystem')?.createSource?.(options, schema, filter);
  if (source === undefined) throw new Error('files are a source');
  return source;
}
