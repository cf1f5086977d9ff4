import type { RecordBatch } from '@millrace/batch';
import type { CheckpointId } from '@millrace/model';

/** What travels between tasks. Control elements keep their place among the batches. */
export type StreamElement =
  | { readonly kind: 'batch'; readonly batch: RecordBatch }
  | Watermark
  | WatermarkStatus
  | Barrier
  | EndOfInput;

/** Promises that no later record is older than `timestamp` (epoch ms). Never goes back on one channel. */
export interface Watermark {
  readonly kind: 'watermark';
  readonly timestamp: number;
}

/** An idle channel is left out of the minimum; it becomes active again with its next record. */
export interface WatermarkStatus {
  readonly kind: 'watermark-status';
  readonly idle: boolean;
}

/** Cuts the stream in two: what came before belongs to `checkpoint`, what comes after does not. */
export interface Barrier {
  readonly kind: 'barrier';
  readonly checkpoint: CheckpointId;
  readonly savepoint: boolean;
  /** Nothing follows: sources fall silent after this barrier (stop with savepoint, drain). */
  readonly stop: boolean;
}

/** No record and no watermark follows on this channel; barriers still may. */
export interface EndOfInput {
  readonly kind: 'end';
}

/** Sent before the end of bounded input: every event-time window fires. */
export const MAX_WATERMARK = Number.MAX_SAFE_INTEGER;
