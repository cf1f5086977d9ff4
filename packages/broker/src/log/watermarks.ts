/** A transaction whose marker is written but not yet durable. */
interface EndingTransaction {
  readonly firstOffset: number;
  readonly markerOffset: number;
}

/**
 * How far readers may see: the high watermark follows the disk, and transactions that are decided but whose marker is
 * not durable still hold the stable offset back. Whoever waits for more is told when it becomes visible.
 */
export class Watermarks {
  private durable: number;
  private appendedBytes = 0;
  private durableBytes = 0;
  private ending: EndingTransaction[] = [];
  private readonly watchers = new Set<(visibleBytes: number) => void>();

  constructor(highWatermark: number) {
    this.durable = highWatermark;
  }

  get highWatermark(): number {
    return this.durable;
  }

  /** @param earliestOpen first offset of the earliest transaction without a marker */
  lastStableOffset(earliestOpen: number | undefined): number {
    let stable = Math.min(this.durable, earliestOpen ?? this.durable);
    for (const { firstOffset } of this.ending) stable = Math.min(stable, firstOffset);
    return stable;
  }

  appended(bytes: number): void {
    this.appendedBytes += bytes;
  }

  /** How many bytes were written in all: what to hand to {@link advance} once they are on the disk. */
  get written(): number {
    return this.appendedBytes;
  }

  ended(firstOffset: number, markerOffset: number): void {
    this.ending.push({ firstOffset, markerOffset });
  }

  /** Everything below `offset` (and the first `written` bytes) is on the disk. */
  advance(offset: number, written: number): void {
    if (offset <= this.durable) return;
    this.durable = offset;
    if (this.ending.length > 0) this.ending = this.ending.filter((e) => e.markerOffset >= offset);
    const visible = written - this.durableBytes;
    this.durableBytes = written;
    for (const listener of this.watchers) listener(visible);
  }

  /** Calls back whenever more becomes visible, with a lower bound of how many bytes; returns the cancellation. */
  watch(listener: (visibleBytes: number) => void): () => void {
    this.watchers.add(listener);
    return () => this.watchers.delete(listener);
  }

  close(): void {
    this.watchers.clear();
  }
}
