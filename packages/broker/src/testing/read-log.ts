import { batchesOf, type RecordBatchView, RecordColumns, readControlType, readRecords } from '@millrace/kafka-protocol';
import type { RawClient } from './raw-client.ts';

/** A record as a consumer would see it. */
export interface SeenRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

/** Everything in a partition, filtered as Kafka clients filter aborted transactions. For tests. */
export async function readLog(
  client: RawClient,
  topic: string,
  options: { readonly committed?: boolean; readonly partition?: number } = {},
): Promise<SeenRecord[]> {
  const seen: SeenRecord[] = [];
  let offset = 0;
  for (;;) {
    const { error, records, aborted } = await client.fetch(topic, offset, { ...options, maxBytes: 64 * 1024 });
    if (error !== 'NONE') throw new Error(`fetch answered ${error}`);
    const pending = [...(aborted ?? [])];
    const open = new Set<number>();
    let progressed = false;
    for (const batch of batchesOf(records)) {
      if (batch.lastOffset < offset) continue;
      while (pending[0] !== undefined && pending[0].firstOffset <= batch.lastOffset)
        open.add(pending.shift()?.producerId ?? -1);
      if (batch.isControl) {
        if (readControlType(batch) === 'abort') open.delete(batch.producerId);
      } else if (!(batch.isTransactional && open.has(batch.producerId))) seen.push(...recordsOf(batch));
      offset = batch.lastOffset + 1;
      progressed = true;
    }
    if (!progressed) return seen;
  }
}

function recordsOf(batch: RecordBatchView): SeenRecord[] {
  const columns = readRecords(batch, new RecordColumns());
  return Array.from({ length: columns.count }, (_, i) => ({
    offset: batch.baseOffset + (columns.offsetDelta[i] ?? 0),
    key: columns.bytes.toString('utf8', columns.keyStart[i], columns.keyEnd[i]),
    value: columns.bytes.toString('utf8', columns.valueStart[i], columns.valueEnd[i]),
  }));
}
