import type { RecordBatchView } from './record-batch.ts';
import { RecordBatchWriter } from './record-batch-writer.ts';
import { RecordColumns, readRecords } from './record-columns.ts';

/** How a transaction ended. */
export type ControlType = 'abort' | 'commit';

/**
 * The marker that ends a transaction in one partition: a control batch with exactly one record.
 *
 *     key    int16 version = 0 · int16 type (0 abort, 1 commit)
 *     value  int16 version = 0 · int32 coordinatorEpoch
 */
export function writeControlBatch(marker: {
  readonly type: ControlType;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestampMs: number;
}): Buffer {
  const key = Buffer.from([0, 0, 0, marker.type === 'commit' ? 1 : 0]);
  const value = Buffer.alloc(6);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  const writer = new RecordBatchWriter(128);
  writer.append(marker.timestampMs, key, value);
  return writer.seal({
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    transactional: true,
    control: true,
  });
}

/** What a control batch says, or undefined when it is a kind this version does not know (readers skip those). */
export function readControlType(batch: RecordBatchView): ControlType | undefined {
  const columns = readRecords(batch, new RecordColumns());
  const at = columns.keyStart[0] ?? -1;
  if (columns.count < 1 || at < 0 || (columns.keyEnd[0] ?? 0) - at < 4) return undefined;
  const type = columns.bytes.readInt16BE(at + 2);
  return type === 0 ? 'abort' : type === 1 ? 'commit' : undefined;
}
