import type { Column } from '@millrace/batch';

/** One column of remembered rows, by id. Everything is copied in: batches may be reused. */
export interface Cells {
  /** Before `put`, `equals` and `compare`, which look at rows of that column. */
  bind(column: Column): void;
  /** Stores the values at `numbers` under `ids`; `size` is one more than the highest id there is. */
  put(numbers: Int32Array, ids: Int32Array, size: number): void;
  /** The value of `id` is not asked for again before the next `put`. */
  release(id: number): void;
  /** NULL where an id is below 0. */
  gather(ids: Int32Array): Column;
  /** NULL equals NULL and NaN equals NaN. */
  equals(id: number, number: number): boolean;
  /** Neither is NULL. */
  compare(id: number, number: number): number;
  isNull(id: number): boolean;
  /** As `equals`, of two values that are held. */
  same(a: number, b: number): boolean;
  /** The values of all ids below `size`, copied. */
  copy(size: number): Column;
  readonly sizeBytes: number;
}

export function unexpected(given: Column['kind'], held: string): Error {
  return new Error(`a column of rows is ${given}, the state holds ${held}`);
}
