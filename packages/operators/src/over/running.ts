import type { Column } from '@millrace/batch';
import type { AccumulatorKind } from '@millrace/contracts';
import type { Accumulators } from '../aggregate/accumulation.ts';
import type { FrameSteps } from './frame-steps.ts';

/**
 * One aggregate call over frames that move. `begin`, then rows enter and leave their frames and results are taken, in order (`takeSteps`), then
 * `end` gives the results of all rows. Rows that do not count for the call are never told.
 */
export interface Running {
  /** What it keeps by partition in the accumulators it is given, from number `base` on. */
  readonly kinds: readonly AccumulatorKind[];
  /** Rows with a NULL argument count too. */
  readonly takesNulls: boolean;
  begin(bound: Bound): void;
  /** Row `row` of the batch. */
  enter(slot: number, row: number): void;
  /** `steps.leaving[at]`, the oldest row of its frame that counts. Never where frames only grow. */
  leave(slot: number, at: number): void;
  result(slot: number, row: number): void;
  end(): Column;
  /** The frame of a partition is empty again; the accumulators are cleared by their owner. */
  clear(slot: number): void;
}

/** A batch and the frames it moves, as one call sees them. */
export interface Bound {
  readonly accumulators: Accumulators;
  readonly base: number;
  readonly steps: FrameSteps;
  /** The argument of the rows that enter, by row; undefined for COUNT(*). */
  readonly argument: Column | undefined;
  /** The same of those that leave, by place. */
  readonly leavingArgument: Column | undefined;
  /** The argument of rows by id, also of those that leave in this batch; NULL for -1. */
  gather(ids: Int32Array): Column;
  /** All slots and ids are below these. */
  readonly slots: number;
  readonly ids: number;
}
