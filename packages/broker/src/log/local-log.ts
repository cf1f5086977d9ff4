import { readdirSync } from 'node:fs';
import { BATCH_HEADER_BYTES, RecordBatchView } from '@millrace/kafka-protocol';
import { syncDirectory } from '../files/durable-file.ts';
import type { AbortedTransaction } from './aborted-transactions.ts';
import { Segment, type SegmentResources, segmentFile } from './segment.ts';

/** Whole batches of a log, and the offset after the last one. */
export interface LogSlice {
  readonly bytes: Buffer;
  readonly endOffset: number;
}

const NOTHING = Buffer.alloc(0);

/**
 * The bytes of one partition: a chain of segments of which the last one grows. Knows offsets and positions; what may be
 * appended, and who may see it when, is decided by the partition.
 */
export class LocalLog {
  private readonly directory: string;
  private readonly resources: SegmentResources;
  private readonly segments: Segment[];

  constructor(directory: string, resources: SegmentResources) {
    this.directory = directory;
    this.resources = resources;
    const bases = readdirSync(directory)
      .filter((name) => /^\d{20}\.log$/.test(name))
      .map((name) => Number(name.slice(0, 20)))
      .sort((a, b) => a - b);
    this.segments = (bases.length > 0 ? bases : [0]).map((base) => new Segment(directory, base, resources));
  }

  get first(): Segment {
    return this.segments[0] as Segment;
  }

  /** The one that is written to. */
  get active(): Segment {
    return this.segments.at(-1) as Segment;
  }

  /** All but the active one, oldest first. */
  get sealed(): readonly Segment[] {
    return this.segments.slice(0, -1);
  }

  get endOffset(): number {
    return this.active.nextOffset;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Highest timestamp of any record, -1 when there is none. */
  get maxTimestamp(): number {
    return this.segments.reduce((max, segment) => Math.max(max, segment.maxTimestamp), -1);
  }

  /** Takes up the log as it was stopped, from index files alone; false when they do not fit and it must be recovered. */
  resume(): boolean {
    return this.sealed.every((segment) => segment.load()) && this.active.resumeGrowing();
  }

  /**
   * Makes the segments known and cuts off a torn tail; returns how many bytes that were.
   *
   * @param trusted sealed segments are taken from their index files instead of being read; `distrust` is called when
   *   those are missing, before `visit` gets every batch of the log instead of those of the active segment
   */
  recover(
    trusted: boolean,
    { distrust, visit }: { distrust(): void; visit(batch: RecordBatchView, segment: Segment): void },
  ): number {
    const { active, sealed } = this;
    if (!trusted || !sealed.every((segment) => segment.load())) {
      distrust();
      for (const [i, segment] of sealed.entries()) this.rescan(segment, this.segments[i + 1]?.baseOffset ?? 0, visit);
      for (const segment of sealed) {
        segment.seal(false);
        segment.release();
      }
    }
    const tornBytes = active.scan((batch) => visit(batch, active));
    active.cut(tornBytes);
    return tornBytes;
  }

  /**
   * Ends the active segment and begins the next one; `between` runs when the one is closed and the other not begun. When
   * the disk refuses any step, the active segment stays the one it was.
   */
  roll(sync: boolean, between: (base: number) => void): void {
    const { active, endOffset } = this;
    active.seal(sync);
    between(endOffset);
    this.segments.push(new Segment(this.directory, endOffset, this.resources));
    active.release();
    syncDirectory(this.directory);
  }

  /**
   * Whole batches from the one that contains `offset`, or the first after it, below `upper`. With `atLeastOne` the first
   * batch is returned even when it is larger than `maxBytes`. Compaction leaves gaps: a segment may have nothing left
   * from the offset on, then the next one answers.
   */
  read(offset: number, maxBytes: number, upper: number, atLeastOne: boolean): LogSlice {
    for (let i = this.indexOf(offset); i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (segment === undefined || segment.baseOffset >= upper) break;
      const position = segment.positionOf(offset);
      if (position >= segment.sizeBytes) continue;
      return this.readSegment(segment, position, { offset, maxBytes, upper, atLeastOne });
    }
    return { bytes: NOTHING, endOffset: offset };
  }

  /** Aborted transactions that overlap [offset, upper), sorted as clients need them. */
  abortedBetween(offset: number, upper: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let i = this.indexOf(offset); i < this.segments.length; i++) {
      const aborted = this.segments[i]?.aborted ?? [];
      for (const entry of aborted) {
        if (entry.lastOffset >= offset && entry.firstOffset < upper) found.push(entry);
      }
      // Once everything below `upper` was decided, later entries are about later records.
      if (aborted.some(({ stableOffset }) => stableOffset >= upper)) break;
    }
    return found.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** The first batch that reaches a timestamp and does not lie below `from` as a whole. */
  batchAtTimestamp(timestampMs: number, from: number): RecordBatchView | undefined {
    for (const segment of this.segments) {
      if (segment.maxTimestamp < timestampMs || segment.nextOffset <= from) continue;
      const batch = segment.batchAtTimestamp(timestampMs);
      if (batch !== undefined) return batch;
    }
    return undefined;
  }

  /** Takes segments off the front while they are obsolete; the active one stays. The caller removes their files. */
  detach(obsolete: (segment: Segment) => boolean): Segment[] {
    const detached: Segment[] = [];
    while (this.segments.length > 1 && obsolete(this.first)) detached.push(this.segments.shift() as Segment);
    return detached;
  }

  /** Whether all of these are still here, sealed and in a row. */
  contains(group: readonly Segment[]): boolean {
    const at = this.segments.indexOf(group[0] as Segment);
    return at >= 0 && group.every((segment, i) => this.sealed[at + i] === segment);
  }

  /** Puts one segment in the place of some neighbours. */
  replace(group: readonly Segment[], replacement: Segment): void {
    this.segments.splice(this.segments.indexOf(group[0] as Segment), group.length, replacement);
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  private readSegment(
    segment: Segment,
    position: number,
    {
      offset,
      maxBytes,
      upper,
      atLeastOne,
    }: Readonly<Record<'offset' | 'maxBytes' | 'upper', number>> & { readonly atLeastOne: boolean },
  ): LogSlice {
    let bytes = segment.read(position, Math.max(maxBytes, BATCH_HEADER_BYTES));
    if (bytes.length < BATCH_HEADER_BYTES) return { bytes: NOTHING, endOffset: offset };
    const firstBytes = new RecordBatchView(bytes).sizeBytes;
    if (firstBytes > maxBytes && !atLeastOne) return { bytes: NOTHING, endOffset: offset };
    if (firstBytes > bytes.length) {
      this.resources.buffers.give(bytes);
      bytes = segment.read(position, firstBytes);
    }
    const slice = visiblePart(bytes, offset, upper);
    segment.resumeAt(slice.endOffset, position + slice.bytes.length);
    return slice;
  }

  /** Index of the last segment that begins at or before the offset. */
  private indexOf(offset: number): number {
    return Math.max(
      0,
      this.segments.findLastIndex((segment) => segment.baseOffset <= offset),
    );
  }

  /** Reads a sealed segment whose index is missing. Only the active one can be torn; damage anywhere else is reported. */
  private rescan(segment: Segment, endOffset: number, visit: (batch: RecordBatchView, segment: Segment) => void): void {
    const unsoundBytes = segment.scan((batch) => visit(batch, segment));
    if (unsoundBytes > 0 || segment.nextOffset > endOffset) {
      throw new Error(`${segmentFile(this.directory, segment.baseOffset, 'log')} is damaged before its end`);
    }
    // What is missing up to the next segment was taken away by compaction.
    segment.nextOffset = endOffset;
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
