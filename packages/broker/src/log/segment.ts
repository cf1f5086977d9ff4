import {
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BATCH_HEADER_BYTES, findBatchDefect, RecordBatchView } from '@millrace/kafka-protocol';
import { DiskRefusedError } from '../files/disk-refused-error.ts';
import { replaceFile, writeFully } from '../files/durable-file.ts';
import type { FileHandles, PinnedFile } from '../files/file-handles.ts';
import type { RecentlyUsed } from '../files/recently-used.ts';
import type { RecycledBuffers } from '../files/recycled-buffers.ts';
import { type AbortedTransaction, decodeAborted, encodeAborted } from './aborted-transactions.ts';
import { INDEX_INTERVAL_BYTES, OffsetIndex, readLastTimeEntry } from './offset-index.ts';

const fdatasyncAsync = promisify(fdatasync);
const SCAN_CHUNK_BYTES = 1024 * 1024;
const INDEX_EXTENSIONS = ['index', 'timeindex', 'txnindex'] as const;

/** What is known about the inside of a segment: kept in memory while it grows, read from its files when it is needed. */
export interface SegmentIndex {
  readonly offsets: OffsetIndex;
  readonly aborted: AbortedTransaction[];
}

/** What all segments of a broker share, so that their number does not decide how much is open or in memory. */
export interface SegmentResources {
  readonly handles: FileHandles;
  readonly indexes: RecentlyUsed<Segment, SegmentIndex>;
  readonly buffers: RecycledBuffers;
}

/** Kafka's file name for a base offset. */
export function segmentFile(directory: string, baseOffset: number, extension: string): string {
  return join(directory, `${String(baseOffset).padStart(20, '0')}.${extension}`);
}

/**
 * One file of batches, exactly as on the wire, with its sparse index. Only the last segment of a partition is written to.
 * Reads are positional and synchronous: the data is in the page cache for any consumer that keeps up.
 */
export class Segment {
  readonly baseOffset: number;
  private readonly directory: string;
  private readonly path: string;
  private readonly resources: SegmentResources;
  /** Present while the segment grows; a sealed one reads its index files again when somebody asks. */
  private growing: SegmentIndex | undefined = { offsets: new OffsetIndex(), aborted: [] };
  /** Where the last reader stopped: the next fetch of a consumer that keeps up begins there. */
  private resume = { offset: -1, position: 0 };
  /** Bytes in the file. */
  sizeBytes = 0;
  /** Highest record timestamp, -1 when empty. */
  maxTimestamp = -1;
  /** Highest timestamp of the first batch, from which the age of the segment counts; -1 when empty. */
  firstTimestamp = -1;
  /** Offset after the last record; after compaction, after the last one that ever was here. */
  nextOffset: number;
  hasAborted = false;

  constructor(directory: string, baseOffset: number, resources: SegmentResources, extension = 'log') {
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.resources = resources;
    this.path = segmentFile(directory, baseOffset, extension);
    if (existsSync(this.path)) this.sizeBytes = statSync(this.path).size;
    else resources.handles.use(this.path);
  }

  /** Forces what was written to the disk. */
  async sync(): Promise<void> {
    const file = this.pin();
    try {
      await fdatasyncAsync(file.fd);
    } finally {
      file.release();
    }
  }

  /** Keeps the file open while its bytes are forced to the disk. */
  pin(): PinnedFile {
    return this.resources.handles.pin(this.path);
  }

  get aborted(): readonly AbortedTransaction[] {
    return this.hasAborted ? this.index.aborted : [];
  }

  /** Notes a transaction whose abort marker was just appended. */
  addAborted(entry: AbortedTransaction): void {
    this.growing?.aborted.push(entry);
    this.hasAborted = true;
  }

  /** Appends one placed batch. When the disk refuses, the file is as before. */
  append(bytes: Buffer, batch: RecordBatchView): void {
    const fd = this.resources.handles.use(this.path);
    try {
      writeFully(fd, bytes, this.sizeBytes);
    } catch (error) {
      ftruncateSync(fd, this.sizeBytes);
      throw new DiskRefusedError(this.path, error);
    }
    this.observe(batch, this.sizeBytes);
    this.sizeBytes += bytes.length;
  }

  /** Position of the batch that contains the offset, or of the first one after it. */
  positionOf(offset: number): number {
    if (offset === this.resume.offset) return this.resume.position;
    const position = this.index.offsets.positionBefore(offset - this.baseOffset);
    const chunk = this.read(position, INDEX_INTERVAL_BYTES + BATCH_HEADER_BYTES);
    let at = 0;
    while (at + BATCH_HEADER_BYTES <= chunk.length) {
      const batch = new RecordBatchView(chunk, at);
      if (batch.lastOffset >= offset) break;
      at += batch.sizeBytes;
    }
    return position + at;
  }

  /** A reader got everything up to this offset, and its next batch begins at the position. */
  resumeAt(offset: number, position: number): void {
    this.resume = { offset, position };
  }

  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - position));
    return this.readInto(this.resources.buffers.take(wanted), position);
  }

  /** First batch whose highest timestamp reaches the target, with its bytes. */
  batchAtTimestamp(timestampMs: number): RecordBatchView | undefined {
    let position = this.index.offsets.positionForTimestamp(timestampMs);
    while (position < this.sizeBytes) {
      const batch = new RecordBatchView(this.read(position, BATCH_HEADER_BYTES));
      if (batch.maxTimestamp >= timestampMs && !batch.isControl && batch.recordsCount > 0) {
        return new RecordBatchView(this.read(position, batch.sizeBytes));
      }
      position += batch.sizeBytes;
    }
    return undefined;
  }

  /** Reads every sound batch from the start and rebuilds the index; returns how many bytes at the end are not sound. */
  scan(visit: (batch: RecordBatchView) => void): number {
    this.growing = { offsets: new OffsetIndex(), aborted: [] };
    this.hasAborted = false;
    this.maxTimestamp = -1;
    this.firstTimestamp = -1;
    this.nextOffset = this.baseOffset;
    let position = 0;
    for (const batch of this.soundBatches()) {
      if (batch.baseOffset < this.nextOffset) break;
      this.observe(batch, position);
      visit(batch);
      position += batch.sizeBytes;
    }
    return this.sizeBytes - position;
  }

  /** The batches from the start to the first defect, each valid until the next is asked for. */
  *soundBatches(from = 0): Generator<RecordBatchView, void, undefined> {
    let position = from;
    // One buffer for the whole reading: a hundred of them would stay resident until somebody collects them.
    let buffer = Buffer.allocUnsafeSlow(Math.min(SCAN_CHUNK_BYTES, Math.max(0, this.sizeBytes - from)));
    let chunk = this.readInto(buffer, from);
    let chunkStart = from;
    while (position < this.sizeBytes) {
      let at = position - chunkStart;
      const size = chunk.length - at >= BATCH_HEADER_BYTES ? new RecordBatchView(chunk, at).sizeBytes : 0;
      const inChunk = size >= BATCH_HEADER_BYTES && at + size <= chunk.length;
      if (!inChunk && chunkStart + chunk.length < this.sizeBytes) {
        chunkStart = position;
        const head = new RecordBatchView(this.read(position, BATCH_HEADER_BYTES));
        const wanted = head.buffer.length === BATCH_HEADER_BYTES ? head.sizeBytes : 0;
        const needed = Math.min(wanted, this.sizeBytes - position);
        if (needed > buffer.length) buffer = Buffer.allocUnsafeSlow(needed);
        chunk = this.readInto(buffer, position);
        at = 0;
      }
      if (findBatchDefect(chunk, at, chunk.length) !== undefined) return;
      const batch = new RecordBatchView(chunk, at);
      yield batch;
      position += batch.sizeBytes;
    }
  }

  /** Cuts bytes off the end: a batch that a crash left incomplete was never acknowledged. */
  cut(bytes: number): void {
    if (bytes === 0) return;
    this.sizeBytes -= bytes;
    ftruncateSync(this.resources.handles.use(this.path), this.sizeBytes);
  }

  /** Writes the index files of a segment that will not grow any more; it may go on growing when what follows fails. */
  seal(sync: boolean, suffix = ''): void {
    if (this.growing === undefined) return;
    const { offsets, aborted } = this.growing;
    if (sync) fdatasyncSync(this.resources.handles.use(this.path));
    const { index, timeIndex } = offsets.encode(this.maxTimestamp, this.nextOffset - 1 - this.baseOffset);
    replaceFile(this.file(`txnindex${suffix}`), encodeAborted(aborted));
    replaceFile(this.file(`timeindex${suffix}`), timeIndex);
    replaceFile(this.file(`index${suffix}`), index);
  }

  /** Another segment grows now: the index is read from its files when somebody asks. */
  release(): void {
    this.growing = undefined;
  }

  /** Makes a sealed segment known by the ends of its index files; false when they are missing and it must be scanned. */
  load(): boolean {
    if (!INDEX_EXTENSIONS.every((extension) => existsSync(this.file(extension)))) return false;
    const last = readLastTimeEntry(this.file('timeindex'));
    const isEmpty = this.sizeBytes < BATCH_HEADER_BYTES;
    if (last === undefined || (statSync(this.file('index')).size === 0) !== isEmpty) return false;
    this.maxTimestamp = last.timestampMs;
    this.nextOffset = this.baseOffset + last.relativeOffset + 1;
    if (!isEmpty) this.firstTimestamp = new RecordBatchView(this.read(0, BATCH_HEADER_BYTES)).maxTimestamp;
    this.hasAborted = statSync(this.file('txnindex')).size > 0;
    this.growing = undefined;
    return true;
  }

  /**
   * Goes on growing from index files that were written at a clean stop; false when they do not fit the file, which is
   * then scanned. Reads the part behind the last index entry only.
   */
  resumeGrowing(): boolean {
    if (!this.load()) return false;
    const index = this.readIndex();
    let position = index.offsets.lastIndexedPosition;
    let nextOffset = -1;
    for (const batch of this.soundBatches(position)) {
      position += batch.sizeBytes;
      nextOffset = batch.lastOffset + 1;
    }
    if (position !== this.sizeBytes || nextOffset !== this.nextOffset) return false;
    this.growing = index;
    return true;
  }

  close(): void {
    this.resources.handles.forget(this.path);
    this.resources.indexes.forget(this);
  }

  /** Closes and deletes the files. */
  remove(): void {
    this.close();
    for (const extension of [...INDEX_EXTENSIONS, 'snapshot', 'log']) {
      if (existsSync(this.file(extension))) unlinkSync(this.file(extension));
    }
  }

  private readInto(buffer: Buffer, position: number): Buffer {
    const wanted = Math.max(0, Math.min(buffer.length, this.sizeBytes - position));
    const fd = this.resources.handles.use(this.path);
    let filled = 0;
    while (filled < wanted) {
      const count = readSync(fd, buffer, filled, wanted - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  private get index(): SegmentIndex {
    return this.growing ?? this.resources.indexes.get(this, () => this.readIndex());
  }

  private readIndex(): SegmentIndex {
    const offsets = OffsetIndex.decode(readFileSync(this.file('index')), readFileSync(this.file('timeindex')));
    const aborted = decodeAborted(readFileSync(this.file('txnindex')));
    if (aborted === undefined) throw new Error(`${this.file('txnindex')} is damaged`);
    return { offsets: offsets ?? this.rebuildOffsets(), aborted };
  }

  private rebuildOffsets(): OffsetIndex {
    const offsets = new OffsetIndex();
    let position = 0;
    let maxTimestamp = -1;
    for (const batch of this.soundBatches()) {
      offsets.observe(batch.baseOffset - this.baseOffset, position, maxTimestamp);
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
      position += batch.sizeBytes;
    }
    return offsets;
  }

  private file(extension: string): string {
    return segmentFile(this.directory, this.baseOffset, extension);
  }

  private observe(batch: RecordBatchView, position: number): void {
    this.growing?.offsets.observe(batch.baseOffset - this.baseOffset, position, this.maxTimestamp);
    this.maxTimestamp = Math.max(this.maxTimestamp, batch.maxTimestamp);
    if (this.firstTimestamp < 0) this.firstTimestamp = batch.maxTimestamp;
    this.nextOffset = batch.lastOffset + 1;
  }
}
