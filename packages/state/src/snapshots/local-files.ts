import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotReader, SnapshotStorage, SnapshotWriter } from '@millrace/contracts';
import {
  type CheckpointId,
  type CheckpointKind,
  type KeyGroupRange,
  type StateHandle,
  StreamError,
} from '@millrace/model';
import { corrupt } from '../segment/segment.ts';
import { checkpointDirectory, isSafeLocation } from './checkpoint-directory.ts';
import { makeDirectoryDurably, writeFileDurably } from './durable-file.ts';

/**
 * Snapshot bytes as files: `<root>/chk-<id>-<attempt>/<name>`, where `root` is the directory of one job on
 * storage that all its containers share. A handle's location is relative to the root.
 */
export class LocalFileSnapshots implements SnapshotStorage, SnapshotReader {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  get reader(): SnapshotReader {
    return this;
  }

  writer(checkpoint: CheckpointId, kind: CheckpointKind, attempt: number): SnapshotWriter {
    const directory = checkpointDirectory(checkpoint, kind, attempt);
    return { write: (name, keyGroups, parts) => this.#write(directory, name, keyGroups, parts) };
  }

  async read(handle: StateHandle): Promise<Uint8Array> {
    if (!isSafeLocation(handle.location)) throw corrupt(handle.location, 'its name points outside the checkpoints');
    const bytes = await readFile(join(this.#root, handle.location)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw corrupt(handle.location, 'it does not exist');
      throw new StreamError('state.unreadable', `cannot read state file ${handle.location}: ${error.code}`, {
        domain: 'external',
        retry: 'backoff',
        cause: error,
      });
    });
    if (bytes.length !== handle.sizeBytes) {
      throw corrupt(handle.location, `it has ${bytes.length} bytes instead of ${handle.sizeBytes}`);
    }
    if (createHash('sha256').update(bytes).digest('hex') !== handle.sha256) {
      throw corrupt(handle.location, 'it does not match its SHA-256');
    }
    return bytes;
  }

  async #write(
    directory: string,
    name: string,
    keyGroups: KeyGroupRange,
    parts: Iterable<Uint8Array>,
  ): Promise<StateHandle> {
    const location = `${directory}/${name}`;
    if (!isSafeLocation(location)) throw new Error(`"${name}" is no name for a state file`);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    function* hashed() {
      for (const part of parts) {
        hash.update(part);
        sizeBytes += part.length;
        yield part;
      }
    }
    try {
      await makeDirectoryDurably(join(this.#root, directory));
      await writeFileDurably(join(this.#root, directory), name, hashed());
    } catch (error) {
      throw new StreamError(
        'state.unwritable',
        `cannot write state file ${location}: ${error instanceof Error ? error.message : String(error)}. Check that the checkpoint storage is mounted and has free space.`,
        { domain: 'external', retry: 'backoff', cause: error },
      );
    }
    return { location, keyGroups, sizeBytes, sha256: hash.digest('hex') };
  }
}
