import type { RecordBatch } from '@millrace/batch';
import type { Schema, SplitId } from '@millrace/model';
import type { Clock } from './clock.ts';
import type { Log, MetricGroup } from './metrics.ts';

/**
 * A part of the input that one reader reads alone: a partition, a file, a key range. Plain JSON: it
 * is stored in checkpoints. A split carries its own start and, optionally, its stop: an open-ended
 * partition has none, a micro-batch or a replayed record has one.
 */
export interface Split<Position = unknown> {
  readonly id: SplitId;
  readonly start: Position;
  /** Exclusive. */
  readonly stop?: Position;
}

/** A record that could not be decoded, with everything a person needs to find and mend it. */
export interface RejectedRecord {
  readonly split: SplitId;
  /** For people and for replay: `partition 3, offset 1842`. */
  readonly position: string;
  readonly errorCode: string;
  /** Names place and reason: `field amount: expected DECIMAL(10, 2), found "abc" at byte 41`. */
  readonly error: string;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
  /** The table says that such records may be passed over: they are put aside where there is a place for them, and never end the job. */
  readonly mayBeIgnored?: true;
}

export interface SourceBatch {
  /**
   * Undefined when nothing could be read before the deadline. `batch.runs` covers every row; with a filter that names an event time it also says, per
   * run, what was left out, and there may be a batch without rows for that.
   */
  readonly batch: RecordBatch | undefined;
  /** Rows read and left out because of the filter. Absent: none. */
  readonly leftOut?: number;
  readonly rejected: readonly RejectedRecord[];
  readonly finishedSplits: readonly SplitId[];
  /** Bytes taken from outside, for the metric. */
  readonly bytes: number;
}

/** Figures about one split, for lag on the job page. Unknown is undefined, never 0. */
export interface SplitProgress {
  readonly split: SplitId;
  readonly lagRecords: number | undefined;
  readonly lagMs: number | undefined;
  /** Nothing is left to read right now. */
  readonly caughtUp: boolean;
}

/** Lives in a task. Reads the splits it was given, in order within each, and can say where it is. */
export interface SourceReader {
  addSplits(splits: readonly Split[]): void;
  /**
   * Resolves with the next batch as soon as any split has data, or with an empty SourceBatch after `waitMs`;
   * at most about `maxRows` rows, those left out included. Rejects only for errors a restart may mend or a person must. Prefetches in the background within a fixed
   * number of bytes. One call at a time.
   */
  poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch>;
  /** The unfinished splits, each with `start` moved to the first record not yet returned by `poll`. Synchronous: called between polls. */
  snapshot(): readonly Split[];
  progress(): readonly SplitProgress[];
  /** A checkpoint that holds `splits` (as returned by `snapshot`) is durable; Kafka commits group offsets for monitoring. Best effort. */
  onCheckpointComplete(splits: readonly Split[]): Promise<void>;
  close(): Promise<void>;
}

export interface ReaderContext {
  readonly subtask: number;
  readonly clock: Clock;
  readonly metrics: MetricGroup;
  readonly log: Log;
  /** `job name / operator`, for client ids and group ids. */
  readonly owner: string;
}

/**
 * How much of what a source reads may be put aside. When more than `maxRate` of it is (0 to 1) within one interval, the records
 * are not at fault but the table or whoever writes them, and the job fails instead of diverting everything.
 */
export interface RejectionBudget {
  readonly maxRate: number;
  readonly intervalMs: number;
}

/** What a plan's source node becomes. */
export interface Source {
  /** Kept by the engine, per reader. Absent: no bound. */
  readonly rejectionBudget?: RejectionBudget;
  readonly boundedness: 'bounded' | 'unbounded';
  /**
   * All splits there are now, at their configured starting position. Called in the master at start and,
   * for unbounded sources, every `discoveryIntervalMs`; the engine assigns those it has not seen.
   * Deterministic order. Throws `area.reason` errors that name the option at fault.
   */
  discover(signal: AbortSignal): Promise<readonly Split[]>;
  readonly discoveryIntervalMs: number | undefined;
  createReader(context: ReaderContext): SourceReader;
}

export type SourceFactoryInput = { readonly options: Readonly<Record<string, string>>; readonly schema: Schema };
