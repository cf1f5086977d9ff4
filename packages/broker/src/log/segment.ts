import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { BATCH_HEADER_BYTES, findBatchDefect, RecordBatchView } from '@millrace/kafka-protocol';
import { replaceFile, writeFully } from '../files/durable-file.ts';
import { INDEX_INTERVAL_BYTES, OffsetIndex } from './offset-index.ts';

const SCAN_CHUNK_BYTES = 1024 * 1024;
const ABORTED_ENTRY_BYTES = 34;

/** A transaction that was aborted in this partition: its first record and its marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
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
  readonly aborted: AbortedTransaction[] = [];
  private readonly directory: string;
  private readonly fd: number;
  private index = new OffsetIndex();
  /** Bytes in the file. */
  sizeBytes = 0;
  /** Highest record timestamp, -1 when empty. */
  maxTimestamp = -1;
  /** Offset after the last record. */
  nextOffset: number;

  constructor(directory: string, baseOffset: number) {
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    const path = segmentFile(directory, baseOffset, 'log');
    this.fd = openSync(path, existsSync(path) ? 'r+' : 'w+');
    this.sizeBytes = fstatSync(this.fd).size;
  }

  get descriptor(): number {
    return this.fd;
  }

  /** Appends one placed batch. When the disk refuses, the file is as before. */
  append(bytes: Buffer, batch: RecordBatchView): void {
    try {
      writeFully(this.fd, bytes, this.sizeBytes);
    } catch (error) {
      ftruncateSync(this.fd, this.sizeBytes);
      throw error;
    }
    this.observe(batch, this.sizeBytes);
    this.sizeBytes += bytes.length;
  }

  /** Position of the batch that contains the offset, or of the first one after it. */
  positionOf(offset: number): number {
    let position = this.index.positionBefore(offset - this.baseOffset);
    const chunk = this.read(position, INDEX_INTERVAL_BYTES + BATCH_HEADER_BYTES);
    let at = 0;
    while (at + BATCH_HEADER_BYTES <= chunk.length) {
      const batch = new RecordBatchView(chunk, at);
      if (batch.lastOffset >= offset) break;
      at += batch.sizeBytes;
    }
    position += at;
    return position;
  }

  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - position));
    const buffer = Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    while (filled < wanted) {
      const count = readSync(this.fd, buffer, filled, wanted - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled === wanted ? buffer : buffer.subarray(0, filled);
  }

  /** First batch whose highest timestamp reaches the target, with its bytes. */
  batchAtTimestamp(timestampMs: number): RecordBatchView | undefined {
    let position = this.index.positionForTimestamp(timestampMs);
    while (position < this.sizeBytes) {
      const batch = new RecordBatchView(this.read(position, BATCH_HEADER_BYTES));
      if (batch.maxTimestamp >= timestampMs && !batch.isControl) {
        return new RecordBatchView(this.read(position, batch.sizeBytes));
      }
      position += batch.sizeBytes;
    }
    return undefined;
  }

  /**
   * Reads every batch from the start, rebuilds the index and cuts the file at the first defect: a batch that a crash left
   * incomplete was never acknowledged.
   */
  recover(visit: (batch: RecordBatchView) => void): {
    readonly truncatedBytes: number;
  } {
    this.index = new OffsetIndex();
    this.maxTimestamp = -1;
    this.nextOffset = this.baseOffset;
    const fileBytes = this.sizeBytes;
    let position = 0;
    let chunk = this.read(0, SCAN_CHUNK_BYTES);
    let chunkStart = 0;
    while (position < fileBytes) {
      let at = position - chunkStart;
      const size = chunk.length - at >= BATCH_HEADER_BYTES ? new RecordBatchView(chunk, at).sizeBytes : 0;
      const inChunk = size >= BATCH_HEADER_BYTES && at + size <= chunk.length;
      if (!inChunk && chunkStart + chunk.length < fileBytes) {
        chunkStart = position;
        const head = new RecordBatchView(this.read(position, BATCH_HEADER_BYTES));
        const wanted = head.buffer.length === BATCH_HEADER_BYTES ? head.sizeBytes : 0;
        chunk = this.read(position, Math.max(SCAN_CHUNK_BYTES, Math.min(wanted, fileBytes - position)));
        at = 0;
      }
      if (findBatchDefect(chunk, at, chunk.length) !== undefined) break;
      const batch = new RecordBatchView(chunk, at);
      if (batch.baseOffset < this.nextOffset) break;
      this.observe(batch, position);
      visit(batch);
      position += batch.sizeBytes;
    }
    if (position < fileBytes) {
      ftruncateSync(this.fd, position);
      this.sizeBytes = position;
    }
    return { truncatedBytes: fileBytes - position };
  }

  /** Writes the index files of a segment that will not grow any more. */
  seal(sync: boolean): void {
    if (sync) fdatasyncSync(this.fd);
    const { index, timeIndex } = this.index.encode(this.maxTimestamp, this.nextOffset - 1 - this.baseOffset);
    replaceFile(segmentFile(this.directory, this.baseOffset, 'txnindex'), encodeAborted(this.aborted));
    replaceFile(segmentFile(this.directory, this.baseOffset, 'timeindex'), timeIndex);
    replaceFile(segmentFile(this.directory, this.baseOffset, 'index'), index);
  }

  /** Loads the index files; false when they are missing or damaged and the segment must be recovered instead. */
  load(): boolean {
    const files = (['index', 'timeindex', 'txnindex'] as const).map((e) =>
      segmentFile(this.directory, this.baseOffset, e),
    );
    if (!files.every(existsSync)) return false;
    const [index, timeIndex, aborted] = files.map((file) => readFileSync(file));
    if (index === undefined || timeIndex === undefined || aborted === undefined) return false;
    const decoded = OffsetIndex.decode(index, timeIndex);
    if (decoded === undefined || aborted.length % ABORTED_ENTRY_BYTES !== 0) return false;
    this.index = decoded.entries;
    this.maxTimestamp = decoded.maxTimestamp;
    this.nextOffset = this.baseOffset + decoded.lastRelativeOffset + 1;
    this.aborted.push(...decodeAborted(aborted));
    return true;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Deletes the files; the caller has closed the segment. */
  remove(): void {
    for (const extension of ['index', 'timeindex', 'txnindex', 'snapshot', 'log']) {
      const path = segmentFile(this.directory, this.baseOffset, extension);
      if (existsSync(path)) unlinkSync(path);
    }
  }

  private observe(batch: RecordBatchView, position: number): void {
    this.index.observe(batch.baseOffset - this.baseOffset, position, this.maxTimestamp);
    this.maxTimestamp = Math.max(this.maxTimestamp, batch.maxTimestamp);
    this.nextOffset = batch.lastOffset + 1;
  }
}

/** Kafka's .txnindex entry: int16 version = 0 · int64 producerId · int64 firstOffset · int64 lastOffset · int64 LSO. */
function encodeAborted(aborted: readonly AbortedTransaction[]): Buffer {
  const bytes = Buffer.alloc(aborted.length * ABORTED_ENTRY_BYTES);
  for (const [i, entry] of aborted.entries()) {
    const at = i * ABORTED_ENTRY_BYTES;
    bytes.writeBigInt64BE(BigInt(entry.producerId), at + 2);
    bytes.writeBigInt64BE(BigInt(entry.firstOffset), at + 10);
    bytes.writeBigInt64BE(BigInt(entry.lastOffset), at + 18);
    bytes.writeBigInt64BE(BigInt(entry.lastOffset + 1), at + 26);
  }
  return bytes;
}

function decodeAborted(bytes: Buffer): AbortedTransaction[] {
  return Array.from({ length: bytes.length / ABORTED_ENTRY_BYTES }, (_, i) => {
    const at = i * ABORTED_ENTRY_BYTES;
    return {
      producerId: Number(bytes.readBigInt64BE(at + 2)),
      firstOffset: Number(bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(bytes.readBigInt64BE(at + 18)),
    };
  });
}
