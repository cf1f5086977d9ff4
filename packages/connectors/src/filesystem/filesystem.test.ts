import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sink, Source, Split } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { sourceConformance } from '@millrace/testing/conformance/source';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkOptions } from '../options.ts';
import { batchOf, drain, readerContext, rowsOf, writerContext } from '../testing/contexts.ts';
import { filesystem } from './connector.ts';

const ORDERS: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: true } },
    { name: 'city', type: { kind: 'string', nullable: true } },
  ],
};

let root = '';
const roots: string[] = [];

beforeEach(() => {
  root = newRoot();
});

afterEach(() => {
  for (const folder of roots.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newRoot(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-files-'));
  roots.push(folder);
  return folder;
}

const signal = () => AbortSignal.timeout(20_000);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const order = (id: number) => [BigInt(id), id % 2 === 0 ? 'Shanghai' : '杭州 "x"\n,'];
const orders = (from: number, to: number) => batchOf(ORDERS, range(from, to).map(order));
const line = (id: number) => `${JSON.stringify({ id, city: order(id)[1] })}\n`;

function put(file: string, content: string | Buffer, modifiedAt?: number): void {
  const place = path.join(root, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
  if (modifiedAt !== undefined) utimesSync(place, modifiedAt / 1_000, modifiedAt / 1_000);
}

function source(more: Record<string, string> = {}, schema = ORDERS, at: string | undefined = root): Source {
  const options = { connector: 'filesystem', path: 'orders', format: 'json', ...more };
  const made = filesystem(at).createSource?.(options, schema);
  if (made === undefined) throw new Error('filesystem has a source');
  return made;
}

function sink(guarantee: Guarantee, more: Record<string, string> = {}, schema = ORDERS): Sink {
  const options = { connector: 'filesystem', path: 'out', format: 'json', ...more };
  const made = filesystem(root).createSink?.(options, schema, guarantee);
  if (made === undefined) throw new Error('filesystem has a sink');
  return made;
}

/** Everything in the folder, in the order it is read. */
async function read(more: Record<string, string> = {}, schema = ORDERS, maxRows = 1_000) {
  const made = source(more, schema);
  const reader = made.createReader(readerContext());
  try {
    reader.addSplits(await made.discover(signal()));
    return await drain(reader, () => reader.snapshot().length === 0, maxRows);
  } finally {
    await reader.close();
  }
}

const idsOf = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => Number(id));

sourceConformance('the filesystem source, JSON', async () => {
  root = newRoot();
  for (const part of range(0, 4))
    put(
      `orders/${part % 2}/${part}.json`,
      range(part * 10, part * 10 + 9)
        .map(line)
        .join(''),
    );
  return { source: source(), context: readerContext(), rows: 36, close: async () => {} };
});

sourceConformance('the filesystem source, CSV with line breaks in quotes and no last line break', async () => {
  root = newRoot();
  for (const part of range(0, 3)) {
    put(
      `orders/${part}.csv`,
      range(part * 10, part * 10 + 9)
        .map((id) => `${id},"${id}\n""x"""`)
        .join('\r\n'),
    );
  }
  return { source: source({ format: 'csv' }), context: readerContext(), rows: 27, close: async () => {} };
});

sourceConformance('the filesystem source of changes', async () => {
  root = newRoot();
  const row = (id: number, amount: string) => `{"id":${id},"city":"x","amount":${amount}}`;
  const record = (id: number) =>
    id % 3 === 0
      ? `{"before":${row(id, '1')},"after":${row(id, '2.5')},"op":"u"}\n`
      : `{"before":null,"after":${row(id, '1')},"op":"c"}\n`;
  for (const part of range(0, 4))
    put(
      `orders/${part}`,
      range(part * 10, part * 10 + 9)
        .map(record)
        .join(''),
    );
  const rows = range(0, 4)
    .flatMap((part) => range(part * 10, part * 10 + 9))
    .reduce((sum, id) => sum + (id % 3 === 0 ? 2 : 1), 0);
  return { source: source({ format: 'debezium-json' }), context: readerContext(), rows, close: async () => {} };
});

for (const format of ['json', 'csv', 'debezium-json', 'canal-json']) {
  sinkConformance(`the filesystem sink, ${format}`, async () => {
    root = newRoot();
    return {
      sink: sink('exactly-once', { format }),
      context: writerContext('exactly-once'),
      batch: orders,
      visible: async () => idsOf((await read({ path: 'out', format })).rows),
      close: async () => {},
    };
  });
}

test('files of changes are read as they are, and no lookup keeps a copy of them', () => {
  const options = { path: 'orders', format: 'maxwell-json' };
  expect(checkOptions('filesystem', options, 'source')).toEqual([]);
  expect(checkOptions('filesystem', options, 'sink')).toEqual([]);
  expect(checkOptions('filesystem', { ...options, 'lookup.full-cache.max-rows': '10' }, 'lookup')).toMatchObject([
    { option: 'format', message: expect.stringContaining("files of format 'maxwell-json' hold changes") },
  ]);
});

describe('finding files', () => {
  test('hidden and unfinished ones are passed over, the oldest come first', async () => {
    put('orders/b.json', line(1), 2_000);
    put('orders/day=2/a.json', line(2), 1_000);
    for (const name of ['.c.json', '_d.json', '_logs/e.json', '.tmp/f.json']) put(`orders/${name}`, line(9), 0);
    const found = await source().discover(signal());
    expect(found.map(({ id }) => id)).toEqual(['orders/day=2/a.json', 'orders/b.json']);
    expect(await source({ path: 'orders/b.json' }).discover(signal())).toHaveLength(1);
  });

  test('a monitored folder is unbounded, and its new files are found', async () => {
    put('orders/a.json', line(1));
    const monitored = source({ 'source.monitor-interval': '5 s' });
    expect(monitored).toMatchObject({ boundedness: 'unbounded', discoveryIntervalMs: 5_000 });
    expect(await monitored.discover(signal())).toHaveLength(1);
    put('orders/b.json', line(2));
    expect((await monitored.discover(signal())).map(({ id }) => id)).toEqual(['orders/a.json', 'orders/b.json']);
  });

  test('metadata columns tell the file of each row', async () => {
    put('orders/a.json', line(1), 1_700_000_000_000);
    const schema: Schema = {
      fields: [
        { name: 'at', type: { kind: 'timestamp_ltz', precision: 3, nullable: true } },
        { name: 'id', type: { kind: 'bigint', nullable: true } },
        { name: 'path', type: { kind: 'string', nullable: true } },
        { name: 'size', type: { kind: 'bigint', nullable: true } },
        { name: 'name', type: { kind: 'string', nullable: true } },
        { name: 'micros', type: { kind: 'timestamp', precision: 6, nullable: true } },
      ],
    };
    const metadata = {
      'metadata.at': 'file.modification-time',
      'metadata.path': 'file.path',
      'metadata.size': 'file.size',
      'metadata.name': 'file.name',
      'metadata.micros': 'file.modification-time',
    };
    const size = BigInt(Buffer.byteLength(line(1)));
    expect((await read(metadata, schema)).rows).toEqual([
      [1_700_000_000_000, 1n, 'orders/a.json', size, 'a.json', 1_700_000_000_000_000n],
    ]);
    expect(() => source({ 'metadata.id': 'file.path' })).toThrow(/'id' from 'file.path' must be STRING/);
  });
});

describe('reading', () => {
  test('a large file is the same rows however it is cut, also within a record', async () => {
    const wide = (id: number) => `${JSON.stringify({ id, city: 'x'.repeat(1 + ((id * 7_919) % 30_000)) })}\n`;
    put('orders/a.json', range(0, 400).map(wide).join(''));
    const made = source();
    const [split] = await made.discover(signal());
    const ids: number[] = [];
    let splits: readonly Split[] = split === undefined ? [] : [split];
    while (splits.length > 0) {
      const reader = made.createReader(readerContext());
      reader.addSplits(JSON.parse(JSON.stringify(splits)));
      const before = ids.length;
      while (ids.length < before + 25 && reader.snapshot().length > 0) {
        const { batch } = await reader.poll(17, 200, signal());
        if (batch !== undefined) ids.push(...idsOf(rowsOf(batch)));
      }
      splits = reader.snapshot();
      await reader.close();
    }
    expect(ids).toEqual(range(0, 400));
  });

  test('malformed lines are rejected with file and byte, and nothing else is', async () => {
    const good = line(2);
    put(
      'orders/a.json',
      Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(`${good}\n{"id": x}\r\n${good}{"id":3}`)]),
    );
    const { rows, rejected } = await read();
    expect(idsOf(rows)).toEqual([2, 2, 3]);
    expect(rejected).toMatchObject([
      {
        split: 'orders/a.json',
        position: `file orders/a.json, byte ${3 + good.length + 1}`,
        errorCode: 'json.malformed',
      },
    ]);
    expect(Buffer.from(rejected[0]?.value ?? []).toString()).toBe('{"id": x}');
  });

  test('a quote that is never closed costs its own line', async () => {
    put('orders/a.csv', '1,a\n2,"open\n3,b\n# 4,c\n');
    const { rows, rejected } = await read({ format: 'csv' });
    expect(idsOf(rows)).toEqual([1, 3]);
    expect(rejected.map(({ errorCode, position }) => `${errorCode} ${position}`)).toEqual([
      'csv.quote file orders/a.csv, byte 4',
      'csv.type file orders/a.csv, byte 16',
    ]);
    expect(idsOf((await read({ format: 'csv', 'csv.allow-comments': 'true' })).rows)).toEqual([1, 3]);
  });

  test('a record that does not end is rejected once, also by a reader restored in the middle of it', async () => {
    put('orders/a.json', `${line(1)}{"city":"${'x'.repeat(9 * 1024 * 1024)}"}\n${line(2)}`);
    const made = source();
    let splits: readonly Split[] = await made.discover(signal());
    const ids: number[] = [];
    const reasons: string[] = [];
    while (splits.length > 0) {
      const reader = made.createReader(readerContext());
      reader.addSplits(JSON.parse(JSON.stringify(splits)));
      let progressed = false;
      while (!progressed) {
        const { batch, rejected, finishedSplits } = await reader.poll(1, 200, signal());
        if (batch !== undefined) ids.push(...idsOf(rowsOf(batch)));
        reasons.push(...rejected.map(({ errorCode, position }) => `${errorCode} ${position}`));
        progressed = batch !== undefined || rejected.length > 0 || finishedSplits.length > 0;
      }
      splits = reader.snapshot();
      await reader.close();
    }
    expect(ids).toEqual([1, 2]);
    expect(reasons).toEqual([`filesystem.record-too-long file orders/a.json, byte ${Buffer.byteLength(line(1))}`]);
  });

  test('a file that lost bytes since it was found is an error that names it', async () => {
    put('orders/a.json', range(0, 10).map(line).join(''));
    const made = source();
    const splits = await made.discover(signal());
    truncateSync(path.join(root, 'orders/a.json'), 5);
    const reader = made.createReader(readerContext());
    reader.addSplits(splits);
    await expect(drain(reader, () => false)).rejects.toMatchObject({
      code: 'filesystem.changed',
      message: expect.stringContaining("'orders/a.json' had"),
    });
    await reader.close();
  });

  test('what is not there or not readable is named, with what to do', async () => {
    await expect(source().discover(signal())).rejects.toMatchObject({
      code: 'filesystem.missing',
      message: "looking for files: 'orders' is not there; check the option 'path'",
    });
    put('orders/a.json.gz', 'x');
    await expect(source().discover(signal())).rejects.toMatchObject({ code: 'filesystem.compressed' });
  });
});

describe('looking up', () => {
  const lookup = (more: Record<string, string> = {}) =>
    filesystem(root).createLookup?.({ connector: 'filesystem', path: 'orders', format: 'json', ...more }, ORDERS, [0]);

  test('a lookup join is given all rows to copy', async () => {
    put('orders/a.json', line(1) + line(2));
    const copied = lookup({ 'lookup.full-cache.periodic-reload.interval': '10 s' });
    if (copied?.kind !== 'copied') throw new Error('all of it');
    expect(copied).toMatchObject({ rowsMax: 100_000, reloadMs: 10_000 });
    const reader = copied.table.createReader(readerContext());
    reader.addSplits(await copied.table.discover(signal()));
    const { rows } = await drain(reader, () => reader.snapshot().length === 0);
    await reader.close();
    expect(idsOf(rows)).toEqual([1, 2]);
  });

  test.each([
    [{ 'lookup.cache': 'PARTIAL' }, "'lookup.cache' takes 'FULL'"],
    [{ 'lookup.partial-cache.max-rows': '5' }, "no option 'lookup.partial-cache.max-rows'"],
    [{ 'source.monitor-interval': '1 s' }, "loaded again every 'lookup.full-cache.periodic-reload.interval'"],
  ] as const)('%j is refused: files are not asked by key', (options, message) => {
    expect(() => lookup(options)).toThrow(message);
  });
});

describe('writing', () => {
  test('at-least-once: files appear with the flush, and what a dead attempt left is removed', async () => {
    const target = sink('at-least-once', { format: 'csv' });
    await target.prepare(signal());
    const dead = await target.createWriter(writerContext('at-least-once'));
    await dead.write(orders(0, 5));
    expect(await read({ path: 'out', format: 'csv' })).toMatchObject({ rows: [] });
    const writer = await target.createWriter(writerContext('at-least-once', { attempt: 2 }));
    await writer.write(orders(5, 9));
    await writer.flush();
    expect(idsOf((await read({ path: 'out', format: 'csv' })).rows)).toEqual(range(5, 9));
    await expect(dead.flush()).rejects.toMatchObject({ code: 'filesystem.missing' });
    await writer.close();
    expect(readdirSync(path.join(root, 'out')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a file is finished when it is large enough, and all of a checkpoint are one commit', async () => {
    const target = sink('exactly-once', { 'sink.rolling-policy.file-size': '1kb' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('exactly-once'));
    for (const start of range(0, 10)) await writer.write(orders(start * 100, start * 100 + 100));
    await writer.flush();
    const sealed = await writer.prepareCommit();
    expect(sealed).toHaveLength(1);
    const committer = await target.createCommitter?.(writerContext('exactly-once'));
    expect(await committer?.commit(sealed[0], signal())).toEqual({ kind: 'committed' });
    expect(readdirSync(path.join(root, 'out')).filter((name) => name.startsWith('part-')).length).toBe(10);
    expect(idsOf((await read({ path: 'out' })).rows).sort((a, b) => a - b)).toEqual(range(0, 1_000));
    await Promise.all([writer.close(), committer?.close()]);
  });

  test('rows larger than any buffer are written whole', async () => {
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    const large = 'y'.repeat(700_000);
    await writer.write(
      batchOf(ORDERS, [
        [1n, 'a'],
        [2n, large],
        [3n, 'b'],
      ]),
    );
    await writer.flush();
    await writer.close();
    expect((await read({ path: 'out' })).rows).toEqual([
      [1n, 'a'],
      [2n, large],
      [3n, 'b'],
    ]);
  });

  test('a commit repeated after a reader outside took the files away is still done; sealed files that vanish are told as lost', async () => {
    const target = sink('exactly-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('exactly-once'));
    const seal = async (from: number) => {
      await writer.write(orders(from, from + 1));
      await writer.flush();
      return (await writer.prepareCommit())[0];
    };
    const [taken, vanished] = [await seal(0), await seal(1)];
    const committer = await target.createCommitter?.(writerContext('exactly-once'));
    expect(await committer?.commit(taken, signal())).toEqual({ kind: 'committed' });
    for (const name of readdirSync(path.join(root, 'out'))) {
      if (!name.startsWith('.committed')) rmSync(path.join(root, 'out', name));
    }
    expect(await committer?.commit(taken, signal())).toEqual({ kind: 'committed' });
    expect(await committer?.commit(vanished, signal())).toMatchObject({
      kind: 'lost',
      reason: expect.stringMatching(/files of 'out': part-.*\.json: \d+ bytes were sealed, no file is left/),
    });
    await Promise.all([writer.close(), committer?.close()]);
  });

  test('JSON lines are what they were before they were written', async () => {
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writer.write(orders(1, 3));
    await writer.flush();
    await writer.close();
    const [name = ''] = readdirSync(path.join(root, 'out'));
    expect(readFileSync(path.join(root, 'out', name), 'utf8')).toBe(line(1) + line(2));
  });
});

describe('nothing outside the folder for files is touched', () => {
  test.each([
    '/etc',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'file:///etc',
    'hdfs://host/x',
    's3://bucket/x',
    'a\0b',
    '..',
  ])('path %j is refused', async (place) => {
    const code = { code: 'options.invalid' };
    await expect((async () => source({ path: place }).discover(signal()))()).rejects.toMatchObject(code);
    await expect((async () => sink('at-least-once', { path: place }).prepare(signal()))()).rejects.toMatchObject(code);
  });

  test('links that lead out are refused, for reading and for writing, at any depth', async () => {
    const outside = newRoot();
    writeFileSync(path.join(outside, 'secret.json'), line(1));
    put('orders/a.json', line(1));
    symlinkSync(path.join(outside, 'secret.json'), path.join(root, 'orders/b.json'));
    symlinkSync(outside, path.join(root, 'out'));
    const refused = { code: 'filesystem.outside-root', message: expect.stringContaining('MILLRACE_FILES_ROOT') };
    await expect(source().discover(signal())).rejects.toMatchObject(refused);
    await expect(source({ path: 'out' }).discover(signal())).rejects.toMatchObject(refused);
    await expect(sink('exactly-once').prepare(signal())).rejects.toMatchObject(refused);
    await expect(sink('exactly-once', { path: 'out/deeper/still' }).prepare(signal())).rejects.toMatchObject(refused);
    expect(readdirSync(outside)).toEqual(['secret.json']);
  });

  test('a split that was tampered with opens nothing outside', async () => {
    put('orders/a.json', line(1));
    const outside = newRoot();
    writeFileSync(path.join(outside, 'secret.json'), line(1));
    const position = { file: path.relative(root, path.join(outside, 'secret.json')), offset: 0, modifiedAt: 0 };
    const reader = source().createReader(readerContext());
    reader.addSplits([{ id: 'x' as Split['id'], start: position, stop: { ...position, offset: 5 } }]);
    await expect(drain(reader, () => false)).rejects.toMatchObject({ code: 'filesystem.outside-root' });
    await reader.close();
  });

  test('an absolute path below the folder is as good as a relative one', async () => {
    put('orders/a.json', line(1));
    for (const place of [path.join(root, 'orders'), `file://${root}/orders`]) {
      expect(await source({ path: place }).discover(signal())).toHaveLength(1);
    }
  });

  test('without a folder for files every table is refused, and told which setting is missing', async () => {
    await expect((async () => source({}, ORDERS, '').discover(signal()))()).rejects.toThrow();
    const made = filesystem(undefined).createSource?.({ connector: 'filesystem', path: 'x', format: 'json' }, ORDERS);
    await expect((async () => made?.discover(signal()))()).rejects.toMatchObject({
      code: 'filesystem.no-root',
      message: expect.stringContaining('MILLRACE_FILES_ROOT'),
    });
  });
});
