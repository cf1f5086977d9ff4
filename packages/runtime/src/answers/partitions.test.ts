import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectors } from '@millrace/connectors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-partitions-'));
  const put = (folder: string, ...ids: number[]) => {
    mkdirSync(path.join(root, 'hits', folder), { recursive: true });
    const lines = ids.map((id) => JSON.stringify({ id, ts: `2026-01-01 00:00:0${id}` }));
    writeFileSync(path.join(root, 'hits', folder, 'part-0.json'), lines.join('\n'));
  };
  put('dt=2026-01-01/hour=9', 1, 2);
  put('dt=2026-01-01/hour=10', 3);
  put('dt=__DEFAULT_PARTITION__/hour=9', 4);
  // Of rows that no query below wants: a file that is read would be an error.
  mkdirSync(path.join(root, 'hits/dt=2026-01-02/hour=11'), { recursive: true });
  writeFileSync(path.join(root, 'hits/dt=2026-01-02/hour=11/part-0.json.gz'), 'x');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TABLE = `CREATE TABLE hits (id INT, dt DATE, \`hour\` INT, ts TIMESTAMP(3), at AS TIMESTAMPADD(HOUR, \`hour\`, CAST(dt AS TIMESTAMP(3))), path STRING METADATA FROM 'file.path' VIRTUAL)
  PARTITIONED BY (dt, \`hour\`) WITH ('connector' = 'filesystem', 'path' = 'hits', 'format' = 'json');`;

const ask = (query: string) =>
  previewAnswerOf(
    TABLE + query,
    [...connectors({ filesRoot: root, allowedHosts: [] }).values()].filter(({ name }) => name === 'filesystem'),
  );

describe('columns of PARTITIONED BY are columns like others, and what no query wants is not read', () => {
  it.each([
    ["SELECT id, dt, `hour`, path FROM hits WHERE dt = DATE '2026-01-01' AND `hour` < 10", ['1 2026-01-01 9 hits/dt=2026-01-01/hour=9/part-0.json', '2 2026-01-01 9 hits/dt=2026-01-01/hour=9/part-0.json']],
    ['SELECT `hour`, COUNT(*) FROM hits WHERE `hour` <> 11 GROUP BY `hour`', ['10 1', '9 3']],
    ['SELECT id FROM hits WHERE dt IS NULL', ['4']],
    ['SELECT `hour` FROM hits WHERE `hour` IN (10, 12) OR dt IS NULL', ['10', '9']],
    ["SELECT id, at FROM hits WHERE at = TIMESTAMP '2026-01-01 10:00:00' AND `hour` < 11", ['3 2026-01-01 10:00:00.000']],
    ["SELECT id FROM hits WHERE dt = DATE '2026-01-01' AND id > 1 UNION ALL SELECT id FROM hits WHERE dt IS NULL", ['2', '3', '4']],
    ['SELECT h.id, w.n FROM hits AS h JOIN (VALUES (9, 1), (10, 2)) AS w (`hour`, n) ON h.`hour` = w.`hour` WHERE h.`hour` < 11', ['1 1', '2 1', '3 2', '4 1']],
  ])('%s', async (query, rows) => {
    expect(await ask(query)).toEqual(rows);
  }); // biome-ignore format: a table

  it('a partition that a query wants is read: what cannot be read is told', async () => {
    await expect(ask('SELECT id FROM hits')).rejects.toThrow(/part-0\.json\.gz' is compressed/);
  });
});
