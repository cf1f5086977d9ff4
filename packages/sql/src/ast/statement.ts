import type { Span } from '../source-text.ts';
import type { Expr, TypeRef } from './expression.ts';
import type { Name } from './name.ts';
import type { Hint, Query } from './query.ts';
import type { AlterTable, AlterView, CreateTable, Use } from './table-declaration.ts';

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

/** EXPLAIN of one query, INSERT or CREATE TABLE AS query, or of a statement set. */
export interface Explain extends Span {
  readonly kind: 'explain';
  readonly statements: readonly (Insert | QueryStatement | CreateTable)[];
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
