import type { DataType } from '@millrace/model';
import type { TimeUnit } from './keyword.ts';
import type { Span } from './source-text.ts';

/** A name as written, quotes removed. */
export interface Name extends Span {
  readonly text: string;
  /** All that is written, when a catalog or database stands before it. */
  readonly path?: readonly Name[];
}

// --- expressions

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

export type Statement =
  | CreateTable
  | CreateView
  | CreateFunction
  | AlterTable
  | AlterView
  | Use
  | Insert
  | SetOption
  | QueryStatement
  | Inspection
  | Drop
  | Reset;

/** Statements that only ask: they answer in the editor, and a job that runs ignores them. */
export type Inspection = Explain | Show | Describe;

/** EXPLAIN of one query or INSERT, or of a statement set. */
export interface Explain extends Span {
  readonly kind: 'explain';
  readonly statements: readonly (Insert | QueryStatement)[];
}
/** `name`: of SHOW CREATE and SHOW COLUMNS. */
export interface Show extends Span {
  readonly kind: 'show';
  readonly what: ShownList | 'columns' | 'create';
  readonly name: Name | undefined;
  /** FROM the only database there is. */
  readonly database: readonly Name[];
  /** [NOT] LIKE 'pattern'. */
  readonly like: { readonly pattern: string; readonly not: boolean; readonly ignoreCase: boolean } | undefined;
}
/** `user functions`: those the script declares. */
export type ShownList =
  | 'tables'
  | 'views'
  | 'functions'
  | 'user functions'
  | 'catalogs'
  | 'databases'
  | 'current catalog'
  | 'current database'
  | 'modules'
  | 'full modules'
  /** What was SET: SET alone. */
  | 'settings'
  | NeverDeclared;
/** What Flink's catalogs may hold and a script does not declare: the list is empty. */
export type NeverDeclared = 'procedures' | 'models' | 'materialized tables';
/** `table`: a view too. */
export interface Describe extends Span {
  readonly kind: 'describe';
  readonly what: 'table' | 'function' | 'catalog';
  readonly name: Name;
}
export interface Drop extends Span {
  readonly kind: 'drop';
  readonly what: 'table' | 'view' | 'function';
  readonly name: Name;
  readonly ifExists: boolean;
}
/** RESET of one setting, or of all. */
export interface Reset extends Span {
  readonly kind: 'reset';
  readonly key: string | undefined;
}

/** `comment` is what COMMENT says of it. */
export type ColumnDefinition = Span & { readonly name: Name; readonly comment?: string | undefined } & (
    | { readonly kind: 'physical'; readonly type: TypeRef }
    | { readonly kind: 'computed'; readonly expr: Expr }
    | {
        readonly kind: 'metadata';
        readonly type: TypeRef;
        readonly key: (Span & { readonly text: string }) | undefined;
        readonly virtual: boolean;
      }
  );

export interface OptionEntry extends Span {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
}

export type WatermarkDefinition = Span & { readonly column: Name; readonly expr: Expr };
export type KeyDefinition = Span & { readonly columns: readonly Name[] };

/** What a table is made of; CREATE TABLE writes it, LIKE and ALTER TABLE make it of another one. */
export interface TableDeclaration extends Span {
  readonly name: Name;
  readonly temporary: boolean;
  readonly comment: string | undefined;
  readonly columns: readonly ColumnDefinition[];
  readonly watermark: WatermarkDefinition | undefined;
  readonly primaryKey: KeyDefinition | undefined;
  readonly partitionedBy: KeyDefinition | undefined;
  readonly options: readonly OptionEntry[];
  readonly optionsSpan: Span | undefined;
  /** Behind the last part, or behind the name when there are no parts in parentheses: where one more could be added. */
  readonly partsEnd: number;
  readonly hasParts: boolean;
  /** Some part was refused by the parser: absent columns may have been meant. */
  readonly incomplete: boolean;
  readonly optionsIncomplete: boolean;
  /** LIKE, a query or ALTER TABLE had a part in it: the text of no statement says all of the table. */
  readonly isComposed: boolean;
}

export interface CreateTable extends TableDeclaration {
  readonly kind: 'create-table';
  readonly ifNotExists: boolean;
  /** [CREATE OR] REPLACE TABLE; `replace`: the table must be there. */
  readonly replaces: 'replace' | 'create-or-replace' | undefined;
  readonly like: LikeClause | undefined;
  /** AS query: the table has its columns and takes its rows. */
  readonly query: Query | undefined;
  /** Before AS query, names alone: the columns of the query in this order. */
  readonly queryColumns: readonly Name[];
}

/** What LIKE takes of the other table, and how: `including` fails when both declare it. */
export const LIKE_FEATURES = ['CONSTRAINTS', 'GENERATED', 'METADATA', 'OPTIONS', 'PARTITIONS', 'WATERMARKS'] as const;
export type LikeFeature = (typeof LIKE_FEATURES)[number];
export type LikeStrategy = 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING';
export interface LikeClause extends Span {
  readonly table: Name;
  readonly choices: readonly (Span & { readonly strategy: LikeStrategy; readonly feature: LikeFeature | 'ALL' })[];
}

export interface AlterTable extends Span {
  readonly kind: 'alter-table';
  readonly name: Name;
  readonly ifExists: boolean;
  readonly change: TableChange;
}
/** Where ADD and MODIFY put a column; absent: behind the last one, or where it is. */
export type ColumnPlace = 'first' | { readonly after: Name };
export type TableChange = Span &
  (
    | { readonly kind: 'set'; readonly options: readonly OptionEntry[] }
    | { readonly kind: 'reset'; readonly keys: readonly (Span & { readonly text: string })[] }
    | {
        readonly kind: 'add' | 'modify';
        readonly columns: readonly { readonly column: ColumnDefinition; readonly place: ColumnPlace | undefined }[];
        readonly primaryKey: KeyDefinition | undefined;
        readonly watermark: WatermarkDefinition | undefined;
      }
    | { readonly kind: 'drop-columns'; readonly columns: readonly Name[] }
    | { readonly kind: 'drop-key' | 'drop-watermark' }
    | { readonly kind: 'rename-column'; readonly column: Name; readonly newName: Name }
    | { readonly kind: 'rename'; readonly newName: Name }
  );
export interface AlterView extends Span {
  readonly kind: 'alter-view';
  readonly name: Name;
  /** Another name, or another query. */
  readonly newName: Name | undefined;
  readonly query: Query | undefined;
}
/** USE [CATALOG] of the only ones there are: says nothing. */
export interface Use extends Span {
  readonly kind: 'use';
  readonly path: readonly Name[];
}

export interface CreateView extends Span {
  readonly kind: 'create-view';
  readonly name: Name;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly Name[];
  readonly comment: string | undefined;
  readonly query: Query;
}
/** A declared name; 'broken' when its statement was refused, so that a call of it is not blamed. */
export type DeclaredFunctions = ReadonlyMap<string, CreateFunction | 'broken'>;

export interface CreateFunction extends Span {
  readonly kind: 'create-function';
  readonly name: Name;
  readonly ifNotExists: boolean;
  readonly of: 'scalar' | 'table' | 'aggregate';
  readonly parameters: readonly TypedName[];
  /** Of a table function the columns it gives, of any other one without a name. */
  readonly returns: readonly TypedName[];
  readonly deterministic: boolean;
  readonly body: FunctionBody;
}
export interface TypedName {
  readonly name: Name;
  readonly type: TypeRef;
}
export interface FunctionBody extends Span {
  readonly text: string;
  /** Where character `at` of the text stands in the script. */
  readonly placeOf: (at: number) => number;
}
export interface Insert extends Span {
  readonly kind: 'insert';
  readonly table: Name;
  readonly hints: readonly Hint[];
  /** PARTITION (column = constant, ...): the same value in every row, so the query does not give it. */
  readonly partition: readonly { readonly name: Name; readonly value: Expr }[];
  readonly columns: readonly Name[];
  readonly query: Query;
}
export interface SetOption extends Span {
  readonly kind: 'set';
  readonly key: string;
  readonly keySpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
}
export interface QueryStatement extends Span {
  readonly kind: 'query';
  readonly query: Query;
}
/** `unparsed` tells that at least one statement could not be read, so names may be missing. */
export interface Script {
  readonly statements: readonly Statement[];
  readonly unparsed: boolean;
}
