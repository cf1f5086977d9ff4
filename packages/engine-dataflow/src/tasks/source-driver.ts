import { selectedCount } from '@millrace/batch';
import type { Clock, Log, RejectedRows, Source, SourceBatch, SourceReader, Split } from '@millrace/contracts';
import { type CheckpointId, errorData, type SplitId, type SplitSnapshot } from '@millrace/model';
import type { SourceNode } from '@millrace/plan';
import { finishedSplit } from '../messages.ts';
import { deadLetters, recordsOf, undecodable } from './dead-letters.ts';
import type { OperatorChain } from './operator-chain.ts';
import { RejectionAccount } from './rejection-account.ts';
import type { TaskMetrics } from './task-metrics.ts';

/** Rows asked for per poll. */
const POLL_ROWS = 4_096;

/** The reader at the head of a source task, and the account of its splits. */
export class SourceDriver {
  readonly #node: SourceNode;
  readonly #reader: SourceReader;
  readonly #bounded: boolean;
  readonly #account: RejectionAccount;
  readonly #chain: OperatorChain;
  readonly #metrics: TaskMetrics;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #open = new Set<SplitId>();
  readonly #finished = new Set<SplitId>();
  readonly #snapshots = new Map<CheckpointId, readonly Split[]>();

  constructor(parts: {
    readonly node: SourceNode;
    readonly reader: SourceReader;
    readonly source: Pick<Source, 'boundedness' | 'rejectionBudget'>;
    readonly chain: OperatorChain;
    readonly metrics: TaskMetrics;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#node = parts.node;
    this.#reader = parts.reader;
    this.#bounded = parts.source.boundedness === 'bounded';
    this.#account = new RejectionAccount(parts.node.table, parts.source.rejectionBudget);
    this.#chain = parts.chain;
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#chain.onRejectedRows((rows) => this.#rejectRows(rows));
    const total = (read: 'lagRecords' | 'lagMs', merge: (a: number, b: number) => number) => () => {
      let sum: number | undefined;
      for (const progress of this.#reader.progress()) {
        const value = progress[read];
        if (value === undefined) return undefined;
        sum = sum === undefined ? value : merge(sum, value);
      }
      return sum;
    };
    this.#metrics.gauge(
      'source_lag_records',
      total('lagRecords', (a, b) => a + b),
    );
    this.#metrics.gauge('source_lag_ms', total('lagMs', Math.max));
  }

  addSplits(splits: readonly Split[]): void {
    for (const split of splits) this.#open.add(split.id);
    if (splits.length > 0) this.#reader.addSplits(splits);
    this.#tellSplits();
  }

  /** Restored: splits an earlier execution read to their end. */
  addFinished(splits: readonly SplitId[]): void {
    for (const split of splits) this.#finished.add(split);
  }

  /** Nothing is left to read and nothing will come. */
  get ended(): boolean {
    return this.#bounded && this.#open.size === 0;
  }

  /** Reads once and pushes what came through the chain. False when nothing came before `waitMs`. */
  async poll(waitMs: number, signal: AbortSignal): Promise<boolean> {
    const polled = await this.#reader.poll(POLL_ROWS, waitMs, signal);
    if (signal.aborted) return false;
    this.#metrics.enter('busy');
    return this.#take(polled);
  }

  caughtUp(): readonly SplitId[] {
    return this.#reader
      .progress()
      .filter((progress) => progress.caughtUp)
      .map((progress) => progress.split);
  }

  snapshot(checkpoint: CheckpointId): readonly SplitSnapshot[] {
    const splits = this.#reader.snapshot();
    this.#snapshots.set(checkpoint, splits);
    return [...splits.map((split) => ({ id: split.id, split })), ...Array.from(this.#finished, finishedSplit)];
  }

  /** Best effort: what a connector does with it (group offsets) is for monitoring. */
  onCheckpointComplete(checkpoint: CheckpointId): void {
    const splits = this.#snapshots.get(checkpoint);
    for (const id of this.#snapshots.keys()) if (id <= checkpoint) this.#snapshots.delete(id);
    if (splits === undefined) return;
    this.#reader.onCheckpointComplete(splits).catch((error: unknown) => {
      this.#log.warn('the source could not note a completed checkpoint', { error: errorData(error).message });
    });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(polled: SourceBatch): boolean {
    const { batch, leftOut = 0, rejected, finishedSplits, bytes } = polled;
    const count = leftOut + (batch === undefined ? 0 : selectedCount(batch));
    this.#metrics.count('bytes_in_total', bytes);
    this.#account.countRead(count + rejected.length, this.#clock.now());
    this.#reject(rejected);
    if (leftOut > 0) this.#metrics.count('records_filtered_at_source_total', leftOut);
    if (count > 0) this.#metrics.count('records_in_total', count);
    if (batch !== undefined) this.#chain.process(batch, 0);
    for (const split of finishedSplits) {
      this.#open.delete(split);
      this.#finished.add(split);
    }
    if (finishedSplits.length > 0) this.#tellSplits();
    return count > 0 || rejected.length > 0 || finishedSplits.length > 0;
  }

  /** A bounded source without splits is at its end, not idle: what follows is the last watermark. */
  #tellSplits(): void {
    if (!this.ended) this.#chain.onSplits([...this.#open]);
  }

  #reject(rejected: SourceBatch['rejected']): void {
    if (rejected.length === 0) return;
    const minded = rejected.filter(({ mayBeIgnored }) => mayBeIgnored !== true);
    const [first] = minded;
    if (first !== undefined && !this.#chain.takesRejected) throw undecodable(this.#node, first);
    this.#metrics.count('records_rejected_total', rejected.length);
    if (this.#chain.takesRejected) this.#chain.reject(deadLetters(this.#node, rejected, this.#clock.now()));
    if (first !== undefined) this.#account.countRejected(minded.length, minded.at(-1)?.error ?? '');
  }

  /** Rows that decoded and that an operator refuses; they stay in the stream when there is no dead-letter output. */
  #rejectRows(rows: RejectedRows): boolean {
    if (!this.#chain.takesRejected) return false;
    this.#reject(recordsOf(rows));
    return true;
  }
}
