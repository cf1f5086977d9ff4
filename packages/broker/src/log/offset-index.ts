import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** One index entry per this many bytes of log: 20 bytes in memory for 16 KiB on disk. */
export const INDEX_INTERVAL_BYTES = 16 * 1024;

const TIME_ENTRY_BYTES = 12;

/** The last entry of a .timeindex file: the highest timestamp and the last offset of its segment. */
export function readLastTimeEntry(
  path: string,
): { readonly timestampMs: number; readonly relativeOffset: number } | undefined {
  const fd = openSync(path, 'r');
  try {
    const entry = Buffer.alloc(TIME_ENTRY_BYTES);
    const at = fstatSync(fd).size - TIME_ENTRY_BYTES;
    if (at < 0 || readSync(fd, entry, 0, TIME_ENTRY_BYTES, at) < TIME_ENTRY_BYTES) return undefined;
    return { timestampMs: Number(entry.readBigInt64BE(0)), relativeOffset: entry.readUInt32BE(8) };
  } finally {
    closeSync(fd);
  }
}

/**
 * The sparse index of one segment: for some batches their base offset, their position, and the highest timestamp of
 * everything before them. Offsets, positions and those timestamps all rise, so each lookup is a binary search.
 *
 * On disk as two files with Kafka's entry layout, written when the segment is closed and rebuilt by a scan otherwise:
 *
 *     .index      int32 offset - baseOffset · int32 position
 *     .timeindex  int64 timestamp · int32 offset - baseOffset        (the last one is the segment's maximum)
 */
export class OffsetIndex {
  private count = 0;
  private offsets = new Uint32Array(16);
  private positions = new Uint32Array(16);
  private timestamps = new Float64Array(16);
  private lastPosition = -INDEX_INTERVAL_BYTES;

  /** Called for every batch in order; remembers those that are far enough from the previous entry. */
  observe(relativeOffset: number, position: number, maxTimestampBefore: number): void {
    if (position - this.lastPosition < INDEX_INTERVAL_BYTES) return;
    this.add(relativeOffset, position, maxTimestampBefore);
  }

  /** Where the batch of the last entry begins. */
  get lastIndexedPosition(): number {
    return Math.max(0, this.lastPosition);
  }

  /** Position of an indexed batch at or before the offset. */
  positionBefore(relativeOffset: number): number {
    return this.positions[this.lastWhere((i) => (this.offsets[i] ?? 0) <= relativeOffset)] ?? 0;
  }

  /** Position from which a scan finds the first batch that reaches the timestamp. */
  positionForTimestamp(timestampMs: number): number {
    return this.positions[this.lastWhere((i) => (this.timestamps[i] ?? 0) < timestampMs)] ?? 0;
  }

  encode(maxTimestamp: number, lastRelativeOffset: number): { readonly index: Buffer; readonly timeIndex: Buffer } {
    const index = Buffer.alloc(this.count * 8);
    const timeIndex = Buffer.alloc((this.count + 1) * TIME_ENTRY_BYTES);
    for (let i = 0; i < this.count; i++) {
      index.writeUInt32BE(this.offsets[i] ?? 0, i * 8);
      index.writeUInt32BE(this.positions[i] ?? 0, i * 8 + 4);
      timeIndex.writeBigInt64BE(BigInt(this.timestamps[i] ?? 0), i * TIME_ENTRY_BYTES);
      timeIndex.writeUInt32BE(this.offsets[i] ?? 0, i * TIME_ENTRY_BYTES + 8);
    }
    timeIndex.writeBigInt64BE(BigInt(maxTimestamp), this.count * TIME_ENTRY_BYTES);
    timeIndex.writeUInt32BE(lastRelativeOffset, this.count * TIME_ENTRY_BYTES + 8);
    return { index, timeIndex };
  }

  /** Undefined when the files do not belong together. */
  static decode(index: Buffer, timeIndex: Buffer): OffsetIndex | undefined {
    const count = index.length / 8;
    if (!Number.isInteger(count) || timeIndex.length !== (count + 1) * TIME_ENTRY_BYTES) return undefined;
    const entries = new OffsetIndex();
    for (let i = 0; i < count; i++) {
      const at = i * TIME_ENTRY_BYTES;
      const offset = index.readUInt32BE(i * 8);
      if (timeIndex.readUInt32BE(at + 8) !== offset) return undefined;
      entries.add(offset, index.readUInt32BE(i * 8 + 4), Number(timeIndex.readBigInt64BE(at)));
    }
    return entries;
  }

  private add(relativeOffset: number, position: number, maxTimestampBefore: number): void {
    if (this.count === this.offsets.length) this.grow();
    this.offsets[this.count] = relativeOffset;
    this.positions[this.count] = position;
    this.timestamps[this.count] = maxTimestampBefore;
    this.lastPosition = position;
    this.count++;
  }

  private grow(): void {
    const { offsets, positions, timestamps } = this;
    const size = this.count * 2;
    this.offsets = new Uint32Array(size);
    this.positions = new Uint32Array(size);
    this.timestamps = new Float64Array(size);
    this.offsets.set(offsets);
    this.positions.set(positions);
    this.timestamps.set(timestamps);
  }

  /** Last entry for which a rising condition holds; -1 when there is none. */
  private lastWhere(holds: (entry: number) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
