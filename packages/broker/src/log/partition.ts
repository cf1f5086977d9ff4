import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ControlType,
  type KafkaErrorName,
  RecordBatchView,
  readControlType,
  writeControlBatch,
} from '@millrace/kafka-protocol';
import { makeDirectory, replaceFile } from '../files/durable-file.ts';
import { type FlushPolicy, GroupCommit } from '../files/group-commit.ts';
import type { AbortedTransaction } from './aborted-transactions.ts';
import { Cleaner, type CleaningResult } from './compaction/cleaner.ts';
import { recoverSwaps } from './compaction/swap-files.ts';
import { LocalLog, type LogSlice } from './local-log.ts';
import type { LogPolicy } from './log-policy.ts';
import { readSnapshot, removeOtherSnapshots, writeSnapshot } from './producer-snapshot.ts';
import {
  COORDINATOR_EPOCH,
  decideAppend,
  type ProducerState,
  ProducerStates,
  producerBatch,
} from './producer-states.ts';
import type { Segment, SegmentResources } from './segment.ts';
import { Watermarks } from './watermarks.ts';

/** Kept at 0 for ever: one node, no elections. */
export const LEADER_EPOCH = 0;

/** A shorter segment is read at start: that takes less than writing its index files. */
const RESUME_BYTES_MIN = 4 * 1024 * 1024;

export interface PartitionOptions {
  readonly directory: string;
  readonly flush: FlushPolicy;
  /** What the topic's options say now. */
  readonly policy: () => LogPolicy;
  readonly resources: SegmentResources;
  /** The broker was stopped in order: what `prepareStop` wrote may be taken for true. */
  readonly wasStopped: boolean;
  readonly onSync: () => void;
  readonly now: () => number;
}

export type AppendOutcome =
  | {
      readonly kind: 'appended';
      readonly baseOffset: number;
      readonly flushed: Promise<void>;
    }
  | {
      readonly kind: 'duplicate';
      readonly baseOffset: number;
      /** Of the batch that is there already. */
      readonly timestampMs: number;
      readonly flushed: Promise<void>;
    }
  | { readonly kind: 'refused'; readonly error: KafkaErrorName };

/** What a reader may see: everything durable, or only up to the first open transaction. */
export type Isolation = 'read_uncommitted' | 'read_committed';

/**
 * The log of one partition: its bytes, the state of its producers, and the two marks readers are held to.
 *
 *     logStart <= lastStableOffset <= highWatermark <= endOffset
 *
 * Appends are synchronous (write to the page cache, assign the offset), so the order of calls is the order of the log.
 * The high watermark follows when the bytes are on the disk; answers and fetches wait for it, never for the write.
 */
export class Partition {
  private readonly options: PartitionOptions;
  private readonly log: LocalLog;
  private readonly producers = new ProducerStates();
  private readonly commit: GroupCommit;
  private readonly marks: Watermarks;
  private readonly cleaner: Cleaner;
  private startOffset: number;
  private closed = false;
  /** Bytes cut off the tail when the log was opened. */
  readonly truncatedBytes: number;

  constructor(options: PartitionOptions) {
    this.options = options;
    makeDirectory(options.directory);
    recoverSwaps(options.directory);
    const { directory, resources } = options;
    const { producers } = this;
    this.log = new LocalLog(directory, resources);
    this.cleaner = new Cleaner({ directory, resources, log: this.log, producers, isClosed: () => this.closed });
    this.truncatedBytes = this.recover();
    removeOtherSnapshots(directory, this.log.active.baseOffset);
    this.startOffset = Math.max(this.log.first.baseOffset, this.readStartOffset());
    this.marks = new Watermarks(this.endOffset);
    this.commit = new GroupCommit(() => this.log.active.pin(), options.flush, options.onSync);
  }

  get logStartOffset(): number {
    return this.startOffset;
  }

  /** Offset the next record gets. */
  get endOffset(): number {
    return this.log.endOffset;
  }

  get highWatermark(): number {
    return this.marks.highWatermark;
  }

  get lastStableOffset(): number {
    return this.marks.lastStableOffset(this.producers.earliestOpen());
  }

  /** Highest timestamp of any record, -1 when there is none. */
  get maxTimestamp(): number {
    return this.log.maxTimestamp;
  }

  get sizeBytes(): number {
    return this.log.sizeBytes;
  }

  /** The first offset a reader of this isolation may not see yet. */
  upperBound(isolation: Isolation): number {
    return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;
  }

  producer(producerId: number): ProducerState | undefined {
    return this.producers.get(producerId);
  }

  /** Everybody who is remembered now. */
  producersNow(): readonly ProducerState[] {
    return [...this.producers.values()];
  }

  /** Appends one validated data batch of a client. The batch is changed in place. */
  append(bytes: Buffer, batch: RecordBatchView, appendTimeMs: number | undefined): AppendOutcome {
    if (this.commit.failed !== undefined) return { kind: 'refused', error: 'KAFKA_STORAGE_ERROR' };
    const facts = producerBatch(batch);
    if (facts.producerId >= 0) {
      const decision = decideAppend(this.producers.get(facts.producerId), facts);
      if (decision.kind === 'refuse') return { kind: 'refused', error: decision.error };
      if (decision.kind === 'duplicate') {
        return { ...decision, flushed: this.flushed() };
      }
    }
    const baseOffset = this.endOffset;
    batch.place(baseOffset, LEADER_EPOCH);
    if (appendTimeMs !== undefined) batch.stampLogAppendTime(appendTimeMs);
    this.write(bytes, batch);
    if (facts.producerId >= 0) this.producers.appended(facts, batch, this.options.now());
    return { kind: 'appended', baseOffset, flushed: this.flushed() };
  }

  /** Ends a producer's transaction here. Also fences lower epochs when nothing was open. */
  appendMarker(type: ControlType, producerId: number, producerEpoch: number, nowMs: number): Promise<void> {
    const marker = { type, producerId, producerEpoch, coordinatorEpoch: COORDINATOR_EPOCH, timestampMs: nowMs };
    const bytes = writeControlBatch(marker);
    const batch = new RecordBatchView(bytes);
    batch.place(this.endOffset, LEADER_EPOCH);
    this.write(bytes, batch);
    const firstOffset = this.observeMarker(type, batch, this.log.active);
    if (firstOffset !== undefined) this.marks.ended(firstOffset, batch.baseOffset);
    return this.flushed();
  }

  /**
   * Whole batches from the one that contains `offset`, below the bound of the isolation. With `atLeastOne` the first
   * batch is returned even when it is larger than `maxBytes`.
   */
  read(offset: number, maxBytes: number, isolation: Isolation, atLeastOne: boolean): LogSlice {
    const upper = this.closed ? offset : this.upperBound(isolation);
    return this.log.read(offset, maxBytes, upper, atLeastOne);
  }

  /** Aborted transactions that overlap [offset, upper), sorted as clients need them. */
  abortedBetween(offset: number, upper: number): AbortedTransaction[] {
    return this.log.abortedBetween(offset, upper);
  }

  /** The first batch that reaches a timestamp. */
  batchAtTimestamp(timestampMs: number): RecordBatchView | undefined {
    return this.closed ? undefined : this.log.batchAtTimestamp(timestampMs, this.startOffset);
  }

  /** Calls back whenever more becomes visible, with a lower bound of how many bytes; returns the cancellation. */
  watch(listener: (visibleBytes: number) => void): () => void {
    return this.marks.watch(listener);
  }

  /** Moves the start of the log up to `offset`; whole segments below it are deleted. */
  deleteBefore(offset: number): void {
    this.startOffset = Math.max(this.startOffset, offset);
    replaceFile(this.startOffsetFile, Buffer.from(String(this.startOffset)));
    this.removeSegments((segment) => segment.nextOffset <= this.startOffset);
  }

  /** Deletes old segments; the active one is closed first when all of it has expired. */
  retain(nowMs: number): void {
    const { retentionMs, retentionBytes } = this.options.policy();
    const { active } = this.log;
    const expired = (s: Segment) =>
      retentionMs >= 0 && s.maxTimestamp < nowMs - retentionMs && s.nextOffset <= this.highWatermark;
    if (active.sizeBytes > 0 && expired(active) && this.producers.earliestOpen() === undefined) this.roll();
    let excess = retentionBytes < 0 ? 0 : this.sizeBytes - retentionBytes;
    this.removeSegments((segment) => {
      if (segment.nextOffset > this.highWatermark) return false;
      if (!expired(segment) && excess < segment.sizeBytes) return false;
      excess -= segment.sizeBytes;
      return true;
    });
    this.startOffset = Math.max(this.startOffset, this.log.first.baseOffset);
  }

  /** One pass of compaction when the topic asks for it and one is due; the caller waits before it asks again. */
  async compact(nowMs: number): Promise<CleaningResult | undefined> {
    const { compaction, segmentBytes } = this.options.policy();
    if (compaction === undefined || this.closed) return undefined;
    const { logStartOffset, lastStableOffset: stableOffset } = this;
    return this.cleaner.clean({ policy: compaction, segmentBytes, logStartOffset, stableOffset, nowMs });
  }

  /** Forgets silent producers. */
  expireProducers(beforeMs: number): void {
    this.producers.expire(beforeMs);
  }

  /** Writes down what would otherwise be read from the log at the next start. Nothing is appended after this. */
  prepareStop(): void {
    if (this.log.active.sizeBytes < RESUME_BYTES_MIN || this.commit.failed !== undefined) return;
    this.log.active.seal(false);
    writeSnapshot(this.options.directory, this.endOffset, this.producers.values());
  }

  async close(): Promise<void> {
    this.closed = true;
    const unsynced = this.commit.failed === undefined && this.highWatermark < this.endOffset;
    const flushed = unsynced ? this.commit.flush() : undefined;
    // At once: a new topic of the same name may use the paths before the last sync has ended.
    this.log.close();
    this.marks.close();
    await flushed;
    await this.commit.settled();
  }

  private get startOffsetFile(): string {
    return join(this.options.directory, 'log-start-offset');
  }

  private write(bytes: Buffer, batch: RecordBatchView): void {
    // The files may be deleted by now, and writing would create them again.
    if (this.closed) throw new Error('the partition is closed');
    const { sizeBytes, firstTimestamp } = this.log.active;
    const { segmentBytes, segmentMs } = this.options.policy();
    const isFull = sizeBytes + bytes.length > segmentBytes || batch.maxTimestamp - firstTimestamp > segmentMs;
    if (sizeBytes > 0 && isFull) this.roll();
    this.log.active.append(bytes, batch);
    this.marks.appended(bytes.length);
  }

  /** Resolves when everything appended so far is durable and visible. */
  private async flushed(): Promise<void> {
    const offset = this.endOffset;
    const { written } = this.marks;
    await this.commit.flush();
    this.marks.advance(offset, written);
  }

  /** Closes the active segment and begins a new one, with a snapshot of the producers at that point. */
  private roll(): void {
    this.log.roll(this.options.flush !== 'none', (base) =>
      writeSnapshot(this.options.directory, base, this.producers.values()),
    );
  }

  private removeSegments(obsolete: (segment: Segment) => boolean): void {
    if (this.closed) return;
    for (const segment of this.log.detach(obsolete)) segment.remove();
  }

  /** Everything before the active segment was closed cleanly; only the tail can be torn. */
  private recover(): number {
    const { directory, wasStopped } = this.options;
    const resumed = wasStopped && this.log.resume() ? readSnapshot(directory, this.endOffset) : undefined;
    if (resumed !== undefined) {
      this.producers.restore(resumed);
      return 0;
    }
    const snapshot = readSnapshot(directory, this.log.active.baseOffset);
    if (snapshot !== undefined) this.producers.restore(snapshot);
    return this.log.recover(snapshot !== undefined, {
      distrust: () => this.producers.restore([]),
      visit: (batch, segment) => this.observe(batch, segment),
    });
  }

  private readStartOffset(): number {
    return existsSync(this.startOffsetFile) ? Number(readFileSync(this.startOffsetFile, 'utf8')) : 0;
  }

  /** Rebuilds what a batch in the log says about its producer. */
  private observe(batch: RecordBatchView, segment: Segment): void {
    if (batch.producerId < 0) return;
    if (batch.isControl) {
      const type = readControlType(batch);
      if (type !== undefined) this.observeMarker(type, batch, segment);
      return;
    }
    this.producers.appended(producerBatch(batch), batch, this.options.now());
  }

  private observeMarker(type: ControlType, batch: RecordBatchView, segment: Segment): number | undefined {
    const { producerId, baseOffset: lastOffset } = batch;
    const firstOffset = this.producers.ended(producerId, batch.producerEpoch, batch.maxTimestamp, this.options.now());
    if (firstOffset === null) return undefined;
    const stableOffset = this.producers.earliestOpen() ?? lastOffset + 1;
    if (type === 'abort') segment.addAborted({ producerId, firstOffset, lastOffset, stableOffset });
    return firstOffset;
  }
}
