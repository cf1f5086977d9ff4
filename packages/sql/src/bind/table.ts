import type { Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { OptionEntry, TableDeclaration } from '../ast.ts';
import type { Fix } from '../diagnostic.ts';
import { RESERVED } from '../keyword.ts';
import type { Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';

/** One column of a declared table. */
export type TableColumn = Field &
  (
    | { readonly kind: 'physical' }
    /** `expression` reads the physical and metadata columns by their index in `columns`. */
    | { readonly kind: 'computed'; readonly expression: Expression }
    /** `key` is the connector's name for it; a column that is not virtual would also be written. */
    | { readonly kind: 'metadata'; readonly key: string; readonly virtual: boolean }
  );

/** WATERMARK FOR a column: how far it stays behind the column, or behind an expression over the columns of the table. */
export interface TableWatermark {
  readonly column: number;
  readonly delayMs: number;
  readonly expression?: Expression;
}

/** A CREATE TABLE whose parts were checked. */
export interface BoundTable {
  readonly kind: 'table';
  readonly name: string;
  readonly nameSpan: Span;
  /** The whole CREATE TABLE. */
  readonly statementSpan: Span;
  readonly temporary: boolean;
  /** Behind the last column, key or watermark, or behind the name when there are none: where one more could be added. */
  readonly partsEnd: number;
  readonly hasParts: boolean;
  /** What LIKE and ALTER TABLE start from; absent: made for a query. */
  readonly declaration?: TableDeclaration;
  readonly columns: readonly TableColumn[];
  readonly watermark: TableWatermark | undefined;
  /** Indexes in `columns`. */
  readonly primaryKey: readonly number[] | undefined;
  /** Indexes in `columns` of PARTITIONED BY. */
  readonly partitionedBy: readonly number[];
  readonly options: readonly OptionEntry[];
  /** Tells a table with the options of a hint from the same one without, or with others. */
  readonly hint?: string;
  readonly optionsSpan: Span | undefined;
  /** An option could not be read, so what is missing may be that one. */
  readonly optionsIncomplete: boolean;
  /** Columns that were refused: naming one is not reported again. `unknown`: the parser skipped parts, so any name may be meant. */
  readonly broken: ReadonlySet<string> | 'unknown';
}

/** A CREATE VIEW or WITH query; `relation` is undefined when it was refused. */
export interface BoundView {
  readonly kind: 'view';
  readonly name: string;
  readonly nameSpan: Span;
  /** The whole CREATE VIEW, or the name of a query in WITH. */
  readonly statementSpan: Span;
  readonly relation: Relation | undefined;
}

/** What a name in FROM can mean. */
export type Catalog = ReadonlyMap<string, BoundTable | BoundView>;

export function optionOf(table: BoundTable, key: string): string | undefined {
  return table.options.findLast((option) => option.key === key)?.value;
}

/** The edit that adds a part to the declaration of a table. */
export function addPart(table: BoundTable, part: string): Fix {
  const title = `Add ${part} to ${table.name}`;
  const insert = table.hasParts ? `,\n  ${part}` : ` (\n  ${part}\n)`;
  return { title, insert, from: table.partsEnd, to: table.partsEnd };
}

/** A name as it must be written. */
export function quotedName(name: string): string {
  const plain = /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) && !RESERVED.has(name.toUpperCase());
  return plain ? name : `\`${name.replaceAll('`', '``')}\``;
}
