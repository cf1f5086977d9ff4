import type { Query } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import type { QueryBinder } from './correlation.ts';
import type { StateTtls } from './query-hint.ts';
import type { Scope } from './scope.ts';
import type { BoundTable, Catalog } from './table.ts';

/** A table named in FROM: read as a source, or asked for rows by key. `table` has the options of its hint. */
export interface TableUse {
  readonly table: BoundTable;
  readonly role: 'source' | 'lookup';
  readonly at: Span;
}

/** Where a query stands: where names in FROM are looked up, and who is told. */
export interface QueryPlace {
  readonly catalog: Catalog;
  readonly report: Report;
  /** Hears of every table a FROM names. */
  readonly onUse: (use: TableUse) => void;
  /** A statement could not be read: a name nobody declared may be its, and is not reported unless it looks misspelt. */
  readonly mayMissTables: boolean;
}

/** The place of a part of a query. */
export interface QueryContext extends QueryPlace {
  /** Of a subquery: what the query around it can name. */
  readonly outer?: Scope;
  /** STATE_TTL of the SELECT the part is of. */
  readonly stateTtls: StateTtls;
  /** Binds a query inside, handed in because queries and their parts hold each other. Undefined after a report. */
  readonly bindQuery: (query: Query, context: QueryContext) => Relation | undefined;
  /** The same of the parts of a subquery. */
  readonly binderFor: (context: QueryContext) => QueryBinder;
}
