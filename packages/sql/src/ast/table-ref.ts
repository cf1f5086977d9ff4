import type { Span } from '../source-text.ts';
import type { Expr, FunctionCall, OrderItem } from './expression.ts';
import type { Name } from './name.ts';
import type { Hint, Query } from './query.ts';

export type TableRef = NamedTable | DerivedTable | LateralTable | WindowTable | JoinTable | UnnestTable | MatchTable;

/** `asOf` is the time of FOR SYSTEM_TIME AS OF; `columns` are other names: `AS t (a, b)`. */
export interface NamedTable extends Span {
  readonly kind: 'named';
  readonly name: Name;
  readonly hints: readonly Hint[];
  readonly asOf: (Span & { readonly expr: Expr }) | undefined;
  readonly alias: Name | undefined;
  readonly columns: readonly Name[];
}
export interface DerivedTable extends Span {
  readonly kind: 'derived';
  readonly query: Query;
  readonly alias: Name | undefined;
  readonly columns: readonly Name[];
}
/** LATERAL (query): the query may name the tables before it. */
export interface LateralTable extends Span {
  readonly kind: 'lateral';
  readonly query: Query;
  readonly alias: Name | undefined;
  readonly columns: readonly Name[];
}
/** `cross` is also the comma. `on` and `using` exclude each other; a join that is not `cross` has one of them, unless its right side is UNNEST. */
export interface JoinTable extends Span {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
  /** The words that say that this is a join. */
  readonly joinSpan: Span;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly on: Expr | undefined;
  readonly using: readonly Name[];
  /** USING all columns that both sides have. */
  readonly natural: boolean;
}
/** UNNEST(collection), or LATERAL TABLE(f(...)): then `call` is the table function and `collection` the same. */
export interface UnnestTable extends Span {
  readonly kind: 'unnest';
  readonly collection: Expr;
  readonly call: FunctionCall | undefined;
  readonly withOrdinality: boolean;
  readonly alias: Name | undefined;
  readonly columns: readonly Name[];
}
/** `input` MATCH_RECOGNIZE (...), ONE ROW PER MATCH. */
export interface MatchTable extends Span {
  readonly kind: 'match';
  readonly input: TableRef;
  /** The words MATCH_RECOGNIZE. */
  readonly wordSpan: Span;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly measures: readonly { readonly expr: Expr; readonly name: Name }[];
  readonly afterMatch: AfterMatchClause;
  readonly pattern: PatternExpr;
  readonly within: Expr | undefined;
  readonly definitions: readonly { readonly variable: Name; readonly condition: Expr }[];
  readonly alias: Name | undefined;
}
export type AfterMatchClause =
  | { readonly kind: 'past-last-row' | 'to-next-row' }
  | { readonly kind: 'to-first' | 'to-last'; readonly variable: Name };
/** A row pattern as written; `max` undefined is without bound, `greedy` false the reluctant form. */
export type PatternExpr = Span &
  (
    | { readonly kind: 'variable'; readonly name: Name }
    | { readonly kind: 'sequence' | 'alternation'; readonly parts: readonly PatternExpr[] }
    | {
        readonly kind: 'repeat';
        readonly part: PatternExpr;
        readonly min: number;
        readonly max: number | undefined;
        readonly greedy: boolean;
      }
  );
/** TUMBLE, HOP, CUMULATE, SESSION as table functions. `intervals` in the order written, offset last. `partitionBy`: of SESSION. */
export interface WindowTable extends Span {
  readonly kind: 'window';
  readonly function: Name;
  readonly input: TableRef;
  readonly partitionBy: readonly Name[];
  readonly timeColumn: Name;
  readonly intervals: readonly Expr[];
  readonly alias: Name | undefined;
}

// --- statements
