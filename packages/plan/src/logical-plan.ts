import type { OperatorId } from '@millrace/model';
import type { Expression } from './expression.ts';
import type { GroupAggregateNode, OverAggregateNode, WindowAggregateNode } from './nodes/aggregate.ts';
import type { ConnectorOptions } from './nodes/connector-options.ts';
import type { IntervalJoinNode, JoinNode, LookupJoinNode, TemporalJoinNode, WindowJoinNode } from './nodes/join.ts';
import type { MatchNode } from './nodes/match.ts';
import type { Node } from './nodes/node.ts';
import type { ChangelogNormalizeNode, DeduplicateNode, LimitNode, RankNode, TemporalSortNode } from './nodes/rank.ts';
import type {
  ExpandNode,
  FilterNode,
  ProjectNode,
  ReplicateNode,
  UnionNode,
  UnnestNode,
  WatermarkNode,
  WindowAssignNode,
} from './nodes/row.ts';
import type { UserFunction } from './user-function.ts';

/**
 * Where rows come from. `schema` holds only the columns the rest of the plan needs (projection push-down), by name. Options
 * are opaque here, with two exceptions. A column that is not in the record but is told by the connector about it (METADATA columns: a
 * Kafka record's topic, partition, offset, timestamp) has an option `metadata.<column name>` whose value is the connector's
 * key for it, e.g. `'metadata.event_time': 'timestamp'`. Every other column of `schema` is decoded from the record. And a format
 * that goes by position (csv) is told all columns of a record in `csv.columns`, a JSON array of names in order.
 */
export interface SourceNode extends Node<'source'> {
  readonly table: string;
  readonly connector: string;
  readonly options: ConnectorOptions;
  /** Rows only say what a key's row is now: an upsert source. A `changelog-normalize` reads it. Absent: INSERTs. */
  readonly upsert?: true;
  /** Records say full changes, a replaced row taken back first: change data capture. Absent: see `upsert`. */
  readonly retract?: true;
  readonly filter?: SourceFilter;
}

/**
 * Which rows of a source nobody wants: those of which `condition`, over the columns of `schema`, is not true. A source may leave them out, all or
 * some, and says how many of those it read it left out; the steps above check for themselves, so that a source that knows nothing of it is right as well. A record that
 * cannot be decoded is no row: it is rejected whatever the condition says.
 */
export interface SourceFilter {
  readonly condition: Expression;
  /**
   * What a watermark goes by, over the columns of `schema`: the source says the greatest time of what it leaves out, and leaves no row out whose time is
   * more than `maxAheadMs` ahead of the clock (0: no time is too far). Absent: nothing goes by the time of these rows.
   */
  readonly eventTime?: { readonly value: Expression; readonly maxAheadMs: number };
}

/** What `source` could not decode: rows of `DEAD_LETTER_SCHEMA`. Its only input is a source. */
export interface DeadLetterNode extends Node<'dead-letter'> {
  readonly input: OperatorId;
}

/**
 * Where rows go. `schema` is the sink table's; the input has the same column types in the same order, up to nullability: a
 * NOT NULL of the sink's table is enforced by the sink, as in Flink.
 */
export interface SinkNode extends Node<'sink'> {
  readonly input: OperatorId;
  readonly table: string;
  readonly connector: string;
  readonly options: ConnectorOptions;
}

export type LogicalNode =
  | SourceNode
  | DeadLetterNode
  | FilterNode
  | ProjectNode
  | ExpandNode
  | UnnestNode
  | ReplicateNode
  | WatermarkNode
  | WindowAssignNode
  | WindowAggregateNode
  | GroupAggregateNode
  | OverAggregateNode
  | RankNode
  | DeduplicateNode
  | TemporalSortNode
  | LimitNode
  | ChangelogNormalizeNode
  | JoinNode
  | IntervalJoinNode
  | WindowJoinNode
  | TemporalJoinNode
  | LookupJoinNode
  | MatchNode
  | UnionNode
  | SinkNode;

/** What to compute, with no word about how. A graph without cycles; every input stands before its reader. */
export interface LogicalPlan {
  readonly nodes: readonly LogicalNode[];
  /** The functions that expressions and aggregates of the nodes call. Absent: none. */
  readonly functions?: readonly UserFunction[];
}

export function inputsOf(node: LogicalNode): readonly OperatorId[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'union':
      return node.inputs;
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      return [node.left, node.right];
    default:
      return [node.input];
  }
}
