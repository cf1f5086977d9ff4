import type { Column } from '@millrace/batch';
import type { UserFunction } from '@millrace/plan';

/**
 * Where functions that somebody wrote are run. They are hostile until proven otherwise: whatever they do, the process goes on, its
 * files, network, environment and other jobs are out of their reach, and every call ends within a bounded time.
 */
export interface UserCode {
  /**
   * Called while a task or preview opens, once per chain that calls functions. Compiles all of them. Rejects with `function.<reason>`,
   * domain user, when one cannot be: the message names it and the line of its body.
   */
  load(functions: readonly UserFunction[]): Promise<UserFunctions>;
}

/**
 * Compiled functions, for one chain of operators. Calls are synchronous, take a whole batch and never overlap. Values cross exactly: no
 * digit is lost either way, and what comes back is checked against the declared type. A function that throws, gives a wrong value, takes
 * too long or too much memory makes the call throw `function.<reason>` (domain user, retry never) with name, line and arguments: as for
 * any expression that fails, the job ends. Nothing is remembered between two calls that a caller could rely on.
 */
export interface UserFunctions {
  /**
   * A scalar function over the rows `rows` of `args` (one column per parameter, of its type). The result has values at these row
   * numbers and anything elsewhere; `height` is its length. Of a table function it is a column of ARRAYs of ROWs.
   */
  call(name: string, args: readonly Column[], rows: Int32Array, height: number): Column;
  /**
   * Adds rows to accumulators, or takes them back (only functions with the ability `retract`). Row `rows[i]` of `args`, a column of ROWs
   * of the arguments, goes into `accumulators[slots[i]]`, in order; the arrays may be longer than `count`. Undefined is a
   * new accumulator. Entries are replaced in place by opaque objects whose one property is text, plain data for state: reading it may ask the
   * sandbox. The same text for the same rows in every process. An entry is in one place at a time, but for what `merge` reads.
   */
  accumulate(
    name: string,
    direction: 'add' | 'retract',
    args: Column,
    placed: PlacedRows,
    accumulators: unknown[],
  ): void;
  /** Adds `from[i]` to `into[slots[i]]` (functions with the ability `merge`); entries that are undefined are left out. */
  merge(name: string, from: readonly unknown[], into: unknown[], slots: Int32Array): void;
  /** One value per accumulator, in their order; undefined is a new one. */
  results(name: string, accumulators: readonly unknown[]): Column;
  /** Twice is once. Calls after it throw. */
  close(): void;
}

/** Which row goes to which accumulator. */
export interface PlacedRows {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  readonly count: number;
}
