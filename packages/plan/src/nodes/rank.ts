import type { OperatorId } from '@millrace/model';
import type { Node, Remembering, SortColumn } from './node.ts';
import type { TimeRef } from './window-spec.ts';

/**
 * Top-N: of each partition the rows at places `from` to `to` (from 1) of the ordering; ties keep the order of arrival. Output: the
 * input's columns, then with `withRank` the place as BIGINT. Gives changes as the ranking changes. With `windowEnd` (a column in
 * epoch ms, part of the partition) the input is INSERTs and each window's final rows leave once, when the watermark passes it.
 */
export interface RankNode extends Node<'rank'>, Remembering {
  readonly input: OperatorId;
  readonly partition: readonly number[];
  readonly order: readonly SortColumn[];
  readonly from: number;
  readonly to: number;
  readonly withRank: boolean;
  readonly windowEnd?: number;
  /** The input gives INSERTs only, so rows below place `to` are forgotten at once: see `markInsertOnly`. Absent: all are kept. */
  readonly insertOnly?: true;
}

/**
 * One row per key: the first or the last by `time`. `first` by processing time gives INSERTs; everything else replaces
 * rows: UPDATE_BEFORE and UPDATE_AFTER. Takes INSERTs only.
 */
export interface DeduplicateNode extends Node<'deduplicate'>, Remembering {
  readonly input: OperatorId;
  readonly keys: readonly number[];
  readonly time: TimeRef;
  readonly keep: 'first' | 'last';
}

/** ORDER BY the event time, then `order`: rows wait for the watermark; late rows are counted and dropped. INSERTs only, on one subtask. */
export interface TemporalSortNode extends Node<'temporal-sort'> {
  readonly input: OperatorId;
  readonly timeColumn: number;
  readonly order: readonly SortColumn[];
}

/** Lets `count` rows pass after skipping `offset`, in the order they come. INSERTs only, on one subtask. */
export interface LimitNode extends Node<'limit'> {
  readonly input: OperatorId;
  readonly offset: number;
  readonly count: number;
}

/** Rows that only say what a key's row is now (INSERT or UPDATE_AFTER, DELETE) become full changes: the old row is remembered. */
export interface ChangelogNormalizeNode extends Node<'changelog-normalize'>, Remembering {
  readonly input: OperatorId;
  readonly keys: readonly number[];
}
