import type { Schema, SplitId } from '@millrace/model';
import type { Column } from './column.ts';

/** Consecutive rows of a source batch that came from one split, `from` inclusive to `to` exclusive. */
export interface SplitRun {
  readonly split: SplitId;
  readonly from: number;
  readonly to: number;
  /** What the source left out between these rows. A run of no rows may be there for it alone. Absent: nothing, or nobody goes by it. */
  readonly leftOut?: LeftOut;
}

/** Rows that a source read and did not give, because its filter says that nobody wants them: they move time all the same. */
export interface LeftOut {
  readonly records: number;
  /** The greatest event time among them, epoch ms; -Infinity: none of them had one. */
  readonly maxEventTime: number;
}

/** The batch says of rows that are not in it. */
export function hasLeftOut({ runs }: RecordBatch): boolean {
  return runs?.some(({ leftOut }) => leftOut !== undefined) === true;
}

/**
 * What a row says about the result so far (Flink's RowKind, same numbers): it is new, it takes back a row that is about to be replaced, it
 * replaces the row taken back just before, or it takes a row back for good.
 */
export const CHANGE = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const;
export type Change = (typeof CHANGE)[keyof typeof CHANGE];

/** True for rows that subtract: UPDATE_BEFORE and DELETE. */
export function isRetraction(change: number): boolean {
  return change === CHANGE.updateBefore || change === CHANGE.delete;
}

/**
 * The unit that moves: columns of equal height plus a selection. Immutable once handed on, except that
 * nobody relies on values outside the selection. Operators take and give batches, never rows.
 *
 * Row-preserving operators (filter, project) keep row numbers: a filter only narrows `selection`, a
 * projection computes new columns at the same row numbers, and both pass `runs` and `changes` on.
 */
export interface RecordBatch {
  readonly schema: Schema;
  /** Height of the columns, selected or not. */
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Row numbers that count, ascending, exact length; undefined = all of them. */
  readonly selection: Int32Array | undefined;
  /** The `Change` of each row, by row number; absent while every row is an INSERT. May be longer than `rows`. */
  readonly changes?: Uint8Array;
  /** Which rows came from which split, on batches still aligned with their source. */
  readonly runs?: readonly SplitRun[];
}

export function selectedCount(batch: RecordBatch): number {
  return batch.selection === undefined ? batch.rows : batch.selection.length;
}

/** Calls `visit` for every selected row number, ascending. For code off the hot path. */
export function forEachRow(batch: RecordBatch, visit: (row: number) => void): void {
  if (batch.selection === undefined) for (let row = 0; row < batch.rows; row++) visit(row);
  else for (const row of batch.selection) visit(row);
}

/** The same columns with a narrower selection. */
export function withSelection(batch: RecordBatch, selection: Int32Array): RecordBatch {
  return { ...batch, selection };
}
