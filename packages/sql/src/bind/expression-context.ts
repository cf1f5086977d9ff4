import type { Expression } from '@millrace/plan';
import type { ColumnRef, FunctionCall, OverClause, ScalarQueryExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import type { Scope } from './scope.ts';

/** What an expression may name and where problems go. */
export interface ExpressionContext {
  readonly scope: Scope;
  readonly report: Report;
  /** Takes aggregate and group-window calls in SELECT and HAVING; absent where they are not allowed. */
  readonly aggregates?: { bind(call: FunctionCall): Expression | undefined };
  /** Takes calls with OVER in SELECT; absent where they are not allowed. */
  readonly overs?: { bind(call: FunctionCall, over: OverClause): Expression | undefined };
  /** Takes queries in the place of a value; absent where they are not allowed. */
  readonly queries?: { bind(query: ScalarQueryExpr): Expression | undefined };
  /** WHERE, and SELECT without GROUP BY: rows pass one by one, so that the watermark between them can be asked for. */
  readonly isRowByRow?: true;
  /** Names and calls with a meaning of their own, asked first: pattern variables of MATCH_RECOGNIZE. */
  readonly special?: {
    column(ref: ColumnRef): Expression | undefined;
    /** 'ordinary': the call has no special meaning. */
    call(call: FunctionCall): Expression | 'ordinary' | undefined;
  };
  /** Where every column was named, for problems found later. */
  readonly spans?: WeakMap<Expression, Span>;
}
