import type { Field, OperatorId } from '@millrace/model';
import type { Expression } from '../expression.ts';
import type { ConnectorOptions } from './connector-options.ts';
import type { Node, Remembering } from './node.ts';

/** `semi`: left rows with a match; `anti`: left rows without one. Both give the left columns only. */
export const JOIN_TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const;
export type JoinType = (typeof JOIN_TYPES)[number];

/**
 * Rows meet when `leftKeys` equal `rightKeys` pairwise (same types; NULL equals nothing) and `condition`, over the left columns
 * followed by the right ones, is true. No keys: every pair, on one subtask. Output: left columns, then right columns (`semi` and
 * `anti`: left only); the side that may be missing is nullable.
 */
interface Join {
  readonly left: OperatorId;
  readonly right: OperatorId;
  readonly type: JoinType;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly condition: Expression | undefined;
}

/** Both sides are remembered; each change of one side changes the result at once. Takes and gives any change. */
export interface JoinNode extends Node<'join'>, Join, Remembering {
  /** How long the rows of one side are remembered, instead of `stateTtlMs`; 0: always. */
  readonly leftTtlMs?: number;
  readonly rightTtlMs?: number;
}

/**
 * Both inputs carry event time and are INSERTs: `right.time` lies in `[left.time + lowerMs, left.time + upperMs]`. Rows
 * are forgotten when the watermark says no partner can come; unmatched rows of an outer join leave then, padded with NULLs.
 * Every output row is an INSERT. The left time is the event time of the result unless the plan's schema names another.
 */
export interface IntervalJoinNode extends Node<'interval-join'>, Join {
  readonly leftTime: number;
  readonly rightTime: number;
  readonly lowerMs: number;
  readonly upperMs: number;
}

/**
 * Joins rows of the same window: the window columns are among the keys, and `leftWindowEnd` / `rightWindowEnd` tell
 * (epoch ms) when the window is over; then all its results leave at once, as INSERTs. Takes INSERTs only.
 */
export interface WindowJoinNode extends Node<'window-join'>, Join {
  readonly leftWindowEnd: number;
  readonly rightWindowEnd: number;
}

/**
 * `FOR SYSTEM_TIME AS OF left.time`: each left row meets the version of its key that was valid at `leftTime`. The right side
 * is a changelog with event time `rightTime` keyed by `rightKeys`; a left row leaves, as an INSERT, when the watermark of both
 * sides has passed it. `type` is inner or left.
 */
export interface TemporalJoinNode extends Node<'temporal-join'>, Join {
  readonly leftTime: number;
  readonly rightTime: number;
}

/**
 * `FOR SYSTEM_TIME AS OF left.proc_time`: each row meets the rows that a table outside has for it at the moment it is asked. `columns` are
 * those wanted of the table. A row meets one of its rows when `keys` (of the input) equal `tableKeys` (of `columns`) pairwise (same types; NULL equals
 * nothing) and `condition`, over the input's columns followed by `columns`, is true. Output: the input's columns, then `columns`, nullable for `left`.
 * Options are opaque, as a source's. When rows may be taken back, what was given for each is remembered under its `rowKey`: the table may no longer
 * be what it was.
 */
export interface LookupJoinNode extends Node<'lookup-join'>, Remembering {
  readonly input: OperatorId;
  readonly type: 'inner' | 'left';
  readonly table: string;
  readonly connector: string;
  readonly options: ConnectorOptions;
  readonly columns: readonly Field[];
  /** At least one. */
  readonly keys: readonly number[];
  readonly tableKeys: readonly number[];
  readonly condition: Expression | undefined;
  /**
   * Columns of the input by which rows are found again when they are taken back: the fewer rows share them, the better; none of ARRAY, MAP or ROW.
   * Absent: the input is INSERTs, and nothing is remembered.
   */
  readonly rowKey?: readonly number[];
}
