import type { OperatorId } from '@millrace/model';
import type { AggregateCall } from '../expression.ts';
import type { Node, Remembering } from './node.ts';
import type { TimeRef, WindowSpec } from './window-spec.ts';

/**
 * Which half of an aggregate in two phases a step is; absent: all of it. `local` gives partial results of whatever rows it sees, `global` puts
 * those together: see `splitAggregates`, which an engine calls. No plan that is stored has phases.
 */
export type AggregatePhase = 'local' | 'global';

/**
 * Groups by `keys` (column indexes of the input) within windows and emits each window once: when the watermark passes
 * its end, or the clock for windows over processing time. Rows whose windows have all been emitted are late: counted, dropped.
 * Output columns, in this order: the keys, one per call, window_start, window_end (TIMESTAMP of the
 * event-time column's kind), window_time (= window_end - 1 ms, the event-time attribute of the result). Takes INSERTs only.
 * Over processing time too window_time is an event time: the step's clock is the watermark behind it, and no watermark of the input passes but the last.
 */
export interface WindowAggregateNode extends Node<'window-aggregate'> {
  readonly input: OperatorId;
  readonly keys: readonly number[];
  readonly timeColumn: TimeRef;
  readonly window: WindowSpec;
  readonly calls: readonly AggregateCall[];
  readonly phase?: AggregatePhase;
}

/**
 * GROUP BY without a window: one row per group that is replaced whenever it changes. Output columns: the keys, one per call.
 * Takes and gives any change: the first row of a group is an INSERT, a change is UPDATE_BEFORE and UPDATE_AFTER next to each other
 * in one batch, a group whose last row was taken back is a DELETE. Within one input batch a group changes at most once
 * (the batch is the mini-batch of Flink). No keys: one group for the whole stream, on one subtask; it exists from its first row on.
 */
export interface GroupAggregateNode extends Node<'group-aggregate'>, Remembering {
  readonly input: OperatorId;
  /** The input gives INSERTs only, so nothing is kept to take rows back: see `markInsertOnly`. Absent: rows may be taken back. */
  readonly insertOnly?: true;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly phase?: AggregatePhase;
}

/**
 * The rows an OVER aggregate looks at: the current row and those before it in its partition, by count or by time. RANGE
 * includes the rows of the same time, those that stand later in the stream too.
 */
export type OverFrame =
  | { readonly kind: 'rows'; readonly preceding: number | 'unbounded' }
  | { readonly kind: 'range'; readonly precedingMs: number | 'unbounded' };

/**
 * Aggregates per row over the rows before it: output columns are those of the input, then one per call. Event time: rows
 * leave in time order, when the watermark reached them; late rows are counted and dropped. Takes and gives INSERTs only.
 */
export interface OverAggregateNode extends Node<'over-aggregate'>, Remembering {
  readonly input: OperatorId;
  readonly partition: readonly number[];
  readonly time: TimeRef;
  readonly frame: OverFrame;
  readonly calls: readonly AggregateCall[];
}
