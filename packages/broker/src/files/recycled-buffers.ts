const BYTES_MIN = 64 * 1024;
const BYTES_MAX = 2 * 1024 * 1024;
/** Free memory that is kept for the next who asks, in all sizes together. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Memory for large requests and answers, used again instead of being left to the garbage collector, which lets some
 * hundred megabytes of it pile up before it looks, and asks the operating system for fresh pages every time.
 *
 * Whoever takes a buffer may keep it, and then it is garbage like any other. Whoever gives it back must be the only one
 * who still knows it, and must not look at it again.
 */
export class RecycledBuffers {
  /** Free buffers by size, a power of two. */
  private readonly kept = new Map<number, Buffer[]>();
  private readonly lent = new WeakSet<ArrayBufferLike>();
  private keptBytes = 0;

  /** A buffer of this length with anything in it. */
  take(length: number): Buffer {
    if (length < BYTES_MIN || length > BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const size = 2 ** Math.ceil(Math.log2(length));
    const free = this.kept.get(size)?.pop();
    if (free !== undefined) this.keptBytes -= size;
    const whole = free ?? Buffer.allocUnsafeSlow(size);
    this.lent.add(whole.buffer);
    return whole.subarray(0, length);
  }

  /** Takes back what was taken, or any part of it; other buffers, and a second time, are ignored. */
  give({ buffer }: Buffer): void {
    if (!this.lent.delete(buffer) || this.keptBytes + buffer.byteLength > KEPT_BYTES_MAX) return;
    this.keptBytes += buffer.byteLength;
    const sameSize = this.kept.get(buffer.byteLength);
    if (sameSize === undefined) this.kept.set(buffer.byteLength, [Buffer.from(buffer)]);
    else sameSize.push(Buffer.from(buffer));
  }
}
