import type { OperatorId, Schema } from '@millrace/model';
import type { AggregateCall, Expression } from './expression.ts';

/** Event-time windows. Sizes in ms; `offsetMs` shifts the grid. Starts are `floor((t - offset) / step) * step + offset`. */
export type WindowSpec =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'hop'; readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number }
  | { readonly kind: 'cumulate'; readonly maxSizeMs: number; readonly stepMs: number; readonly offsetMs: number };

interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly id: OperatorId;
  /** Short, for people: `orders`, `city_gmv: GROUP BY city`. */
  readonly label: string;
  readonly schema: Schema;
}

/** Names of connector options as written in WITH (...), Flink's names. */
export type ConnectorOptions = Readonly<Record<string, string>>;

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
}

/** What `source` could not decode: rows of `DEAD_LETTER_SCHEMA`. Its only input is a source. */
export interface DeadLetterNode extends Node<'dead-letter'> {
  readonly input: OperatorId;
}

export interface FilterNode extends Node<'filter'> {
  readonly input: OperatorId;
  readonly predicate: Expression;
}

/** One expression per field of `schema`. */
export interface ProjectNode extends Node<'project'> {
  readonly input: OperatorId;
  readonly expressions: readonly Expression[];
}

/** Makes `column` the event-time attribute: watermark = greatest value seen - delayMs, per split, then the minimum. */
export interface WatermarkNode extends Node<'watermark'> {
  readonly input: OperatorId;
  readonly column: number;
  readonly delayMs: number;
  /** A split with nothing to read for this long no longer holds the watermark back. 0: never. */
  readonly idleTimeoutMs: number;
}

/**
 * Groups by `keys` (column indexes of the input) within event-time windows and emits each window once,
 * when the watermark passes its end. Rows whose windows have all been emitted are late: counted, dropped.
 * Output columns, in this order: the keys, one per call, window_start, window_end (TIMESTAMP of the
 * event-time column's kind), window_time (= window_end - 1 ms, the event-time attribute of the result).
 */
export interface WindowAggregateNode extends Node<'window-aggregate'> {
  readonly input: OperatorId;
  readonly keys: readonly number[];
  readonly timeColumn: number;
  readonly window: WindowSpec;
  readonly calls: readonly AggregateCall[];
}

/** UNION ALL of inputs with equal column types. */
export interface UnionNode extends Node<'union'> {
  readonly inputs: readonly OperatorId[];
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
  | WatermarkNode
  | WindowAggregateNode
  | UnionNode
  | SinkNode;

/** What to compute, with no word about how. A graph without cycles; every input stands before its reader. */
export interface LogicalPlan {
  readonly nodes: readonly LogicalNode[];
}

export function inputsOf(node: LogicalNode): readonly OperatorId[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'union':
      return node.inputs;
    default:
      return [node.input];
  }
}
