import type { CheckpointStore } from '@millrace/contracts';
import { type CheckpointId, type CompletedCheckpoint, StreamError } from '@millrace/model';

/** The checkpoints of one job that outlive its masters. Each master gets its own view, fenced by its attempt. */
export class MemoryCheckpoints {
  readonly completed: CompletedCheckpoint[] = [];
  readonly discarded: CheckpointId[] = [];
  #newestAttempt = 0;
  /** Throws to make that step fail; `after-complete` fails though the checkpoint counts. */
  onPoint: (point: 'before-complete' | 'after-complete' | 'discard') => void = () => {};

  /** First id that no master asked to complete. */
  nextId = 1 as CheckpointId;

  get latest(): CompletedCheckpoint | undefined {
    return this.completed.at(-1);
  }

  store(attempt: number): CheckpointStore {
    this.#newestAttempt = Math.max(this.#newestAttempt, attempt);
    return {
      complete: async (checkpoint) => {
        this.nextId = Math.max(this.nextId, checkpoint.id + 1) as CheckpointId;
        this.onPoint('before-complete');
        if (attempt < this.#newestAttempt) {
          throw new StreamError('checkpoint.fenced', 'a newer attempt exists', { domain: 'internal', retry: 'never' });
        }
        // Through JSON: what is not plain data would be lost on the way to storage.
        const completed: CompletedCheckpoint = {
          ...JSON.parse(JSON.stringify(checkpoint)),
          location: `memory-${checkpoint.id}`,
        };
        this.completed.push(completed);
        this.onPoint('after-complete');
        return completed;
      },
      discard: async (id) => {
        this.onPoint('discard');
        this.discarded.push(id);
        const at = this.completed.findIndex((checkpoint) => checkpoint.id === id);
        if (at >= 0) this.completed.splice(at, 1);
      },
    };
  }
}
