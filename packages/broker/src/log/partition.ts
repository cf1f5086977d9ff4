import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BATCH_HEADER_BYTES,
  type ControlType,
  type KafkaErrorName,
  RecordBatchView,
  readControlType,
  writeControlBatch,
} from '@millrace/kafka-protocol';
import { makeDirectory, replaceFile, syncDirectory } from '../files/durable-file.ts';
import { type FlushPolicy, GroupCommit } from '../files/group-commit.ts';
import { decideAppend, type ProducerState, ProducerStates } from './producer-states.ts';
import { type AbortedTransaction, Segment, segmentFile } from './segment.ts';

/** Kept at 0 for ever: one node, no elections. */
export const LEADER_EPOCH = 0;

export interface PartitionOptions {
  readonly directory: string;
  readonly flush: FlushPolicy;
  readonly segmentBytes: number;
  readonly onSync: () => void;
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
      readonly flushed: Promise<void>;
    }
  | { readonly kind: 'refused'; readonly error: KafkaErrorName };

/** Whole batches of a log, and the offset after the last one. */
export interface LogSlice {
  readonly bytes: Buffer;
  readonly endOffset: number;
}

const NOTHING = Buffer.alloc(0);

/** What a reader may see: everything durable, or only up to the first open transaction. */
export type Isolation = 'read_uncommitted' | 'read_committed';

/**
 * The log of one partition: segments on disk, the state of its producers, and the two marks readers are held to.
 *
 *     logStart <= lastStableOffset <= highWatermark <= endOffset
 *
 * Appends are synchronous (write to the page cache, assign the offset), so the order of calls is the order of the log.
 * The high watermark follows when the bytes are on the disk; answers and fetches wait for it, never for the write.
 */
export class Partition {
  private readonly options: PartitionOptions;
  private readonly segments: Segment[];
  private readonly producers = new ProducerStates();
  private readonly commit: GroupCommit;
  private readonly watchers = new Set<(visibleBytes: number) => void>();
  /** Transactions whose marker is written but not yet visible; they still hold the stable offset back. */
  private ending: {
    readonly firstOffset: number;
    readonly markerOffset: number;
  }[] = [];
  private durableOffset: number;
  private durableBytes = 0;
  private appendedBytes = 0;
  private startOffset: number;
  private closed = false;
  /** Bytes cut off the tail when the log was opened. */
  readonly truncatedBytes: number;

  constructor(options: PartitionOptions) {
    this.options = options;
    makeDirectory(options.directory);
    const bases = readdirSync(options.directory)
      .filter((name) => /^\d{20}\.log$/.test(name))
      .map((name) => Number(name.slice(0, 20)))
      .sort((a, b) => a - b);
    this.segments = (bases.length > 0 ? bases : [0]).map((base) => new Segment(options.directory, base));
    this.truncatedBytes = this.recover();
    this.startOffset = Math.max(this.first.baseOffset, this.readStartOffset());
    this.durableOffset = this.endOffset;
    this.commit = new GroupCommit(() => this.active.descriptor, options.flush, options.onSync);
  }

  get logStartOffset(): number {
    return this.startOffset;
  }

  /** Offset the next record gets. */
  get endOffset(): number {
    return this.active.nextOffset;
  }

  get highWatermark(): number {
    return this.durableOffset;
  }

  get lastStableOffset(): number {
    let stable = Math.min(this.durableOffset, this.producers.earliestOpen() ?? this.durableOffset);
    for (const { firstOffset } of this.ending) stable = Math.min(stable, firstOffset);
    return stable;
  }

  /** Highest timestamp of any record, -1 when there is none. */
  get maxTimestamp(): number {
    return Math.max(...this.segments.map((segment) => segment.maxTimestamp));
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** The first offset a reader of this isolation may not see yet. */
  upperBound(isolation: Isolation): number {
    return isolation === 'read_committed' ? this.lastStableOffset : this.durableOffset;
  }

  producer(producerId: number): ProducerState | undefined {
    return this.producers.get(producerId);
  }

  /** Appends one validated data batch of a client. The batch is changed in place. */
  append(bytes: Buffer, batch: RecordBatchView, appendTimeMs: number | undefined): AppendOutcome {
    if (this.commit.failed !== undefined) return { kind: 'refused', error: 'KAFKA_STORAGE_ERROR' };
    const { producerId, producerEpoch, baseSequence, recordsCount, isTransactional } = batch;
    const facts = {
      producerId,
      producerEpoch,
      baseSequence,
      recordsCount,
      transactional: isTransactional,
    };
    if (producerId >= 0) {
      const decision = decideAppend(this.producers.get(producerId), facts);
      if (decision.kind === 'refuse') return { kind: 'refused', error: decision.error };
      if (decision.kind === 'duplicate') {
        return {
          kind: 'duplicate',
          baseOffset: decision.baseOffset,
          flushed: this.flushed(),
        };
      }
    }
    const baseOffset = this.endOffset;
    batch.place(baseOffset, LEADER_EPOCH);
    if (appendTimeMs !== undefined) batch.stampLogAppendTime(appendTimeMs);
    this.write(bytes, batch);
    if (producerId >= 0) this.producers.appended(facts, baseOffset, batch.lastOffset, batch.maxTimestamp);
    return { kind: 'appended', baseOffset, flushed: this.flushed() };
  }

  /** Ends a producer's transaction here. Also fences lower epochs when nothing was open. */
  appendMarker(type: ControlType, producerId: number, producerEpoch: number, nowMs: number): Promise<void> {
    const bytes = writeControlBatch({
      type,
      producerId,
      producerEpoch,
      coordinatorEpoch: 0,
      timestampMs: nowMs,
    });
    const batch = new RecordBatchView(bytes);
    batch.place(this.endOffset, LEADER_EPOCH);
    this.write(bytes, batch);
    const firstOffset = this.observeMarker(type, batch);
    if (firstOffset !== undefined) this.ending.push({ firstOffset, markerOffset: batch.baseOffset });
    return this.flushed();
  }

  /**
   * Whole batches from the one that contains `offset`, below the bound of the isolation. With `atLeastOne` the first
   * batch is returned even when it is larger than `maxBytes`.
   */
  read(offset: number, maxBytes: number, isolation: Isolation, atLeastOne: boolean): LogSlice {
    const upper = this.upperBound(isolation);
    if (offset >= upper || this.closed) return { bytes: NOTHING, endOffset: offset };
    const segment = this.segmentOf(offset);
    const position = segment.positionOf(offset);
    let bytes = segment.read(position, Math.max(maxBytes, BATCH_HEADER_BYTES));
    if (bytes.length < BATCH_HEADER_BYTES) return { bytes: NOTHING, endOffset: offset };
    const firstBytes = new RecordBatchView(bytes).sizeBytes;
    if (firstBytes > maxBytes) {
      if (!atLeastOne) return { bytes: NOTHING, endOffset: offset };
      if (firstBytes > bytes.length) bytes = segment.read(position, firstBytes);
    }
    return visiblePart(bytes, offset, upper);
  }

  /** Aborted transactions that overlap [offset, upper), sorted as clients need them. */
  abortedBetween(offset: number, upper: number): AbortedTransaction[] {
    return this.segments
      .flatMap((segment) => (segment.nextOffset <= offset ? [] : segment.aborted))
      .filter((entry) => entry.lastOffset >= offset && entry.firstOffset < upper)
      .sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** The first batch that reaches a timestamp. */
  batchAtTimestamp(timestampMs: number): RecordBatchView | undefined {
    if (this.closed) return undefined;
    for (const segment of this.segments) {
      if (segment.maxTimestamp < timestampMs || segment.nextOffset <= this.startOffset) continue;
      const batch = segment.batchAtTimestamp(timestampMs);
      if (batch !== undefined) return batch;
    }
    return undefined;
  }

  /** Calls back whenever more becomes visible, with a lower bound of how many bytes; returns the cancellation. */
  watch(listener: (visibleBytes: number) => void): () => void {
    this.watchers.add(listener);
    return () => this.watchers.delete(listener);
  }

  /** Moves the start of the log up to `offset`; whole segments below it are deleted. */
  async deleteBefore(offset: number): Promise<void> {
    this.startOffset = Math.max(this.startOffset, offset);
    replaceFile(this.startOffsetFile, Buffer.from(String(this.startOffset)));
    await this.removeSegments((segment) => segment.nextOffset <= this.startOffset);
  }

  /** Deletes old segments; the active one is closed first when all of it has expired. */
  async retain(limits: { readonly retentionBytes: number; readonly expireBeforeMs: number }): Promise<void> {
    const expired = (s: Segment) => s.maxTimestamp < limits.expireBeforeMs && s.nextOffset <= this.durableOffset;
    if (this.active.sizeBytes > 0 && expired(this.active) && this.producers.earliestOpen() === undefined) this.roll();
    let excess = limits.retentionBytes < 0 ? 0 : this.sizeBytes - limits.retentionBytes;
    await this.removeSegments((segment) => {
      if (segment.nextOffset > this.durableOffset) return false;
      if (!expired(segment) && excess < segment.sizeBytes) return false;
      excess -= segment.sizeBytes;
      return true;
    });
    this.startOffset = Math.max(this.startOffset, this.first.baseOffset);
  }

  /** Forgets silent producers. */
  expireProducers(beforeMs: number): void {
    this.producers.expire(beforeMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.commit.failed === undefined && this.durableOffset < this.endOffset) await this.commit.flush();
    await this.commit.settled();
    for (const segment of this.segments) segment.close();
    this.watchers.clear();
  }

  private get first(): Segment {
    return this.segments[0] as Segment;
  }

  private get active(): Segment {
    return this.segments.at(-1) as Segment;
  }

  private get startOffsetFile(): string {
    return join(this.options.directory, 'log-start-offset');
  }

  private write(bytes: Buffer, batch: RecordBatchView): void {
    // The descriptors' numbers may belong to other files by now.
    if (this.closed) throw new Error('the partition is closed');
    if (this.active.sizeBytes > 0 && this.active.sizeBytes + bytes.length > this.options.segmentBytes) this.roll();
    this.active.append(bytes, batch);
    this.appendedBytes += bytes.length;
  }

  /** Resolves when everything appended so far is durable and visible. */
  private async flushed(): Promise<void> {
    const offset = this.endOffset;
    const bytes = this.appendedBytes;
    await this.commit.flush();
    if (offset <= this.durableOffset) return;
    this.durableOffset = offset;
    if (this.ending.length > 0) this.ending = this.ending.filter((e) => e.markerOffset >= offset);
    const visible = bytes - this.durableBytes;
    this.durableBytes = bytes;
    for (const listener of this.watchers) listener(visible);
  }

  /** Closes the active segment and begins a new one, with a snapshot of the producers at that point. */
  private roll(): void {
    this.active.seal(this.options.flush !== 'none');
    const base = this.endOffset;
    const snapshot = Buffer.from(JSON.stringify([...this.producers.values()]));
    replaceFile(segmentFile(this.options.directory, base, 'snapshot'), snapshot);
    this.segments.push(new Segment(this.options.directory, base));
    syncDirectory(this.options.directory);
  }

  private async removeSegments(obsolete: (segment: Segment) => boolean): Promise<void> {
    if (this.closed) return;
    const removed: Segment[] = [];
    while (this.segments.length > 1 && obsolete(this.first)) removed.push(this.segments.shift() as Segment);
    if (removed.length === 0) return;
    await this.commit.settled();
    for (const segment of removed) {
      segment.close();
      segment.remove();
    }
  }

  private segmentOf(offset: number): Segment {
    return this.segments.findLast((segment) => segment.baseOffset <= offset) ?? this.first;
  }

  /** Everything before the last segment was closed cleanly; only the tail can be torn. */
  private recover(): number {
    const sealed = this.segments.slice(0, -1);
    const snapshot = this.readSnapshot();
    let truncatedBytes = 0;
    if (snapshot !== undefined && sealed.every((segment) => segment.load())) {
      this.producers.restore(snapshot);
      return this.active.recover((batch) => this.observe(batch)).truncatedBytes;
    }
    for (const [i, segment] of this.segments.entries()) {
      segment.aborted.length = 0;
      truncatedBytes += segment.recover((batch) => this.observe(batch)).truncatedBytes;
      const next = this.segments[i + 1];
      if (next !== undefined && segment.nextOffset !== next.baseOffset) {
        throw new Error(`${segmentFile(this.options.directory, segment.baseOffset, 'log')} is damaged before its end`);
      }
    }
    for (const segment of sealed) segment.seal(false);
    return truncatedBytes;
  }

  private readSnapshot(): ProducerState[] | undefined {
    if (this.segments.length === 1 && this.first.baseOffset === 0) return [];
    const path = segmentFile(this.options.directory, this.active.baseOffset, 'snapshot');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProducerState[]) : undefined;
  }

  private readStartOffset(): number {
    return existsSync(this.startOffsetFile) ? Number(readFileSync(this.startOffsetFile, 'utf8')) : 0;
  }

  /** Rebuilds what a batch in the log says about its producer. */
  private observe(batch: RecordBatchView): void {
    if (batch.producerId < 0) return;
    if (batch.isControl) {
      const type = readControlType(batch);
      if (type !== undefined) this.observeMarker(type, batch);
      return;
    }
    const { producerId, producerEpoch, baseSequence, recordsCount, isTransactional: transactional } = batch;
    const facts = {
      producerId,
      producerEpoch,
      baseSequence,
      recordsCount,
      transactional,
    };
    this.producers.appended(facts, batch.baseOffset, batch.lastOffset, batch.maxTimestamp);
  }

  private observeMarker(type: ControlType, batch: RecordBatchView): number | undefined {
    const firstOffset = this.producers.ended(batch.producerId, batch.producerEpoch, batch.maxTimestamp);
    if (firstOffset === null) return undefined;
    if (type === 'abort') {
      const { producerId, baseOffset: lastOffset } = batch;
      this.active.aborted.push({ producerId, firstOffset, lastOffset });
    }
    return firstOffset;
  }
}

function visiblePart(bytes: Buffer, offset: number, upper: number): LogSlice {
  let at = 0;
  let endOffset = offset;
  while (bytes.length - at >= BATCH_HEADER_BYTES) {
    const batch = new RecordBatchView(bytes, at);
    const size = batch.sizeBytes;
    if (size > bytes.length - at || batch.baseOffset >= upper) break;
    endOffset = batch.lastOffset + 1;
    at += size;
  }
  return { bytes: bytes.subarray(0, at), endOffset };
}
