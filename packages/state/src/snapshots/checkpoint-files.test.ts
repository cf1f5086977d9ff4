import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointId, CompletedCheckpoint, JobId, OperatorId, SplitId, StateHandle } from '@millrace/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSegment, segmentParts } from '../segment/segment.ts';
import {
  canonicalJson,
  deleteCheckpointMetadata,
  readCheckpointMetadata,
  writeCheckpointMetadata,
} from './checkpoint-files.ts';
import { FileSweep } from './file-sweep.ts';
import { LocalFileSnapshots } from './local-files.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-checkpoints-'));
});
afterEach(() => rm(root, { recursive: true }));

const CHECKPOINT: Omit<CompletedCheckpoint, 'location'> = {
  id: 12 as CheckpointId,
  job: 'job-1' as JobId,
  kind: 'checkpoint',
  attempt: 3,
  parallelism: 2,
  maxParallelism: 128,
  triggeredAt: 1000,
  completedAt: 1500,
  sizeBytes: 10,
  subtasks: [
    {
      operator: 'orders' as OperatorId,
      subtask: 0,
      state: [{ location: 'chk-12-3/op-a-0', keyGroups: { first: 0, last: 63 }, sizeBytes: 10, sha256: 'ab' }],
      splits: [{ id: 'p0' as SplitId, split: { id: 'p0', start: { offset: '9007199254740993' } } }],
      committables: [{ transactionalId: 't', producerId: '12' }],
    },
  ],
};

/** Every bit of a short file, every 37th byte of a long one. */
async function everyDamage(path: string, check: (what: string) => Promise<void>): Promise<void> {
  const whole = await readFile(path);
  const step = whole.length > 400 ? 37 : 1;
  for (let at = 0; at < whole.length; at += step) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(path, damaged);
    await check(`bit flip at ${at}`);
    await writeFile(path, whole);
    await truncate(path, at);
    await check(`cut to ${at} bytes`);
  }
  await rm(path);
  await check('deleted');
  await writeFile(path, whole);
}

describe('checkpoint files', () => {
  it('metadata read back equals what was written, and equal content has equal bytes', async () => {
    const written = await writeCheckpointMetadata(root, CHECKPOINT);
    expect(written.location).toBe('chk-12-3/_metadata');
    expect(await readCheckpointMetadata(root, written.location)).toEqual(written);
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: 1 })).toBe('{"a":1,"b":[{"c":2,"d":1}]}');
  });

  it('any bit flip, cut or loss of the metadata is detected and the file named', async () => {
    const { location } = await writeCheckpointMetadata(root, CHECKPOINT);
    await everyDamage(join(root, location), async (what) => {
      await expect(readCheckpointMetadata(root, location), what).rejects.toMatchObject({
        code: 'state.corrupt',
        message: expect.stringContaining(location),
      });
    });
  });

  it('any bit flip, cut or loss of a state file is detected and the file named', async () => {
    const snapshots = new LocalFileSnapshots(root);
    const parts = segmentParts([{ meta: { a: 1 }, blocks: [Uint8Array.from({ length: 300 }, (_, at) => at)] }]);
    const handle = await snapshots
      .writer(CHECKPOINT.id, 'checkpoint', 3)
      .write('op-a-0', { first: 0, last: 127 }, parts);
    await everyDamage(join(root, handle.location), async (what) => {
      await expect(snapshots.reader.read(handle), what).rejects.toMatchObject({
        code: 'state.corrupt',
        message: expect.stringContaining(handle.location),
      });
    });
    expect(decodeSegment(await snapshots.reader.read(handle), 'whole')).toHaveLength(1);
  });

  it('a damaged segment is detected by its own checksums, without a handle', () => {
    const whole = Buffer.concat([
      ...segmentParts([
        { meta: 1, blocks: [Uint8Array.of(1, 2, 3)] },
        { meta: 2, blocks: [] },
      ]),
    ]);
    for (let at = 0; at < whole.length; at++) {
      if (at === 6 || at === 7) continue; // codec and padding carry nothing yet
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => decodeSegment(damaged, 'file'), `byte ${at}`).toThrow(/file/);
      expect(() => decodeSegment(whole.subarray(0, at), 'file'), `cut at ${at}`).toThrow(/file/);
    }
  });

  it('names outside the root are refused before anything is opened', async () => {
    const snapshots = new LocalFileSnapshots(root);
    const handle = { keyGroups: { first: 0, last: 0 }, sizeBytes: 0, sha256: '' };
    for (const location of ['../x', 'chk-1-1/../../x', '/etc/passwd', 'chk-1-1/a/b', 'chk-1-1/']) {
      await expect(snapshots.read({ ...handle, location })).rejects.toMatchObject({ code: 'state.corrupt' });
      await expect(readCheckpointMetadata(root, location)).rejects.toMatchObject({ code: 'state.corrupt' });
    }
    await expect(snapshots.writer(CHECKPOINT.id, 'savepoint', 1).write('../x', handle.keyGroups, [])).rejects.toThrow();
  });

  describe('a sweep', () => {
    const keyGroups = { first: 0, last: 127 };
    const write = async (
      id: number,
      state: readonly StateHandle[],
      kind: 'checkpoint' | 'savepoint' = 'checkpoint',
    ) => {
      const [subtask] = CHECKPOINT.subtasks;
      if (subtask === undefined) throw new Error('the checkpoint has a subtask');
      return writeCheckpointMetadata(root, {
        ...CHECKPOINT,
        id: id as CheckpointId,
        kind,
        subtasks: [{ ...subtask, state }],
      });
    };
    const file = (id: number, kind: 'checkpoint' | 'savepoint' = 'checkpoint') =>
      new LocalFileSnapshots(root).writer(id as CheckpointId, kind, 3).write('op-a-0', keyGroups, [Uint8Array.of(id)]);
    const found = async () => (await readdir(root, { recursive: true })).filter((name) => name.includes('/')).sort();

    it('keeps what any checkpoint or savepoint names, whoever wrote it, and removes the rest', async () => {
      const [first, second, third] = [await file(1), await file(2), await file(3)];
      const saved = await file(4, 'savepoint');
      const fifth = await file(5);
      await write(1, [first]);
      await write(2, [first, second]);
      await write(4, [saved], 'savepoint');
      await write(5, [second, third, fifth]);
      const sweep = new FileSweep(root);
      await sweep.run(5 as CheckpointId);
      expect(await found()).toContain('chk-1-3/op-a-0');
      for (const id of [1, 2]) await deleteCheckpointMetadata(root, { ...CHECKPOINT, id: id as CheckpointId });
      await sweep.run(5 as CheckpointId);
      await sweep.run(5 as CheckpointId);
      const left = ['chk-2-3/op-a-0', 'chk-3-3/op-a-0', 'chk-5-3/_metadata', 'chk-5-3/op-a-0'];
      expect(await found()).toEqual([...left, 'sp-4-3/_metadata', 'sp-4-3/op-a-0']);
      expect(await readdir(root)).not.toContain('chk-1-3');
      await new LocalFileSnapshots(root).read(second);
    });

    it('leaves what was written after the newest completed one: the next may build upon it', async () => {
      await write(2, [await file(2)]);
      await file(3);
      await file(1);
      await new FileSweep(root).run(2 as CheckpointId);
      expect(await found()).toEqual(['chk-2-3/_metadata', 'chk-2-3/op-a-0', 'chk-3-3/op-a-0']);
    });

    it('removes nothing while a metadata file cannot be read', async () => {
      await file(1);
      await write(2, [await file(2)]);
      await writeFile(join(root, 'chk-2-3/_metadata'), 'damaged');
      await expect(new FileSweep(root).run(9 as CheckpointId)).rejects.toMatchObject({ code: 'state.corrupt' });
      expect(await found()).toContain('chk-1-3/op-a-0');
    });

    it('deleting the metadata of a checkpoint that is not there is no error', async () => {
      await deleteCheckpointMetadata(root, CHECKPOINT);
      await writeCheckpointMetadata(root, CHECKPOINT);
      await deleteCheckpointMetadata(root, CHECKPOINT);
      expect(await readdir(join(root, 'chk-12-3'))).toEqual([]);
    });
  });

  it('a failed write leaves no file and says what to do', async () => {
    await writeFile(join(root, 'chk-1-1'), 'a file where the directory should be');
    const writer = new LocalFileSnapshots(root).writer(1 as CheckpointId, 'checkpoint', 1);
    await expect(writer.write('op-a-0', { first: 0, last: 0 }, [])).rejects.toMatchObject({ code: 'state.unwritable' });
    expect(await readdir(root)).toEqual(['chk-1-1']);
  });
});
