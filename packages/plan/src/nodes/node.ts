import type { OperatorId, Schema } from '@millrace/model';

/** What every step of a plan has. */
export interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly id: OperatorId;
  /** Short, for people: `orders`, `city_gmv: GROUP BY city`. */
  readonly label: string;
  readonly schema: Schema;
}

/** A step that remembers rows or groups for as long as they may be needed. */
export interface Remembering {
  /** Forget what was not touched for this long (`table.exec.state.ttl`), by the processing-time clock; absent or 0: never. */
  readonly stateTtlMs?: number;
}

/** One column of an ordering. NULLs stand first when ascending and last when descending, as in Flink, unless `nullsLast` says. */
export interface SortColumn {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}
