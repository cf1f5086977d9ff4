const ROOM_MIN = 1024;

/**
 * Objects put together from a whole row and the members of it that were different: the second object's members behind the first's, where of two with one name the
 * last counts. Their bytes stay until `clear`.
 */
export class MergedRows {
  #bytes = new Uint8Array(ROOM_MIN);
  #used = 0;
  /** Of the row merged last. */
  start = 0;
  end = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  clear(): void {
    this.#used = 0;
  }

  /** Both are checked objects, `start` at the brace that opens. */
  merge(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): void {
    const from = this.#reserve(end - start + otherEnd - otherStart);
    let at = this.#copy(bytes, start, end - 1, from);
    const isEither = isEmpty(bytes, start, end) || isEmpty(bytes, otherStart, otherEnd);
    if (!isEither) this.#bytes[at++] = 44;
    at = this.#copy(bytes, otherStart + 1, otherEnd, at);
    this.start = from;
    this.end = at;
    this.#used = at;
  }

  #copy(bytes: Uint8Array, start: number, end: number, at: number): number {
    this.#bytes.set(bytes.subarray(start, end), at);
    return at + end - start;
  }

  /** A larger buffer leaves the one before to the rows that are in it. */
  #reserve(length: number): number {
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(ROOM_MIN, 2 * length, 2 * this.#bytes.length));
      this.#used = 0;
    }
    return this.#used;
  }
}

function isEmpty(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return false;
  }
  return true;
}
