import type { Schema, SplitId } from '@millrace/model';
import type { Column } from './column.ts';

/** Consecutive rows of a source batch that came from one split, `from` inclusive to `to` exclusive. */
export interface SplitRun {
  readonly split: SplitId;
  readonly from: number;
  readonly to: number;
}

/**
 * The unit that moves: columns of equal height plus a selection. Immutable once handed on, except that
 * nobody relies on values outside the selection. Operators take and give batches, never rows.
 *
 * Row-preserving operators (filter, project) keep row numbers: a filter only narrows `selection`, a
 * projection computes new columns at the same row numbers, and both pass `runs` on.
 */
export interface RecordBatch {
  readonly schema: Schema;
  /** Height of the columns, selected or not. */
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Row numbers that count, ascending, exact length; undefined = all of them. */
  readonly selection: Int32Array | undefined;
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
