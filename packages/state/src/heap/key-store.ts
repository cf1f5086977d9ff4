import { type Column, columnKindOf } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { BytesKeys } from './bytes-keys.ts';
import { IntegerKeys } from './integer-keys.ts';
import { NumberKeys } from './number-keys.ts';

/**
 * One key column of a table, by slot. The table binds the column of the batch at hand, then compares
 * stored keys with its rows and puts rows into slots. Everything is copied in: batches may be reused.
 */
export interface KeyStore {
  /** Before any `equals` or `put` on rows of that column; its kind is the one the store was made for. */
  bind(column: Column): void;
  /** NULL equals NULL here, as in GROUP BY. */
  equals(slot: number, row: number): boolean;
  /** Stores the bound column's value at `row` as that slot: the next one, or one that was released. */
  put(slot: number, row: number): void;
  /** The slot is not asked for again before the next `put`. */
  release(slot: number): void;
  /** The first `size` keys, copied. */
  copy(size: number): Column;
  /** The keys of some slots, copied or sharing what does not change. */
  pick(slots: Int32Array): Column;
  readonly sizeBytes: number;
}

/** Rows looked for in the index of a table whose only key column this is; see `HashTable`. */
export interface Probe {
  readonly selection: Int32Array | undefined;
  /** Of the rows. */
  readonly count: number;
  readonly hashes: Int32Array;
  /** Of the table. */
  readonly index: Int32Array;
  readonly slotHashes: Int32Array;
  readonly shift: number;
  readonly slots: Int32Array;
  /** Go on at a key that is not there, whose slot is -1 then. */
  readonly passesMissing: boolean;
}

/** A key store that finds many rows in one loop, without a call per row: twice as fast as asking `equals`. */
export interface ProbingKeyStore extends KeyStore {
  /** Whether the bound column and the stored keys have the common form: no NULL, nothing wide. */
  readonly canProbe: boolean;
  /** Writes the slots of the rows from the `from`-th on; returns the place of the first whose key is not there, or `count`, unless such keys are passed. */
  probe(probe: Probe, from: number): number;
}

export function createKeyStore(type: DataType): KeyStore {
  const kind = columnKindOf(type);
  switch (kind) {
    case 'boolean':
    case 'int32':
    case 'float64':
      return new NumberKeys(kind);
    case 'int64':
      return new IntegerKeys();
    case 'string':
    case 'bytes':
      return new BytesKeys(kind);
    case 'object':
      throw new Error('ARRAY, MAP and ROW columns cannot be keys');
  }
}
