import type { RecordBatch } from '@millrace/batch';
import type { ReaderContext, Source } from './source.ts';

/** What a lookup join remembers of the answers it got, per task: Flink's `lookup.partial-cache` options. */
export interface AnswerCache {
  /** Bound of the cache; a key without rows counts as one. The least recently used key goes first. */
  readonly rowsMax: number;
  /** Undefined: answers do not grow old. */
  readonly expireAfterWriteMs: number | undefined;
  readonly expireAfterAccessMs: number | undefined;
  /** That a key has no row is remembered too. */
  readonly cachesMissingKeys: boolean;
}

/** A table that finds rows by key, asked while the job runs (`lookup.cache` = NONE or PARTIAL). */
export interface AskedTable {
  readonly kind: 'asked';
  /** Undefined: every row asks. */
  readonly cache: AnswerCache | undefined;
  /** How often a request that failed with `retry: 'backoff'` is made again before the task fails (`lookup.max-retries`). */
  readonly retriesMax: number;
  /** Requests a reader serves at one time, at least 1. The caller makes no more. */
  readonly requestsMax: number;
  /** Keys in one request, at least 1. */
  readonly keysMax: number;
  createReader(context: ReaderContext): LookupReader;
}

/** A table that every task keeps a copy of (`lookup.cache` = FULL). */
export interface CopiedTable {
  readonly kind: 'copied';
  /** The whole table, bounded, with the columns of the lookup. */
  readonly table: Source;
  /** A larger table fails the job: it would not fit its memory. */
  readonly rowsMax: number;
  /** Undefined: loaded once, when the task starts. */
  readonly reloadMs: number | undefined;
  /** As of an asked table, for loading it. */
  readonly retriesMax: number;
}

/**
 * A table outside that has rows for keys while a job runs: what the right side of
 * `JOIN t FOR SYSTEM_TIME AS OF o.proc_time` becomes. Made for one set of columns and one set of key columns.
 */
export type LookupSource = AskedTable | CopiedTable;

/** Rows of the table, and for each of them the row number of its key in the request. */
export interface LookedUpRows {
  /** The columns of the lookup, in order; no selection. */
  readonly rows: RecordBatch;
  /** As many as `rows` has, ascending. A key that does not occur has no row. */
  readonly keyOf: Int32Array;
}

/** Lives in a task. Keeps no row: caches are the caller's, so that they mean the same for every connector. */
export interface LookupReader {
  /**
   * The rows whose key columns equal a row of `keys`, all of them. `keys` has one column per key column, in their order and
   * of their types, no NULLs, no row twice, no selection. Equality is exact for BIGINT and DECIMAL. Called up to `requestsMax` times at once.
   * Asking again gives the table as it is then. Rejects with a `StreamError`: `retry: 'backoff'` when asking again may help. When `signal` aborts it
   * rejects soon, and what it had open for the request is closed.
   */
  lookup(keys: RecordBatch, signal: AbortSignal): Promise<LookedUpRows>;
  /** After the last request ended or was aborted. */
  close(): Promise<void>;
}
