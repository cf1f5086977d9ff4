import type { RecordBatch } from '@millrace/batch';
import type { KeyGroupRange, SplitId } from '@millrace/model';
import type { Clock } from './clock.ts';
import type { MetricGroup } from './metrics.ts';
import type { KeyedState, StateDescriptor } from './state.ts';

/** Rows of `batch` that an operator refuses, and why. */
export interface RejectedRows {
  readonly batch: RecordBatch;
  /** Row numbers, ascending. */
  readonly rows: readonly number[];
  readonly errorCode: string;
  /** Names place and reason, as {@link RejectedRecord} does. */
  readonly error: (row: number) => string;
}

/** Where an operator puts what it makes. Calls the next operator of the chain, or fills an output buffer; never waits. */
export interface Collector {
  emit(batch: RecordBatch): void;
  /** From watermark assigners, and from operators that pass on or hold back the watermark they got. */
  emitWatermark(timestamp: number): void;
  emitIdle(idle: boolean): void;
  /**
   * Puts rows aside, as the source does with records it cannot decode. False when nobody takes them (off the source chain, or
   * the job has no dead-letter output): then they stay in the stream.
   */
  reject?(rejected: RejectedRows): boolean;
}

export interface OperatorContext {
  readonly subtask: number;
  readonly parallelism: number;
  /** The key groups of this subtask, as in the scope of its state. */
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  /** State declared by the operator, scoped to this subtask's key groups. */
  readonly state: KeyedState;
  readonly metrics: MetricGroup;
  readonly clock: Clock;
}

/**
 * A unit of computation that any engine can drive: batches, watermarks, nothing else. It never sees a
 * barrier, a checkpoint or an ack. Whatever it must remember lives in declared state, so the engine may
 * take a snapshot between any two calls; the single exception is output it holds back in fields to send
 * in fuller batches, which `flush` empties.
 *
 * Calls are synchronous and never overlap. Backpressure is the engine's: it does not call `process`
 * while its outputs are full. One call may emit any number of batches; the overshoot is bounded by the state.
 */
export interface Operator {
  readonly state: readonly StateDescriptor[];
  /** Once, before anything else; state is already restored. */
  open(context: OperatorContext): void;
  /** `input` counts from 0; only unions and joins have more than one. */
  process(batch: RecordBatch, input: number, out: Collector): void;
  /**
   * On chains that start at a source: the splits its reader holds now, before the first `process` and after each
   * change (assigned, finished). A split that has not yet delivered a record must hold the watermark back.
   */
  onSplits?(splits: readonly SplitId[], out: Collector): void;
  /** The combined watermark of all inputs advanced. The operator emits what became due, then passes the watermark on. */
  onWatermark(timestamp: number, out: Collector): void;
  /** All inputs are idle, or active again. Passed on by most. */
  onIdle(idle: boolean, out: Collector): void;
  /**
   * Processing time passed; called about every 200 ms and whenever the input ran dry. `caughtUp` lists
   * the splits whose reader has nothing more to read, for idleness; empty off the source chain.
   */
  onProcessingTime(now: number, caughtUp: readonly SplitId[], out: Collector): void;
  /** Emit everything held in fields. Called before each snapshot and at the end of input. */
  flush(out: Collector): void;
  close(): void;
}
