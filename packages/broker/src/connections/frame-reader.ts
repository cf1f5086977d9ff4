import { ProtocolError } from '@millrace/kafka-protocol';

const SIZE_BYTES = 4;

/** Cuts a byte stream into `int32 size · size bytes` frames, whatever pieces the network delivers. */
export class FrameReader {
  /** The largest frame that is accepted from now on; one that is being collected is not affected. */
  bytesMax: number;
  private head: Buffer = Buffer.alloc(0);
  /** The frame being collected when it spans chunks; allocated once, at its full size. */
  private partial: Buffer | undefined;
  private filled = 0;
  private readonly allocate: (bytes: number) => Buffer;

  constructor(bytesMax: number, allocate: (bytes: number) => Buffer = Buffer.allocUnsafeSlow) {
    this.bytesMax = bytesMax;
    this.allocate = allocate;
  }

  /** Hands over every complete frame, without its size. A frame that came in one chunk is a view of it. */
  push(chunk: Buffer, accept: (frame: Buffer) => void): void {
    let at = 0;
    if (this.head.length > 0) {
      chunk = Buffer.concat([this.head, chunk]);
      this.head = chunk.subarray(0, 0);
    }
    while (at < chunk.length) {
      if (this.partial !== undefined) {
        const count = Math.min(this.partial.length - this.filled, chunk.length - at);
        chunk.copy(this.partial, this.filled, at, at + count);
        this.filled += count;
        at += count;
        if (this.filled < this.partial.length) return;
        const frame = this.partial;
        this.partial = undefined;
        accept(frame);
        continue;
      }
      if (chunk.length - at < SIZE_BYTES) {
        this.head = Buffer.from(chunk.subarray(at));
        return;
      }
      const size = chunk.readInt32BE(at);
      if (size < 0 || size > this.bytesMax) throw new ProtocolError(`a request of ${size} bytes is not accepted`);
      at += SIZE_BYTES;
      if (chunk.length - at >= size) {
        accept(chunk.subarray(at, at + size));
        at += size;
      } else {
        this.partial = this.allocate(size);
        this.filled = 0;
      }
    }
  }
}
