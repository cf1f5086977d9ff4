import type { Column, RecordBatch } from '@millrace/batch';
import type { OperatorContext, StateDescriptor, UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import type { OverAggregateNode, OverFrame } from '@millrace/plan';
import type { CallArguments } from './call-columns.ts';
import { growingFrames } from './growing-frames.ts';
import { slidingFrames } from './sliding-frames.ts';

/** The frames of all partitions, in state. A partition is named by its slot, which may be given to another once it is forgotten. */
export interface Frames {
  /** As `KeyedTable.slotsOf`: partitions that are not there begin, without rows. */
  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void;
  /** One more than the highest slot. */
  readonly slots: number;
  /** By slot, until the next `slotsOf`: when the partition was last touched, 0 for slots that belong to none; how many of its rows wait. */
  readonly touched: Float64Array;
  readonly waiting: Float64Array;
  /** The dense rows of a batch enter their frames, in order; the results of all calls. `times` by row. */
  move(batch: RecordBatch, slots: Int32Array, times: Float64Array, runEnds: Int32Array): readonly Column[];
  /** The partition begins anew, untouched. */
  clear(slot: number): void;
  forget(slot: number): void;
  /** Forgets partitions whose frame no row after `time` can see. */
  forgetPast(time: number): void;
}

/** Frames before their state is open. */
export interface FramesOf {
  readonly state: StateDescriptor;
  open(context: OperatorContext): Frames;
}

export function framesOf(
  node: OverAggregateNode,
  keyTypes: readonly DataType[],
  args: CallArguments,
  functions?: UserFunctions,
): FramesOf {
  const isBounded = boundOf(node.frame) !== 'unbounded';
  return isBounded ? slidingFrames(node.frame, keyTypes, args, functions) : growingFrames(keyTypes, args, functions);
}

function boundOf(frame: OverFrame): number | 'unbounded' {
  return frame.kind === 'rows' ? frame.preceding : frame.precedingMs;
}
