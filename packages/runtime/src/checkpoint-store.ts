import type { CheckpointStore } from '@millrace/contracts';
import type { CheckpointId, CompletedCheckpoint } from '@millrace/model';
import { deleteCheckpointFiles, writeCheckpointMetadata } from '@millrace/state';
import type { SchedulerClient } from './master/scheduler-client.ts';

/** How long a discard may keep trying; what it leaves behind costs disk, nothing else. */
const DISCARD_TIMEOUT_MS = 60_000;

/**
 * Files in the job's checkpoint directory, rows in the platform's database by way of the scheduler. A checkpoint
 * counts when its row is there: the metadata file comes first, so a row never points at nothing. Discarding goes the other
 * way round, so a crash in between leaves files without a row and never a row without files.
 */
export class SchedulerCheckpointStore implements CheckpointStore {
  readonly #directory: string;
  readonly #attempt: number;
  readonly #scheduler: SchedulerClient;
  readonly #known = new Map<CheckpointId, CompletedCheckpoint>();

  constructor(
    directory: string,
    attempt: number,
    scheduler: SchedulerClient,
    restored: CompletedCheckpoint | undefined,
  ) {
    this.#directory = directory;
    this.#attempt = attempt;
    this.#scheduler = scheduler;
    if (restored !== undefined) this.#known.set(restored.id, restored);
  }

  async complete(checkpoint: Omit<CompletedCheckpoint, 'location'>, signal: AbortSignal): Promise<CompletedCheckpoint> {
    signal.throwIfAborted();
    const completed = await writeCheckpointMetadata(this.#directory, checkpoint);
    await this.#scheduler.completeCheckpoint(this.#attempt, completed, signal);
    this.#known.set(completed.id, completed);
    return completed;
  }

  async discard(id: CheckpointId): Promise<void> {
    const checkpoint = this.#known.get(id);
    if (checkpoint?.kind === 'savepoint') throw new Error(`savepoint ${id} is not an engine's to discard`);
    await this.#scheduler.discardCheckpoint(this.#attempt, id, AbortSignal.timeout(DISCARD_TIMEOUT_MS));
    if (checkpoint !== undefined) await deleteCheckpointFiles(this.#directory, checkpoint);
    this.#known.delete(id);
  }
}
