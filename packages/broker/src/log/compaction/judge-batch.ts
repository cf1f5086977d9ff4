import type { RecordBatchView } from '@millrace/kafka-protocol';
import { deleteHorizonMs, type StoredRecord } from './stored-records.ts';

/** What becomes of a batch. */
export type BatchVerdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  /** With these records only; with a horizon when tombstones or a marker may go after it. */
  | { readonly kind: 'rewrite'; readonly records: readonly StoredRecord[]; readonly horizonMs: number | undefined };

/** What is known about a batch beside its bytes. */
export interface BatchFacts {
  /** Data of an aborted transaction, or a marker of a transaction of which nothing is left. */
  readonly isObsolete: boolean;
  /** The latest batch of a producer that is still remembered: its sequence must survive a rebuild from the log. */
  readonly isLastOfProducer: boolean;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  /** Latest offset of a key in the dirty part, -1 when it has none there. */
  readonly latestOffsetOf: (key: Buffer) => number;
  /** The dirty part was read up to here; later records are not judged yet. */
  readonly readTo: number;
}

/**
 * Kafka's Cleaner.checkBatchRetention and shouldRetainRecord for record batch v2: the latest record of every key stays;
 * a tombstone stays until `delete.retention.ms` after the pass that first met it as the latest; records of aborted
 * transactions go; a marker goes that long after the last record of its transaction went.
 *
 * @param records undefined when the batch cannot be opened here; such a batch is kept, which is never wrong, only larger
 */
export function judgeBatch(
  batch: RecordBatchView,
  records: readonly StoredRecord[] | undefined,
  facts: BatchFacts,
): BatchVerdict {
  const horizonMs = deleteHorizonMs(batch);
  const expired = horizonMs !== undefined && horizonMs <= facts.nowMs;
  const newHorizonMs = horizonMs === undefined ? facts.nowMs + facts.deleteRetentionMs : undefined;
  if (batch.isControl) {
    if (!facts.isObsolete) return KEEP;
    if (expired) return remains(batch, [], facts, undefined);
    return newHorizonMs === undefined || records === undefined
      ? KEEP
      : { kind: 'rewrite', records, horizonMs: newHorizonMs };
  }
  if (facts.isObsolete) return remains(batch, [], facts, undefined);
  if (records === undefined) return KEEP;
  const kept = records.filter((record) => retains(record, expired, facts));
  const setsHorizon =
    newHorizonMs !== undefined && kept.some(({ offset, isTombstone }) => isTombstone && offset <= facts.readTo);
  if (kept.length === batch.recordsCount && !setsHorizon && (kept.length > 0 || facts.isLastOfProducer)) return KEEP;
  return remains(batch, kept, facts, setsHorizon ? newHorizonMs : undefined);
}

const KEEP: BatchVerdict = { kind: 'keep' };

function remains(
  batch: RecordBatchView,
  records: readonly StoredRecord[],
  facts: BatchFacts,
  horizonMs: number | undefined,
): BatchVerdict {
  if (records.length > 0) return { kind: 'rewrite', records, horizonMs };
  if (!facts.isLastOfProducer) return { kind: 'drop' };
  return batch.recordsCount === 0 ? KEEP : { kind: 'rewrite', records, horizonMs: undefined };
}

function retains(record: StoredRecord, expired: boolean, facts: BatchFacts): boolean {
  if (record.offset > facts.readTo) return true;
  // Without a key it belongs to the time before the topic was compacted, and nothing can replace it.
  if (record.key === null) return false;
  return record.offset >= facts.latestOffsetOf(record.key) && !(record.isTombstone && expired);
}
