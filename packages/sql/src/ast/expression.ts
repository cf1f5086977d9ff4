import type { DataType } from '@millrace/model';
import type { TimeUnit } from '../keyword.ts';
import type { Span } from '../source-text.ts';
import type { Name } from './name.ts';
import type { Query } from './query.ts';
import type { DeclaredFunctions } from './statement.ts';

export type Expr =
  | ColumnRef
  | NumberLiteral
  | StringLiteral
  | BytesLiteral
  | BooleanLiteral
  | NullLiteral
  | DatetimeLiteral
  | IntervalLiteral
  | FunctionCall
  | CastExpr
  | CaseExpr
  | BinaryExpr
  | UnaryExpr
  | BetweenExpr
  | InExpr
  | LikeExpr
  | IsExpr
  | DistinctFromExpr
  | OverlapsExpr
  | AtTimeZoneExpr
  | ElementExpr
  | FieldExpr
  | ConstructorExpr
  | InQueryExpr
  | QuantifiedExpr
  | ExistsExpr
  | ScalarQueryExpr;

export interface ColumnRef extends Span {
  readonly kind: 'column';
  readonly path: readonly Name[];
}
/** Digits as written, a leading minus included. */
interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly text: string;
}
interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}
/** X'0aff': the hexadecimal digits. */
interface BytesLiteral extends Span {
  readonly kind: 'bytes';
  readonly hex: string;
}
interface BooleanLiteral extends Span {
  readonly kind: 'boolean';
  readonly value: boolean;
}
interface NullLiteral extends Span {
  readonly kind: 'null';
}
interface DatetimeLiteral extends Span {
  readonly kind: 'datetime';
  readonly type: 'DATE' | 'TIME' | 'TIMESTAMP';
  readonly value: string;
  readonly valueSpan: Span;
}
/** `end` is the second unit of `INTERVAL '1:30' MINUTE TO SECOND`. */
export interface IntervalLiteral extends Span {
  readonly kind: 'interval';
  readonly value: string;
  readonly valueSpan: Span;
  readonly negative: boolean;
  readonly unit: TimeUnit;
  readonly end: TimeUnit | undefined;
}
/**
 * Also the forms with words inside the parentheses, brought to positional arguments by the parser:
 * EXTRACT, TRIM, POSITION, SUBSTRING, FLOOR/CEIL ... TO. A unit is a string literal argument.
 */
export interface FunctionCall extends Span {
  readonly kind: 'call';
  readonly name: Name;
  readonly args: readonly Expr[];
  /** COUNT(*). */
  readonly star: boolean;
  /** Where DISTINCT stands, if it does. */
  readonly distinct: Span | undefined;
  readonly filter: Expr | undefined;
  readonly nulls: NullTreatment | undefined;
  /** `JSON_VALUE(... RETURNING type)`. */
  readonly returning: TypeRef | undefined;
  /** CURRENT_DATE and its like are written without parentheses. */
  readonly bare: boolean;
  readonly over: OverClause | undefined;
  /**
   * The functions declared before this call, by upper-case name. They are looked up while parsing because what a call is, an aggregate or not,
   * decides how its whole query is read.
   */
  readonly declared: DeclaredFunctions;
}
/** IGNORE NULLS, RESPECT NULLS. */
export interface NullTreatment extends Span {
  readonly isIgnored: boolean;
}
export interface CastExpr extends Span {
  readonly kind: 'cast';
  readonly arg: Expr;
  readonly type: TypeRef;
  readonly safe: boolean;
}
export interface CaseExpr extends Span {
  readonly kind: 'case';
  readonly operand: Expr | undefined;
  readonly branches: readonly { readonly when: Expr; readonly value: Expr }[];
  readonly otherwise: Expr | undefined;
}
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = ComparisonOperator | 'AND' | 'OR' | '+' | '-' | '*' | '/' | '%' | '||';
export interface BinaryExpr extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly operatorSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
  /** Behind `(a - b)`: DAY, YEAR TO MONTH, ... make it the INTERVAL between two times. */
  readonly qualifier?: IntervalQualifier;
}
/** What the units of an INTERVAL come to. */
export interface IntervalQualifier extends Span {
  readonly unit: Extract<DataType, { kind: 'interval' }>['unit'];
}
interface UnaryExpr extends Span {
  readonly kind: 'unary';
  readonly operator: 'NOT' | '-' | '+';
  readonly arg: Expr;
}
interface BetweenExpr extends Span {
  readonly kind: 'between';
  readonly not: boolean;
  readonly symmetric: boolean;
  readonly arg: Expr;
  readonly low: Expr;
  readonly high: Expr;
}
export interface InExpr extends Span {
  readonly kind: 'in';
  readonly not: boolean;
  readonly arg: Expr;
  readonly list: readonly Expr[];
}
export interface LikeExpr extends Span {
  readonly kind: 'like';
  readonly not: boolean;
  /** SIMILAR TO: the pattern is a regular expression of SQL. */
  readonly similar: boolean;
  readonly arg: Expr;
  readonly pattern: Expr;
  readonly escape: Expr | undefined;
}
/** (start, end or INTERVAL) OVERLAPS (start, end or INTERVAL): both are rows of two. */
export interface OverlapsExpr extends Span {
  readonly kind: 'overlaps';
  readonly left: Expr;
  readonly right: Expr;
}
/** time AT TIME ZONE 'Europe/Berlin' */
export interface AtTimeZoneExpr extends Span {
  readonly kind: 'at-time-zone';
  readonly arg: Expr;
  readonly zone: Expr;
}
interface IsExpr extends Span {
  readonly kind: 'is';
  readonly not: boolean;
  readonly what: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | JsonTest;
  readonly arg: Expr;
}
/** IS JSON alone is IS JSON VALUE. */
export type JsonTest = 'JSON VALUE' | 'JSON SCALAR' | 'JSON ARRAY' | 'JSON OBJECT';
interface DistinctFromExpr extends Span {
  readonly kind: 'distinct-from';
  readonly not: boolean;
  readonly left: Expr;
  readonly right: Expr;
}

/** `a[i]` of an ARRAY (from 1), `m[key]` of a MAP. */
export interface ElementExpr extends Span {
  readonly kind: 'element';
  readonly arg: Expr;
  readonly index: Expr;
}
/** A field of a ROW that is no plain column: `f(x).name`. `r.name` is a ColumnRef until names are known. */
interface FieldExpr extends Span {
  readonly kind: 'field';
  readonly arg: Expr;
  readonly name: Name;
}
/** `ARRAY[a, b]`, `MAP[k, v, ...]`, `ROW(a, b)` and `(a, b)`. */
export interface ConstructorExpr extends Span {
  readonly kind: 'constructor';
  readonly type: 'ARRAY' | 'MAP' | 'ROW';
  readonly items: readonly Expr[];
}
export interface InQueryExpr extends Span {
  readonly kind: 'in-query';
  readonly not: boolean;
  readonly arg: Expr;
  readonly query: Query;
}
/** `a < ALL (query)`; ANY is also SOME. */
export interface QuantifiedExpr extends Span {
  readonly kind: 'quantified';
  readonly operator: ComparisonOperator;
  readonly quantifier: 'ANY' | 'ALL';
  readonly arg: Expr;
  readonly query: Query;
}
interface ExistsExpr extends Span {
  readonly kind: 'exists';
  readonly query: Query;
}
/** A query in the place of a value: one column, at most one row. */
export interface ScalarQueryExpr extends Span {
  readonly kind: 'scalar-query';
  readonly query: Query;
}

/** A type as written; `type` is undefined when it was refused (and reported) by the parser. */
export interface TypeRef extends Span {
  readonly type: DataType | undefined;
  /** Of CHAR(n) and VARCHAR(n), which are STRING; `isFilled`: CHAR. */
  readonly length?: number;
  readonly isFilled?: boolean;
}

/** OVER (...) or OVER name. */
export interface OverClause extends Span {
  readonly name: Name | undefined;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: OverFrameClause | undefined;
}

export interface OrderItem extends Span {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | undefined;
}

/** ROWS or RANGE BETWEEN start AND CURRENT ROW; the end is always the current row. */
export interface OverFrameClause extends Span {
  readonly unit: 'rows' | 'range';
  readonly preceding: 'unbounded' | 'current' | Expr;
}

// --- queries
