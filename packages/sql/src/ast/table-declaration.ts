import type { Span } from '../source-text.ts';
import type { Expr, TypeRef } from './expression.ts';
import type { Name } from './name.ts';
import type { Query } from './query.ts';

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
