import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, CHANGE } from '../../../packages/batch/src/index.ts';
import { connectors } from '../../../packages/connectors/src/index.ts';
import type { WriterContext } from '../../../packages/contracts/src/index.ts';
import type { Schema } from '../../../packages/model/src/index.ts';
import {
  CAPTURE_FORMATS,
  capturedRecord,
  randomHistory,
} from '../../../packages/runtime/src/testing/captured-history.ts';
import { createLogger, systemClock } from '../../../packages/telemetry/src/index.ts';
import { SeededRandom } from '../../../packages/testing/src/seeded-random.ts';
import { finalRows } from './compare.ts';
import { Flink } from './flink.ts';
import { installFlink } from './install.ts';
import { askOurs } from './ours.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-flink-changes-'));
let flink: Flink;
beforeAll(async () => {
  flink = Flink.start(await installFlink());
});
afterAll(async () => {
  await flink?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const tableOf = (name: string, format: string, place: string, more = '') =>
  `CREATE TABLE ${name} (k INT, v BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = '${path.join(folder, place)}', 'format' = '${format}'${more})`;

describe.each(CAPTURE_FORMATS)(`%s (SEED=${seed})`, (format) => {
  it('a file of changes gives the same rows with the same changes, in the same order', async () => {
    const history = randomHistory(new SeededRandom(seed), 60);
    mkdirSync(path.join(folder, format));
    const lines = history.map((change) => `${capturedRecord(format, change)}\n`);
    writeFileSync(path.join(folder, format, 'changes'), lines.join(''));
    const statements = [tableOf('t', format, format), 'SELECT * FROM t'];
    const answers = [await flink.ask(statements), await askOurs(statements, folder)];
    const [theirs, ours] = answers.map((answer) => ('error' in answer ? answer.error : answer.rows));
    expect(ours).toEqual(theirs);
    expect(theirs?.length).toBeGreaterThan(60);
  });

  it('what is counted over them is the same', async () => {
    const statements = [
      tableOf('t', format, format),
      "SELECT s, COUNT(*), SUM(v) FROM t WHERE v IS NOT NULL OR s = 'a' GROUP BY s",
    ];
    const theirs = await flink.ask(statements);
    const ours = await askOurs(statements, folder);
    expect(finalRows(ours)).toEqual(finalRows(theirs));
    expect(finalRows(theirs).join()).not.toContain('refused');
  });

  it('the records written of changes are the same bytes', async () => {
    const ran = await flink.run([
      tableOf('t', format, format),
      tableOf('o', format, `${format}-theirs`, ", 'sink.rolling-policy.file-size' = '1MB'"),
      'INSERT INTO o SELECT * FROM t',
    ]);
    if ('error' in ran) throw new Error(ran.error);
    const answer = await askOurs([tableOf('t', format, format), 'SELECT * FROM t'], folder);
    if ('error' in answer) throw new Error(answer.error);
    await writeOurs(format, answer.rows);
    expect(linesIn(`${format}-ours`)).toEqual(linesIn(`${format}-theirs`));
  });
});

function linesIn(place: string): readonly string[] {
  const at = path.join(folder, place);
  const files = readdirSync(at, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)part-/.test(name));
  return files.flatMap((name) => readFileSync(path.join(at, name), 'utf8').trimEnd().split('\n'));
}

const SCHEMA: Schema = {
  fields: [
    { name: 'k', type: { kind: 'integer', nullable: true } },
    { name: 'v', type: { kind: 'bigint', nullable: true } },
    { name: 's', type: { kind: 'string', nullable: true } },
  ],
};
const KINDS = new Map([
  ['+I', CHANGE.insert],
  ['-U', CHANGE.updateBefore],
  ['+U', CHANGE.updateAfter],
  ['-D', CHANGE.delete],
]);

async function writeOurs(format: string, rows: readonly (readonly (string | null)[])[]): Promise<void> {
  const options = { connector: 'filesystem', path: `${format}-ours`, format };
  const files = connectors({ filesRoot: folder, allowedHosts: [] }).get('filesystem');
  const sink = files?.createSink?.(options, SCHEMA, 'at-least-once');
  await sink?.prepare(AbortSignal.timeout(20_000));
  const metrics: WriterContext['metrics'] = { count: () => {}, gauge: () => {}, scoped: () => metrics };
  const log = createLogger({ name: 'test', destination: { write: () => {} } });
  const who = {
    job: 'j',
    application: 'a',
    operator: 'o',
    subtask: 0,
    attempt: 1,
    guarantee: 'at-least-once',
  } as const;
  const writer = await sink?.createWriter({ ...who, clock: systemClock, metrics, log } as unknown as WriterContext);
  const batch = new BatchBuilder(SCHEMA);
  for (const [kind, k, v, s] of rows) {
    const values = [k === null ? null : Number(k), v == null ? null : BigInt(v), s ?? null];
    batch.append(values as Parameters<typeof batch.append>[0], KINDS.get(kind ?? '') ?? CHANGE.insert);
  }
  await writer?.write(batch.finish());
  await writer?.flush();
  await writer?.close();
}
