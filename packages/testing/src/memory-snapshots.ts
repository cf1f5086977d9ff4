import { createHash } from 'node:crypto';
import type { SnapshotReader, SnapshotStorage, SnapshotWriter } from '@millrace/contracts';
import {
  type CheckpointId,
  type CheckpointKind,
  type KeyGroupRange,
  type StateHandle,
  StreamError,
} from '@millrace/model';

/** Snapshot bytes in a map: what many workers of one process share in engine tests. */
export class MemorySnapshots implements SnapshotStorage {
  readonly files = new Map<string, Uint8Array>();
  readonly reader: SnapshotReader = { read: (handle) => this.#read(handle) };

  writer(checkpoint: CheckpointId, kind: CheckpointKind, attempt: number): SnapshotWriter {
    return {
      write: async (name, keyGroups, parts) =>
        this.#write(`${kind}-${checkpoint}-${attempt}/${name}`, keyGroups, parts),
    };
  }

  #write(location: string, keyGroups: KeyGroupRange, parts: Iterable<Uint8Array>): StateHandle {
    const bytes = new Uint8Array(Buffer.concat([...parts]));
    this.files.set(location, bytes);
    return { location, keyGroups, sizeBytes: bytes.length, sha256: digest(bytes) };
  }

  async #read(handle: StateHandle): Promise<Uint8Array> {
    const bytes = this.files.get(handle.location);
    if (bytes === undefined || digest(bytes) !== handle.sha256) {
      throw new StreamError('state.corrupt', `state file ${handle.location} cannot be used`, {
        domain: 'external',
        retry: 'never',
      });
    }
    return bytes;
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
