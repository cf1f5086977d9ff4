import type { Guarantee, Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { LookupSource } from './lookup.ts';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

/**
 * One kind of outside system. Options are the strings of WITH (...), already resolved (no `connection`
 * reference left). A bad option throws `StreamError` with code `options.<reason>` that names the option, what is wrong and
 * what is allowed, with "did you mean" for unknown names.
 */
export interface Connector {
  readonly name: string;
  readonly title: string;
  /**
   * `schema` holds the columns wanted, by name; metadata columns are marked by the plan in `options`. `filter` says which rows nobody
   * wants: a source that does not look at it is right, too.
   */
  createSource?(options: Readonly<Record<string, string>>, schema: Schema, filter?: SourceFilter): Source;
  /** `schema` holds the columns wanted, by name; `keys` are indexes of the columns it is asked by, at least one. */
  createLookup?(options: Readonly<Record<string, string>>, schema: Schema, keys: readonly number[]): LookupSource;
  createSink?(options: Readonly<Record<string, string>>, schema: Schema, guarantee: Guarantee): Sink;
}

export type ConnectorRegistry = ReadonlyMap<string, Connector>;
