import type { RecordBatch } from '@millrace/batch';
import type { KeyGroupRange, SplitId } from '@millrace/model';
import type { Clock } from './clock.ts';
import type { ConnectorRegistry } from './connector.ts';
import type { Log, MetricGroup } from './metrics.ts';
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
  readonly outside: Outside;
}

/** What operators that ask the outside world are given (`Answers`); nobody else uses it. */
export interface Outside {
  readonly connectors: ConnectorRegistry;
  readonly log: Log;
  /** `job name / operator`, for the names of connections. */
  readonly owner: string;
  /** To be called when an answer came or a request failed: the engine calls `release` soon. At any time, any number of times. */
  wake(): void;
}

/**
 * What an operator adds that asks the outside world and cannot say at once what becomes of a row. `process` sends the questions and returns;
 * rows, and watermarks and idleness behind them, are held back in the order they came. The rule for requests in flight:
 *
 * - A snapshot never holds them. At a barrier and at the end of input the engine goes through its operators, upstream first: `flush`, then
 *   `arrived` and `release` until `held` is 0. Only then state is frozen and the barrier passes. So a restored operator
 *   starts with nothing held, rescaling moves nothing, and rows that were held are read again from the source.
 * - Between barriers the engine calls `release` when it was woken, and does not call `process` while `isFull`.
 * - A request that failed for good fails the task: `release` and `arrived` throw its error.
 */
export interface Answers {
  /** Rows that came and have not left. */
  readonly held: number;
  /** So many are held that no more should come now, as with a full output. */
  readonly isFull: boolean;
  /** Emits what the answers so far let go, in the order it came. */
  release(out: Collector): void;
  /** Resolves when an answer came since the last `release`, or nothing is held; rejects with the signal's reason when it aborts. Any number of waiters. */
  arrived(signal: AbortSignal): Promise<void>;
}

/**
 * A unit of computation that any engine can drive: batches, watermarks, nothing else. It never sees a
 * barrier, a checkpoint or an ack. Whatever it must remember lives in declared state, so the engine may
 * take a snapshot between any two calls. Two exceptions: output it holds back in fields to send in fuller batches, which
 * `flush` empties, and rows that wait for an answer from outside, which `answers` empties.
 *
 * Calls are synchronous and never overlap. Backpressure is the engine's: it does not call `process`
 * while its outputs are full. One call may emit any number of batches; the overshoot is bounded by the state.
 */
export interface Operator {
  readonly state: readonly StateDescriptor[];
  /** Only operators that ask the outside world. */
  readonly answers?: Answers;
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
  /** Ends requests in flight; what is held is dropped. */
  close(): Promise<void> | void;
}
