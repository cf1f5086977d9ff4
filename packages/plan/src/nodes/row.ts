import type { OperatorId } from '@millrace/model';
import type { Expression } from '../expression.ts';
import type { Node } from './node.ts';
import type { GridWindow, TimeRef } from './window-spec.ts';

export interface FilterNode extends Node<'filter'> {
  readonly input: OperatorId;
  readonly predicate: Expression;
}

/** One expression per field of `schema`. */
export interface ProjectNode extends Node<'project'> {
  readonly input: OperatorId;
  readonly expressions: readonly Expression[];
}

/** Each row becomes one row per projection, in their order: GROUPING SETS, ROLLUP and CUBE. */
export interface ExpandNode extends Node<'expand'> {
  readonly input: OperatorId;
  readonly projections: readonly (readonly Expression[])[];
}

/**
 * CROSS JOIN UNNEST: each row once per element of `collection` (an ARRAY or MAP over the input). Output: the input's columns, then
 * the element (of ARRAY<ROW>: its fields; of MAP: key and value), then with `withOrdinality` its place from 1 as INTEGER. A row without
 * elements is dropped, or with `outer` kept once with NULLs. Changes pass through.
 */
export interface UnnestNode extends Node<'unnest'> {
  readonly input: OperatorId;
  readonly collection: Expression;
  readonly withOrdinality: boolean;
  readonly outer: boolean;
}

/** Each row as often as the BIGINT `count` column says (NULL or below 1: not at all), without that column, which is the last: INTERSECT ALL, EXCEPT ALL. */
export interface ReplicateNode extends Node<'replicate'> {
  readonly input: OperatorId;
}

/** What a `WatermarkNode` without `maxAheadMs` takes: one day. */
export const MAX_AHEAD_DEFAULT_MS = 86_400_000;

/** Makes `column` the event-time attribute: watermark = greatest value seen - delayMs, per split, then the minimum. */
export interface WatermarkNode extends Node<'watermark'> {
  readonly input: OperatorId;
  readonly column: number;
  readonly delayMs: number;
  /**
   * WATERMARK FOR column AS expression: what of a row counts instead of its event time, a time of the same kind. A row for which it is NULL moves
   * nothing. Absent: the column itself.
   */
  readonly expression?: Expression;
  /** A split with nothing to read for this long no longer holds the watermark back. 0: never. */
  readonly idleTimeoutMs: number;
  /**
   * A row dated further ahead of the clock comes from a broken one: it does not move the watermark, and is put aside where
   * there is a dead-letter output. 0: no time is too far. Absent: one day.
   */
  readonly maxAheadMs?: number;
}

/**
 * A window table function by itself: each row once per window it belongs to, with window_start, window_end and window_time
 * (all three as in `WindowAggregateNode`) appended. Sessions are not assigned row by row and cannot stand here. Over processing time the clock
 * is the watermark of the result, as in `WindowAggregateNode`.
 */
export interface WindowAssignNode extends Node<'window-assign'> {
  readonly input: OperatorId;
  readonly timeColumn: TimeRef;
  readonly window: GridWindow;
}

/** UNION ALL of inputs with equal column types. */
export interface UnionNode extends Node<'union'> {
  readonly inputs: readonly OperatorId[];
}
