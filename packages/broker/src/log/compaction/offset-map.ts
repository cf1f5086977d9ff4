import { hash } from 'node:crypto';

const HASH_WORDS = 4;
const FILL_MAX = 0.8;
const SLOTS_MIN = 1024;

/** Slots of the largest map: 24 bytes each, so 12 MiB and about 420 000 distinct keys in one pass. */
const SLOTS_MAX = 512 * 1024;

/**
 * The latest offset of every key of the dirty part of a log, in fixed memory: keys are known by 128 bits of their SHA-1
 * (Kafka takes MD5), open addressing with linear probing. When it is full, the pass cleans what it has seen so far and
 * the next pass goes on.
 */
export class OffsetMap {
  private readonly slots: number;
  private readonly hashes: Uint32Array;
  /** Offset + 1; 0 is an empty slot. */
  private readonly offsets: Float64Array;
  private used = 0;
  /** Everything up to here was put in. */
  latestOffset = -1;

  /** @param records how many records there may be, which bounds the number of keys */
  constructor(records: number, slotsMax = SLOTS_MAX) {
    let slots = SLOTS_MIN;
    while (slots * FILL_MAX < records && slots < slotsMax) slots *= 2;
    this.slots = slots;
    this.hashes = new Uint32Array(slots * HASH_WORDS);
    this.offsets = new Float64Array(slots);
  }

  /** Whether no further key fits for certain. */
  get isFull(): boolean {
    return this.used >= this.slots * FILL_MAX;
  }

  put(key: Uint8Array, offset: number): void {
    const slot = this.slotOf(key);
    if (this.offsets[slot] === 0) this.used++;
    this.offsets[slot] = offset + 1;
  }

  /** Latest offset of a key, -1 when it is not in the dirty part. */
  get(key: Uint8Array): number {
    return (this.offsets[this.slotOf(key)] ?? 0) - 1;
  }

  /** The slot of the key; when it is a new one, an empty slot that carries its hash. */
  private slotOf(key: Uint8Array): number {
    const digest = hash('sha1', key, 'buffer');
    const words = [0, 4, 8, 12].map((at) => digest.readUInt32BE(at));
    for (let slot = (words[0] ?? 0) % this.slots; ; slot = (slot + 1) % this.slots) {
      const at = slot * HASH_WORDS;
      if (this.offsets[slot] === 0) {
        this.hashes.set(words, at);
        return slot;
      }
      if (words.every((word, i) => this.hashes[at + i] === word)) return slot;
    }
  }
}
