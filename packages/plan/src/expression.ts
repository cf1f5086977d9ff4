import type { DataType } from '@millrace/model';
import type { ScalarFunction } from './scalar-function.ts';
import type { UserFunctionRef } from './user-function.ts';

/**
 * A typed scalar expression over the columns of one input. JSON through and through.
 *
 * The binder has already made every coercion explicit with `cast`: both sides of a comparison have
 * the same kind, both sides of an arithmetic call too (DECIMAL operands keep their own scale; the
 * result type says precision and scale). An evaluator never guesses a type.
 */
export type Expression =
  | ColumnExpression
  | LiteralExpression
  | CallExpression
  | UserCallExpression
  | CastExpression
  | CaseExpression;

/** The value of the input's column at `index`. */
export interface ColumnExpression {
  readonly kind: 'column';
  readonly index: number;
  readonly type: DataType;
}

/**
 * A constant. BIGINT and DECIMAL as digits in a string (`'-12.50'`), TIMESTAMP and TIMESTAMP_LTZ as
 * epoch ms, beyond precision 3 as ticks in a string (`'1764115200123456'`), DATE as days, TIME as ms of day, INTERVAL as
 * months or ms, BYTES as base64.
 */
export interface LiteralExpression {
  readonly kind: 'literal';
  readonly value: string | number | boolean | null;
  readonly type: DataType;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly name: ScalarFunction;
  readonly args: readonly Expression[];
  readonly type: DataType;
}

/**
 * A call of a scalar function of `LogicalPlan.functions`, or of a table function, whose value is the ARRAY of the ROWs it yields. The
 * arguments have the types of its parameters; NULL goes in as any other value.
 */
export interface UserCallExpression {
  readonly kind: 'user-call';
  readonly function: UserFunctionRef;
  /** As the function says of itself. */
  readonly deterministic: boolean;
  readonly args: readonly Expression[];
  readonly type: DataType;
}

/** `safe` is TRY_CAST: a value that cannot be cast becomes NULL instead of failing the record. */
export interface CastExpression {
  readonly kind: 'cast';
  readonly arg: Expression;
  readonly safe: boolean;
  readonly type: DataType;
}

/** First branch whose condition is true; `otherwise` (NULL literal when absent in the text) if none. */
export interface CaseExpression {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expression; readonly value: Expression }[];
  readonly otherwise: Expression;
  readonly type: DataType;
}

export const AGGREGATE_FUNCTIONS = [
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'stddev_pop',
  'stddev_samp',
  'var_pop',
  'var_samp',
  'first_value',
  'last_value',
  'listagg',
  'array_agg',
  'collect',
  'approx_count_distinct',
  'percentile',
  'lag',
  'single_value',
  'user',
] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/**
 * `count` with no argument is COUNT(*). NULL arguments are skipped by all of them but `array_agg`, `lag` and `single_value`. First and last are by
 * order of arrival (in OVER: by its order). `lag` stands only in OVER; `single_value` is what a scalar subquery gives: more than one row fails the record.
 * The argument of `percentile` is a DOUBLE, or a ROW of one and of how often it counts, a positive BIGINT.
 * `user` is an aggregate of `LogicalPlan.functions`: its `arg` is a ROW of the arguments, so that a row is handed over also where all of them are NULL.
 */
export interface AggregateCall {
  readonly name: AggregateFunction;
  readonly arg: Expression | undefined;
  /** FILTER (WHERE ...): rows for which this is not true are skipped. */
  readonly filter: Expression | undefined;
  /** DISTINCT: each value of `arg` counts once. */
  readonly distinct?: true;
  /** `listagg`: the separator (default ','); `percentile`: the fraction, 0 to 1, or several, whose result is an ARRAY; `lag`: how many rows back (default 1). */
  readonly parameter?: string | number | readonly number[];
  /** `user`: which one. The hash makes the call another one when its body changes: accumulators are read by the body that wrote them. */
  readonly function?: UserFunctionRef;
  /**
   * Tells the call apart where the id of its step does not: the step is called after its calls without one, and others were added for other readers. What
   * is remembered of the call is found again under the same meaning only.
   */
  readonly meaning?: string;
  readonly type: DataType;
}
