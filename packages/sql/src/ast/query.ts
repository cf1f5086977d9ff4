import type { Span } from '../source-text.ts';
import type { Expr, OrderItem, OverClause } from './expression.ts';
import type { Name } from './name.ts';
import type { OptionEntry } from './table-declaration.ts';
import type { TableRef } from './table-ref.ts';

export interface Query extends Span {
  readonly with: readonly { readonly name: Name; readonly columns: readonly Name[]; readonly query: Query }[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  /** LIMIT or FETCH FIRST; undefined: all rows. */
  readonly limit: RowCount | undefined;
  readonly offset: RowCount | undefined;
}

export interface RowCount extends Span {
  readonly rows: number;
}

export type QueryBody = Select | Union | SetOperation | Values | NestedQuery;

interface NestedQuery extends Span {
  readonly kind: 'nested';
  readonly query: Query;
}

export interface Union extends Span {
  readonly kind: 'union';
  /** UNION ALL of two or more, left to right. */
  readonly inputs: readonly QueryBody[];
}

/** What is no UNION ALL; INTERSECT binds more strongly than the others, which go left to right. */
export interface SetOperation extends Span {
  readonly kind: 'set-operation';
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  readonly operatorSpan: Span;
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

export interface Values extends Span {
  readonly kind: 'values';
  readonly rows: readonly (Span & { readonly items: readonly Expr[] })[];
}

export interface Select extends Span {
  readonly kind: 'select';
  readonly hints: readonly Hint[];
  readonly items: readonly SelectItem[];
  readonly source: TableRef | undefined;
  readonly where: Expr | undefined;
  /** Where DISTINCT stands, if it does. */
  readonly distinct: Span | undefined;
  readonly groupBy: readonly GroupingElement[];
  readonly groupBySpan: Span | undefined;
  readonly having: Expr | undefined;
  /** WINDOW name AS (...). */
  readonly windows: readonly { readonly name: Name; readonly over: OverClause }[];
}

/** A hint of Flink: `name('key' = 'value', ...)` or `name(item, ...)`, inside a comment that begins with a plus. */
export interface Hint extends Span {
  readonly name: Name;
  readonly options: readonly OptionEntry[];
  readonly items: readonly (Span & { readonly text: string })[];
}

/** One element of GROUP BY. ROLLUP and CUBE take composite columns, each an own list. */
export type GroupingElement =
  | { readonly kind: 'key'; readonly expr: Expr }
  | { readonly kind: 'sets' | 'rollup' | 'cube'; readonly sets: readonly (readonly Expr[])[] };

export type SelectItem =
  | (Span & { readonly kind: 'star'; readonly table: Name | undefined })
  | (Span & { readonly kind: 'expression'; readonly expr: Expr; readonly alias: Name | undefined });
