const ENTRY_BYTES = 34;

/** A transaction that was aborted in this partition: its first record and its marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Last stable offset once this one had ended: no entry further on concerns records below it. */
  readonly stableOffset: number;
}

/** Kafka's .txnindex entry: int16 version = 0 · int64 producerId · int64 firstOffset · int64 lastOffset · int64 stableOffset. */
export function encodeAborted(aborted: readonly AbortedTransaction[]): Buffer {
  const bytes = Buffer.alloc(aborted.length * ENTRY_BYTES);
  for (const [i, entry] of aborted.entries()) {
    const at = i * ENTRY_BYTES;
    bytes.writeBigInt64BE(BigInt(entry.producerId), at + 2);
    bytes.writeBigInt64BE(BigInt(entry.firstOffset), at + 10);
    bytes.writeBigInt64BE(BigInt(entry.lastOffset), at + 18);
    bytes.writeBigInt64BE(BigInt(entry.stableOffset), at + 26);
  }
  return bytes;
}

/** The reverse of {@link encodeAborted}; undefined when the bytes are not whole entries. */
export function decodeAborted(bytes: Buffer): AbortedTransaction[] | undefined {
  if (bytes.length % ENTRY_BYTES !== 0) return undefined;
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    return {
      producerId: Number(bytes.readBigInt64BE(at + 2)),
      firstOffset: Number(bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(bytes.readBigInt64BE(at + 18)),
      stableOffset: Number(bytes.readBigInt64BE(at + 26)),
    };
  });
}
