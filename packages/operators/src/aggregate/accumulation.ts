import type { Column } from '@millrace/batch';
import type { AccumulatorKind, KeyedTable } from '@millrace/contracts';

/** Rows that an aggregate looks at, without those a FILTER or a NULL argument takes out: row `rows[i]` goes to slot `slots[i]`. */
export interface Placed {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  /** How many of the two arrays count. */
  readonly count: number;
  /** Row r of the batch is number `arrival + r` of all rows this subtask has seen: what FIRST and LAST go by when results are merged. */
  readonly arrival: number;
}

/** What aggregates look at of a table: accumulators by slot, in state or in memory. */
export type Accumulators = Pick<KeyedTable, 'size' | 'float64' | 'int32' | 'object'>;

/**
 * How one aggregate call lives in a table: `kinds` are its accumulators, the first of them at number `base`. A fresh slot
 * (zeros, undefined) is the empty aggregate.
 */
export interface Accumulation {
  readonly kinds: readonly AccumulatorKind[];
  /** NULL arguments are in `placed`: most aggregates skip them and never see one. */
  readonly takesNulls?: true;
  /** `argument` is undefined for COUNT(*). */
  accumulate(table: Accumulators, base: number, argument: Column | undefined, placed: Placed): void;
  /** One value per given slot, in their order. */
  result(table: Accumulators, base: number, slots: Int32Array): Column;
}

/** Partial results can be put together: slices of a window, sessions that grow into one. */
export interface Mergeable extends Accumulation {
  /** Adds slot i of `from` to slot `slots[i]` of `to`. */
  merge(from: Accumulators, to: Accumulators, base: number, slots: Int32Array): void;
}

/**
 * Rows can be taken back. Within one batch all rows are added before any is taken back. Both orders give the same result, because
 * what is taken back is the oldest of the equal values; only LISTAGG(DISTINCT) may show that a value which left and came again kept its place.
 */
export interface Retractable extends Accumulation {
  retract(table: Accumulators, base: number, argument: Column | undefined, placed: Placed): void;
}
