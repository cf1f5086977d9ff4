import type { DataType, OperatorId } from '@millrace/model';
import type { AggregateCall, Expression } from '../expression.ts';
import type { Node, SortColumn } from './node.ts';
import type { TimeRef } from './window-spec.ts';

/** A row pattern as a tree. Quantifiers: `max` undefined is without bound; `greedy` false is the reluctant form (`A+?`). */
export type RowPattern =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'sequence'; readonly parts: readonly RowPattern[] }
  | { readonly kind: 'alternation'; readonly parts: readonly RowPattern[] }
  | {
      readonly kind: 'repeat';
      readonly part: RowPattern;
      readonly min: number;
      readonly max: number | undefined;
      readonly greedy: boolean;
    };

/**
 * A value looked up in the match so far, of the rows bound to `variable` ('*': of all rows). In DEFINE the current row already counts as bound
 * to the variable being defined. `take` says which: `expression` of the `offset`-th row from the first or the last, as LAST(A.x, offset), NULL when
 * there is none; or an aggregate over them, NULL over no rows unless it counts or somebody wrote it. Both are over the input's columns.
 */
export interface MatchTerm {
  readonly variable: string;
  readonly take:
    | { readonly kind: 'first' | 'last'; readonly offset: number; readonly expression: Expression }
    | { readonly kind: 'aggregate'; readonly call: AggregateCall };
  readonly type: DataType;
}

/** A condition or measure: `expression` is over columns that are its `terms`, in order. */
export interface MatchExpression {
  readonly terms: readonly MatchTerm[];
  readonly expression: Expression;
}

export type AfterMatch =
  | { readonly kind: 'past-last-row' | 'to-next-row' }
  | { readonly kind: 'to-first' | 'to-last'; readonly variable: string };

/**
 * MATCH_RECOGNIZE, ONE ROW PER MATCH (SQL:2016 part 5; Flink's "Pattern Recognition"). Per partition, rows in order of `time` then
 * `order`; late rows are counted and dropped. By processing time rows are in order as they come, those of one
 * millisecond by `order`. A variable without a definition matches every row. `withinMs`: a match spans less than that, in
 * the same time. Output: the partition columns, then one per measure. Takes and gives INSERTs only.
 */
export interface MatchNode extends Node<'match'> {
  readonly input: OperatorId;
  readonly partition: readonly number[];
  readonly time: TimeRef;
  readonly order: readonly SortColumn[];
  readonly pattern: RowPattern;
  readonly definitions: Readonly<Record<string, MatchExpression>>;
  readonly measures: readonly MatchExpression[];
  readonly afterMatch: AfterMatch;
  readonly withinMs: number | undefined;
}
