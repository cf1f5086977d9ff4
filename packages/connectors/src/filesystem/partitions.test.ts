import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Value } from '@millrace/batch';
import type { Sink, Source } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import type { Expression, SourceFilter } from '@millrace/plan';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkOptions } from '../options.ts';
import { batchOf, drain, readerContext, writerContext } from '../testing/contexts.ts';
import { filesystem } from './connector.ts';

const HITS: Schema = {
  fields: [
    { name: 'day', type: { kind: 'date', nullable: true } },
    { name: 'id', type: { kind: 'bigint', nullable: true } },
    { name: 'city', type: { kind: 'string', nullable: true } },
  ],
};
const DAY = 19_753; // 2024-01-31

let root = '';
const roots: string[] = [];
beforeEach(() => {
  root = newRoot();
});
afterEach(() => {
  for (const folder of roots.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newRoot(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-partitions-'));
  roots.push(folder);
  return folder;
}

const signal = () => AbortSignal.timeout(20_000);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const OPTIONS = { connector: 'filesystem', path: 'hits', format: 'json', 'partition.columns': '["day","city"]' };
/** Numbers are in seven partitions, NULL among them. */
const hit = (id: number): Value[] => [id % 3 === 0 ? null : DAY + (id % 3), BigInt(id), id % 5 === 0 ? 'a/b' : '杭州'];
const hits = (from: number, to: number) => batchOf(HITS, range(from, to).map(hit));

function put(file: string, content: string): void {
  const place = path.join(root, 'hits', file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
}

function source(more: Record<string, string> = {}, schema = HITS, filter?: SourceFilter): Source {
  const made = filesystem(root).createSource?.({ ...OPTIONS, ...more }, schema, filter);
  if (made === undefined) throw new Error('filesystem has a source');
  return made;
}

function sink(guarantee: Guarantee, more: Record<string, string> = {}, schema = HITS): Sink {
  const made = filesystem(root).createSink?.({ ...OPTIONS, ...more }, schema, guarantee);
  if (made === undefined) throw new Error('filesystem has a sink');
  return made;
}

async function read(more: Record<string, string> = {}, schema = HITS, filter?: SourceFilter) {
  const made = source(more, schema, filter);
  const reader = made.createReader(readerContext());
  try {
    reader.addSplits(await made.discover(signal()));
    return await drain(reader, () => reader.snapshot().length === 0);
  } finally {
    await reader.close();
  }
}

async function writeAll(rows: readonly (readonly Value[])[], more: Record<string, string> = {}, schema = HITS) {
  const target = sink('at-least-once', more, schema);
  await target.prepare(signal());
  const writer = await target.createWriter(writerContext('at-least-once'));
  await writer.write(batchOf(schema, rows));
  await writer.flush();
  await writer.close();
}

const idsOf = (rows: readonly (readonly unknown[])[]) => rows.map((row) => Number(row[1])).sort((a, b) => a - b);

for (const format of ['json', 'csv']) {
  sinkConformance(`the filesystem sink with partitions, ${format}`, async () => {
    root = newRoot();
    const more = { format, 'sink.partition-commit.policy.kind': 'success-file' };
    return {
      sink: sink('exactly-once', more),
      context: writerContext('exactly-once'),
      batch: hits,
      visible: async () => {
        const { rows } = await read({ format, ...(format === 'csv' ? { 'csv.columns': '["id"]' } : {}) });
        for (const [day, id, city] of rows) expect([day, id, city]).toEqual(hit(Number(id)));
        return idsOf(rows);
      },
      close: async () => {},
    };
  });
}

sourceConformance('the filesystem source with partitions', async () => {
  root = newRoot();
  for (const day of range(1, 5)) {
    const lines = range(day * 10, day * 10 + 9).map((id) => `${JSON.stringify({ id })}\n`);
    put(`day=2024-01-0${day}/city=x/more/${day}.json`, lines.join(''));
  }
  return { source: source(), context: readerContext(), rows: 36, close: async () => {} };
});

describe('reading', () => {
  test('columns come from the folders, whatever a record says and whichever are asked for, in any order of folders', async () => {
    put('day=2024-01-31/city=a%2Fb/1.json', '{"id":1,"day":"1999-01-01","city":"no"}\n');
    put('city=%E2/day=__DEFAULT_PARTITION__/2.json', '{"id":2}\n{"id":3}\n');
    put('day=2024-01-31/_city=x/9.json', '{"id":9}\n');
    put('_SUCCESS', '');
    const { rows } = await read();
    expect(rows.sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual([
      [DAY, 1n, 'a/b'],
      [null, 2n, 'â'],
      [null, 3n, 'â'],
    ]);
    const cities = await read({}, { fields: HITS.fields.slice(2) });
    expect(cities.rows.map(([city]) => city).sort()).toEqual(['a/b', 'â', 'â']);
    expect(
      idsOf((await read({ 'partition.default-name': 'none' }, { fields: HITS.fields.slice(1) })).rows),
    ).toHaveLength(3);
  });

  test('a column whose name begins with _ has folders too', async () => {
    const fields = HITS.fields.map((field) => (field.name === 'city' ? { ...field, name: '_city' } : field));
    put('day=2024-01-31/_city=x/1.json', '{"id":1}\n');
    expect((await read({ 'partition.columns': '["day","_city"]' }, { fields })).rows).toEqual([[DAY, 1n, 'x']]);
  });

  test.each([
    ['1.json', "'hits/1.json' lies in no folder day=...; files of this table lie in day=.../city=..."],
    ['day=2024-01-31/1.json', "'hits/day=2024-01-31/1.json' lies in no folder city=..."],
    ['day=2024-01-31/town=x/1.json', "'hits/day=2024-01-31/town=x' lies in no folder city=..."],
  ])('%s is where no file of the table may be', async (file, message) => {
    put(file, '{"id":1}\n');
    const failing = source().discover(signal());
    await expect(failing).rejects.toMatchObject({
      code: 'filesystem.bad-partition',
      message: expect.stringContaining(message),
    });
  });

  test('a folder whose value the column cannot hold is named', async () => {
    put('day=yesterday/city=x/1.json', '{"id":1}\n');
    await expect(read()).rejects.toMatchObject({
      code: 'filesystem.bad-partition',
      message: expect.stringContaining("says day is 'yesterday', which is no DATE; rename the folder"),
    });
  });

  describe('partitions nobody wants', () => {
    const type = { kind: 'boolean', nullable: true } as const;
    const dayIs = (days: number): Expression => {
      const { type: day = type } = HITS.fields[0] ?? {};
      return {
        kind: 'call',
        name: '=',
        args: [
          { kind: 'column', index: 0, type: day },
          { kind: 'literal', value: days, type: day },
        ],
        type,
      };
    };
    const idIs = (id: string): Expression => {
      const { type: bigint = type } = HITS.fields[1] ?? {};
      return {
        kind: 'call',
        name: '=',
        args: [
          { kind: 'column', index: 1, type: bigint },
          { kind: 'literal', value: id, type: bigint },
        ],
        type,
      };
    };
    const both = (...args: Expression[]): Expression => ({ kind: 'call', name: 'and', args, type });
    beforeEach(() => {
      put('day=2024-01-31/city=x/1.json', '{"id":1}\n{"id":2}\n');
      put('day=2024-02-01/city=x/2.json', 'not looked at\n');
      put('day=__DEFAULT_PARTITION__/city=x/3.json', 'not looked at\n');
    });

    test('are not read, and other conditions are asked of the rows of the rest', async () => {
      const found = await read({}, HITS, { condition: both(dayIs(DAY), idIs('2')) });
      expect(found).toMatchObject({ rows: [[DAY, 2n, 'x']], rejected: [] });
    });

    test('are read where event time goes by their rows', async () => {
      const { type: day = type } = HITS.fields[0] ?? {};
      const eventTime = { value: { kind: 'column', index: 0, type: day }, maxAheadMs: 0 } as const;
      const found = await read({}, HITS, { condition: dayIs(DAY), eventTime });
      expect(found.rejected).toHaveLength(2);
    });
  });
});

describe('writing', () => {
  test('there is a folder per value, only finished files are in it, and none of a partition that got no rows', async () => {
    const target = sink('exactly-once', { 'sink.partition-commit.policy.kind': 'success-file' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('exactly-once'));
    await writer.write(hits(0, 6));
    await writer.flush();
    const sealed = await writer.prepareCommit();
    const folders = () => readdirSync(path.join(root, 'hits')).filter((name) => !name.startsWith('.'));
    expect(folders()).toEqual([]);
    const committer = await target.createCommitter?.(writerContext('exactly-once'));
    await committer?.commit(JSON.parse(JSON.stringify(sealed[0])), signal());
    expect(folders().sort()).toEqual(['day=2024-02-01', 'day=2024-02-02', 'day=__DEFAULT_PARTITION__']);
    const files = readdirSync(path.join(root, 'hits/day=__DEFAULT_PARTITION__/city=杭州'));
    expect(files.sort()).toEqual(['_SUCCESS', expect.stringMatching(/^part-.*\.json$/)]);
    await Promise.all([writer.close(), committer?.close()]);
  });

  test('a crash between a rename and its mark is mended by the same commit, success file included', async () => {
    const target = sink('exactly-once', {
      'sink.partition-commit.policy.kind': 'success-file',
      'sink.partition-commit.success-file.name': '_DONE',
    });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('exactly-once'));
    await writer.write(hits(1, 2));
    await writer.flush();
    const sealed = await writer.prepareCommit();
    const commit = async () => {
      const committer = await target.createCommitter?.(writerContext('exactly-once'));
      const outcome = await committer?.commit(sealed[0], signal());
      await committer?.close();
      return outcome;
    };
    await commit();
    const done = path.join(root, 'hits/day=2024-02-01/city=杭州/_DONE');
    rmSync(done);
    for (const name of readdirSync(path.join(root, 'hits'))) {
      if (name.startsWith('.committed')) rmSync(path.join(root, 'hits', name));
    }
    expect(await commit()).toEqual({ kind: 'committed' });
    expect(existsSync(done)).toBe(true);
    expect(idsOf((await read()).rows)).toEqual([1]);
    await writer.close();
  });

  test('more partitions than may be open at once lose and double nothing', async () => {
    const schema: Schema = {
      fields: [{ name: 'n', type: { kind: 'integer', nullable: true } }, ...HITS.fields.slice(1)],
    };
    const options = { 'partition.columns': '["n"]', 'sink.rolling-policy.file-size': '1kb' };
    const rows = range(0, 600).map((id): Value[] => [id % 100, BigInt(id), id % 7 === 0 ? 'y'.repeat(70_000) : 'y']);
    await writeAll(rows, options, schema);
    const found = await read(options, schema);
    expect(idsOf(found.rows)).toEqual(range(0, 600));
    expect(
      found.rows.every(
        ([n, id, city]) => n === Number(id) % 100 && String(city).length === (Number(id) % 7 === 0 ? 70_000 : 1),
      ),
    ).toBe(true);
    expect(readdirSync(path.join(root, 'hits')).filter((name) => name.startsWith('n='))).toHaveLength(100);
  });

  test('the empty text is NULL when it is read, and a value too long for a name is refused without saying it', async () => {
    await writeAll([[DAY, 1n, '']]);
    expect((await read()).rows).toEqual([[DAY, 1n, null]]);
    await expect(writeAll([[DAY, 1n, 'secret'.repeat(50)]])).rejects.toMatchObject({
      code: 'filesystem.name-too-long',
      message:
        'a value of city, 300 characters long, is too long for the name of a folder; partition by something shorter',
    });
  });

  test('a folder of a partition that leads out of the folder for files is refused, and so is a checkpoint that names one', async () => {
    mkdirSync(path.join(root, 'hits'));
    const outside = newRoot();
    symlinkSync(outside, path.join(root, 'hits', 'day=2024-01-31'));
    await expect(writeAll([[DAY, 1n, 'x']])).rejects.toMatchObject({ code: 'filesystem.outside-root' });
    expect(readdirSync(outside)).toEqual([]);
    const committer = await sink('exactly-once').createCommitter?.(writerContext('exactly-once'));
    for (const folder of ['..', '../a=b', 'a=b/..', 'a=b/../../c=d', '/a=b', 'a=b//c=d', '']) {
      const files = [{ name: `part-${'0'.repeat(10)}-0-1-0.json`, sizeBytes: 1, folder }];
      const commit = async () => committer?.commit({ subtask: 0, attempt: 1, checkpoint: 1, files }, signal());
      await expect(commit(), folder).rejects.toMatchObject({ code: 'filesystem.bad-committable' });
    }
    await committer?.close();
  });

  test('every column in PARTITIONED BY leaves nothing for the files', () => {
    expect(() => sink('at-least-once', {}, { fields: HITS.fields.filter(({ name }) => name !== 'id') })).toThrow(
      'every column is in PARTITIONED BY',
    );
  });
});

test.each([
  [{ 'sink.partition-commit.trigger': 'partition-time' }, 'a sink does not know the watermark'],
  [{ 'sink.partition-commit.delay': '1 h' }, 'takes 0 s only'],
  [{ 'sink.partition-commit.policy.kind': 'metastore' }, "takes 'success-file', not 'metastore'"],
  [{ 'sink.partition-commit.success-file.name': 'done' }, 'must begin with _ or .'],
  [{ 'partition.default-name': 'a/b' }, 'must be a plain name'],
  [
    { 'partition.columns': '[]', 'sink.partition-commit.policy.kind': 'success-file' },
    'is for a table that is PARTITIONED BY columns',
  ],
])('%j is refused in words that say what is there', (more, message) => {
  const found = checkOptions('filesystem', { ...OPTIONS, ...more }, 'sink');
  expect(found.map((issue) => issue.message).join()).toContain(message);
});

test('a column that names no folder is told while the table is written', () => {
  const columns = new Map([['day', { kind: 'double', nullable: true } as const]]);
  const found = checkOptions('filesystem', OPTIONS, 'source', columns);
  expect(found).toMatchObject([{ option: 'partition.columns', message: expect.stringContaining('day is DOUBLE') }]);
});
