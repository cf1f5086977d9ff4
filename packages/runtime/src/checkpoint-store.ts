import type { CheckpointStore } from '@millrace/contracts';
import type { CheckpointId, CompletedCheckpoint } from '@millrace/model';
import { deleteCheckpointMetadata, FileSweep, writeCheckpointMetadata } from '@millrace/state';
import type { SchedulerClient } from './master/scheduler-client.ts';

/** How long a discard may keep trying; what it leaves behind costs disk, nothing else. */
const DISCARD_TIMEOUT_MS = 60_000;

/**
 * Files in the job's checkpoint directory, rows in the platform's database by way of the scheduler. A checkpoint
 * counts when its row is there: the metadata file comes first, so a row never points at nothing. Discarding goes the other
 * way round, row, metadata, files, so a crash in between leaves files without a row and never a row without files. A file goes once no
 * checkpoint names it: later ones build upon what earlier ones wrote.
 */
export class SchedulerCheckpointStore implements CheckpointStore {
  readonly #directory: string;
  readonly #attempt: number;
  readonly #scheduler: SchedulerClient;
  readonly #known = new Map<CheckpointId, CompletedCheckpoint>();
  readonly #sweep: FileSweep;
  /** The last completed one that others may build upon. */
  #newest: CheckpointId | undefined;

  constructor(
    directory: string,
    attempt: number,
    scheduler: SchedulerClient,
    restored: CompletedCheckpoint | undefined,
  ) {
    this.#directory = directory;
    this.#attempt = attempt;
    this.#scheduler = scheduler;
    this.#sweep = new FileSweep(directory);
    if (restored !== undefined) this.#known.set(restored.id, restored);
  }

  async complete(checkpoint: Omit<CompletedCheckpoint, 'location'>, signal: AbortSignal): Promise<CompletedCheckpoint> {
    signal.throwIfAborted();
    const completed = await writeCheckpointMetadata(this.#directory, checkpoint);
    await this.#scheduler.completeCheckpoint(this.#attempt, completed, signal);
    this.#known.set(completed.id, completed);
    if (completed.kind === 'checkpoint') this.#newest = completed.id;
    return completed;
  }

  async discard(id: CheckpointId): Promise<void> {
    const checkpoint = this.#known.get(id);
    if (checkpoint?.kind === 'savepoint') throw new Error(`savepoint ${id} is not an engine's to discard`);
    await this.#scheduler.discardCheckpoint(this.#attempt, id, AbortSignal.timeout(DISCARD_TIMEOUT_MS));
    // One that failed is not known: it may have got as far as its metadata.
    const unknown = { id, kind: 'checkpoint', attempt: this.#attempt } as const;
    for (const gone of checkpoint === undefined ? [unknown, { ...unknown, kind: 'savepoint' as const }] : [checkpoint])
      await deleteCheckpointMetadata(this.#directory, gone);
    this.#known.delete(id);
    if (this.#newest !== undefined) await this.#sweep.run(this.#newest);
  }
}
