import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointId, CompletedCheckpoint, JobId, OperatorId, SplitId } from '@millrace/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSegment, encodeSegment } from '../segment/segment.ts';
import {
  canonicalJson,
  deleteCheckpointFiles,
  readCheckpointMetadata,
  writeCheckpointMetadata,
} from './checkpoint-files.ts';
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
    const parts = encodeSegment([{ meta: { a: 1 }, blocks: [Uint8Array.from({ length: 300 }, (_, at) => at)] }]);
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
    const whole = Buffer.concat(
      encodeSegment([
        { meta: 1, blocks: [Uint8Array.of(1, 2, 3)] },
        { meta: 2, blocks: [] },
      ]),
    );
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

  it('deleting a checkpoint removes its directory and only that, and may be repeated', async () => {
    await writeCheckpointMetadata(root, CHECKPOINT);
    await writeCheckpointMetadata(root, { ...CHECKPOINT, id: 13 as CheckpointId, kind: 'savepoint' });
    await deleteCheckpointFiles(root, CHECKPOINT);
    await deleteCheckpointFiles(root, CHECKPOINT);
    expect(await readdir(root)).toEqual(['sp-13-3']);
  });

  it('a failed write leaves no file and says what to do', async () => {
    await writeFile(join(root, 'chk-1-1'), 'a file where the directory should be');
    const writer = new LocalFileSnapshots(root).writer(1 as CheckpointId, 'checkpoint', 1);
    await expect(writer.write('op-a-0', { first: 0, last: 0 }, [])).rejects.toMatchObject({ code: 'state.unwritable' });
    expect(await readdir(root)).toEqual(['chk-1-1']);
  });
});
