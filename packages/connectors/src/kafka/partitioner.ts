import type { KafkaSinkTable } from './table.ts';

/** Chooses partitions inside the writer, so that a retry can never move a record (kafkajs' own partitioner would). */
export class Partitioner {
  readonly #kind: KafkaSinkTable['partitioner'];
  readonly #partitions: readonly number[];
  readonly #subtask: number;
  #next: number;

  constructor(kind: KafkaSinkTable['partitioner'], partitions: readonly number[], subtask: number) {
    this.#kind = kind;
    this.#partitions = partitions;
    this.#subtask = subtask;
    this.#next = subtask;
  }

  /** Before each batch: rows without a key go to one partition per batch, in turn, so that batches stay large. */
  startBatch(): void {
    this.#next = (this.#next + 1) % this.#partitions.length;
  }

  /** The partition of a row whose key is `bytes[start, end)`; start -1 is no key. */
  partitionOf(bytes: Uint8Array, start: number, end: number): number {
    const count = this.#partitions.length;
    if (this.#kind === 'fixed') return this.#partitions[this.#subtask % count] ?? 0;
    if (this.#kind === 'round-robin' || start < 0) return this.#partitions[this.#next] ?? 0;
    return this.#partitions[(murmur2(bytes, start, end) & 0x7fffffff) % count] ?? 0;
  }
}

/** Kafka's `Utils.murmur2`: the same key goes where the Java client would put it. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let h = 0x9747b28c ^ length;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let k =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, 0x5bd1e995);
    k ^= k >>> 24;
    h = Math.imul(h, 0x5bd1e995) ^ Math.imul(k, 0x5bd1e995);
  }
  const rest = end - at;
  if (rest > 0) {
    if (rest === 3) h ^= (bytes[at + 2] ?? 0) << 16;
    if (rest >= 2) h ^= (bytes[at + 1] ?? 0) << 8;
    h ^= bytes[at] ?? 0;
    h = Math.imul(h, 0x5bd1e995);
  }
  h ^= h >>> 13;
  h = Math.imul(h, 0x5bd1e995);
  return h ^ (h >>> 15);
}
