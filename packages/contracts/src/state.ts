import type { Column, RecordBatch } from '@millrace/batch';
import type { DataType, KeyGroupRange, OperatorId, StateHandle } from '@millrace/model';

/**
 * How one accumulator of a table is held. `float64` and `int32` are dense typed arrays that start at 0 in a new
 * slot; `object` is a JS array whose slots start `undefined` and hold JSON values, bigint or Uint8Array.
 */
export type AccumulatorKind = 'float64' | 'int32' | 'object';

/** What an operator remembers, declared before it runs. Names are stable: a restored snapshot is matched by them. */
export type StateDescriptor = TableDescriptor;

/** Key columns to accumulators, one hash table per namespace (a window slice; 0 for operators without windows). */
export interface TableDescriptor {
  readonly kind: 'table';
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  readonly accumulators: readonly AccumulatorKind[];
}

/**
 * One open-addressing hash table from key to dense slot. Slots are numbered 0 to size - 1 without holes and stay
 * put until the namespace is dropped.
 */
export interface KeyedTable {
  readonly size: number;
  /**
   * For the i-th selected row of `batch` writes its key's slot to `slots[i]`, creating slots for new keys.
   * `keyColumns` index the batch. Accumulator arrays may be reallocated by this call: read them after it.
   */
  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void;
  /** By position in the descriptor; valid up to `size` and until the next `slotsOf`. */
  float64(accumulator: number): Float64Array;
  int32(accumulator: number): Int32Array;
  object(accumulator: number): unknown[];
  /** The keys by slot, as columns of height `size`, copied: safe to emit. */
  keyColumns(): readonly Column[];
}

export interface TableState {
  /** The table of one namespace, created when absent. */
  at(namespace: number): KeyedTable;
  get(namespace: number): KeyedTable | undefined;
  /** Ascending. */
  namespaces(): readonly number[];
  /** Forgets a whole namespace at once: how a window is cleaned up. */
  drop(namespace: number): void;
}

/** The memory of one subtask of one operator. */
export interface KeyedState {
  table(name: string): TableState;
  /** Estimate, for the state-size metric. */
  readonly sizeBytes: number;
  /**
   * Freezes a copy before it returns (a few ms: dense arrays are copied), so processing may go on at once;
   * the returned function writes that copy out, once, and may be awaited later. Each handle covers the
   * key groups it names.
   */
  freeze(): (storage: SnapshotWriter) => Promise<readonly StateHandle[]>;
  dispose(): void;
}

export interface StateScope {
  readonly operator: OperatorId;
  readonly subtask: number;
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  readonly descriptors: readonly StateDescriptor[];
}

export interface StateBackend {
  readonly name: string;
  /**
   * Handles may overlap the scope only in part: after rescaling, each subtask keeps its own key groups.
   * Throws `state.corrupt` when a handle's bytes do not match its checksum, `state.incompatible` when a
   * descriptor does not match what was stored.
   */
  open(scope: StateScope, restore: readonly StateHandle[], storage: SnapshotReader): Promise<KeyedState>;
}

/** Where snapshot bytes of one checkpoint go. Atomic: temp file, fsync, rename, fsync of the directory. */
export interface SnapshotWriter {
  /** `name` is made of ids only. The handle's checksum covers all bytes. */
  write(name: string, keyGroups: KeyGroupRange, parts: readonly Uint8Array[]): Promise<StateHandle>;
}

export interface SnapshotReader {
  /** All bytes of a handle, checksum verified; throws `state.corrupt` naming the file. */
  read(handle: StateHandle): Promise<Uint8Array>;
}
