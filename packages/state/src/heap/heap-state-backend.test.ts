import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyedCounts, ModelCounts } from '@millrace/testing/conformance/keyed-counts';
import { stateBackendConformance } from '@millrace/testing/conformance/state-backend';
import { MemorySnapshots } from '@millrace/testing/memory-snapshots';
import { describe, expect, it } from 'vitest';
import { LocalFileSnapshots } from '../snapshots/local-files.ts';
import { HeapStateBackend } from './heap-state-backend.ts';

stateBackendConformance('heap over memory', async () => ({
  backend: new HeapStateBackend(),
  storage: new MemorySnapshots(),
  close: async () => {},
}));

stateBackendConformance('heap over local files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-state-'));
  return {
    backend: new HeapStateBackend(),
    storage: new LocalFileSnapshots(root),
    close: () => rm(root, { recursive: true }),
  };
});

describe('files of other versions', () => {
  it('of format 1, which knew no pages, are read; of a format that is not known refused by name', async () => {
    const storage = new MemorySnapshots();
    const counts = new KeyedCounts(new HeapStateBackend(), storage, [{ kind: 'bigint', nullable: true }]);
    await counts.open(1, []);
    counts.add(0, [[1n], [2n], [1n]]);
    const held = counts.contents();
    const [handle] = await counts.freeze('savepoint')();
    if (handle === undefined) throw new Error('a savepoint of state has a file');
    // What a savepoint writes is what format 1 wrote: the number stands in bytes 4 and 5.
    const inFormat = (format: number) => {
      const bytes = storage.files.get(handle.location)?.slice() ?? new Uint8Array(0);
      bytes[4] = format;
      storage.files.set(`format-${format}`, bytes);
      return { ...handle, location: `format-${format}`, sha256: createHash('sha256').update(bytes).digest('hex') };
    };
    await counts.open(2, [inFormat(1)]);
    expect(counts.contents()).toEqual(held);
    await expect(counts.open(1, [inFormat(3)])).rejects.toMatchObject({
      code: 'state.incompatible',
      message: expect.stringContaining('format-3 has format 3'),
    });
  });

  it('a table of several pages comes back whole from a chain, however the pages lie in its files', async () => {
    const storage = new MemorySnapshots();
    const counts = new KeyedCounts(new HeapStateBackend(), storage, [{ kind: 'bigint', nullable: true }]);
    const model = new ModelCounts();
    await counts.open(1, []);
    const rows = (first: number, count: number) => Array.from({ length: count }, (_, at) => [BigInt(first + at)]);
    const add = (first: number, count: number) => {
      for (const held of [counts, model]) held.add(0, rows(first, count));
    };
    add(0, 210_000);
    let handles = await counts.freeze()();
    const [whole] = handles;
    for (const first of [0, 60_000, 209_990, 65_530, 140_000]) {
      add(first, 20);
      handles = await counts.freeze()();
    }
    expect(handles.filter(({ shared }) => shared === true).length).toBeGreaterThan(1);
    const [newest] = handles.slice(-1);
    expect(newest?.sizeBytes, 'a page and some changes').toBeLessThan(0.6 * (whole?.sizeBytes ?? 0));
    await counts.open(1, handles);
    expect([...counts.contents()].sort()).toEqual([...model.contents()].sort());
  }, 120_000);
});
