import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How many bytes of dead chunks may pile up. */
const PILE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Every chunk that Node reads from a socket is a buffer of its own, dead as soon as its bytes were copied into a request.
 * V8 sees a few words of heap and lets 64 MB of them pile up; here the young generation, which is nearly empty in a
 * broker, is collected after every 8 MB. That takes less than a millisecond and keeps the resident set flat.
 */
export class SocketGarbage {
  private readonly collect: () => void;
  private pileBytes = 0;

  constructor(collect: () => void = youngCollection()) {
    this.collect = collect;
  }

  /** So many bytes came in from a socket. */
  add(bytes: number): void {
    this.pileBytes += bytes;
    if (this.pileBytes < PILE_BYTES_MAX) return;
    this.pileBytes = 0;
    this.collect();
  }
}

/** V8's own collector, of the young generation only; it is found in any context that is made after the flag was set. */
function youngCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : undefined');
  return typeof collect === 'function' ? () => void collect({ type: 'minor' }) : () => {};
}
