import type { Column, RecordBatch } from '@millrace/batch';
import type { CheckpointKind, DataType, KeyGroupRange, OperatorId, StateHandle } from '@millrace/model';

/**
 * How one accumulator of a table is held. `float64` and `int32` are dense typed arrays that start at 0 in a new
 * slot; `object` is a JS array whose slots start `undefined` and hold JSON values, bigint or Uint8Array.
 */
export type AccumulatorKind = 'float64' | 'int32' | 'object';

/** What an operator remembers, declared before it runs. Names are stable: a restored snapshot is matched by them. */
export type StateDescriptor = TableDescriptor | RowsDescriptor | ValuesDescriptor | TimersDescriptor;

/** Key columns to accumulators, one hash table per namespace (a window slice; 0 for operators without windows). */
export interface TableDescriptor {
  readonly kind: 'table';
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  readonly accumulators: readonly AccumulatorKind[];
  /** What the accumulators are of, one text each, where their kind does not tell enough: stored ones fit only under the same. Absent: all ''. */
  readonly meanings?: readonly string[];
  /** A snapshot that has only the first of these accumulators fits: the others are in every slot as in a new one. Absent: it must have all. */
  readonly grows?: true;
  /**
   * Keys of any key group: partial results on their way to the subtask that owns the key. `Operator.flush` empties such a table, so no
   * snapshot ever holds anything of it. Absent: keys of this subtask's key groups only.
   */
  readonly passing?: true;
}

/**
 * One open-addressing hash table from key to dense slot. Slots are numbered 0 to size - 1, without holes unless some were
 * released, and stay put until they are released, the namespace is dropped or the state is restored.
 */
export interface KeyedTable {
  /** One more than the highest slot there is. */
  readonly size: number;
  /**
   * For the i-th selected row of `batch` writes its key's slot to `slots[i]`, creating slots for new keys.
   * `keyColumns` index the batch. Accumulator arrays may be reallocated by this call: read them after it.
   * Accumulators may be written of slots that this named since the engine last took a snapshot, which it does between calls of the operator:
   * what is written elsewhere goes into a checkpoint only after `touch` or `touchAll`.
   */
  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void;
  /** Accumulators of this slot are written, which was found some calls ago. */
  touch(slot: number): void;
  /** Any accumulators were written: the next checkpoint holds the whole table. For tables that are small. */
  touchAll(): void;
  /** Makes the accumulators those of a new slot; the key stays. */
  clear(slot: number): void;
  /** Forgets a key: its slot is cleared, and a later new key may get its number. Twice is an error. */
  release(slot: number): void;
  /** By position in the descriptor; valid up to `size` and until the next `slotsOf`. */
  float64(accumulator: number): Float64Array;
  int32(accumulator: number): Int32Array;
  object(accumulator: number): unknown[];
  /** The keys by slot, as columns of height `size`, copied: safe to emit. A released slot holds anything. */
  keyColumns(): readonly Column[];
  /** The keys of some slots, in the order given, copied. */
  keysAt(slots: Int32Array): readonly Column[];
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

/** Marks are numbers kept with a key or a row, 0 at first; see `AccumulatorKind`. */
export type MarkKind = 'float64' | 'int32';

/** Key columns to any number of rows each, held in columns: for steps that remember rows of one shape (joins, rankings). */
export interface RowsDescriptor {
  readonly kind: 'rows';
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  /** The columns of a row; ARRAY, MAP and ROW too. None: only marks are kept. */
  readonly rowTypes: readonly DataType[];
  readonly keyMarks: readonly MarkKind[];
  readonly rowMarks: readonly MarkKind[];
  /** `given`: the rows of a key lie in an order the operator decides (`linkAt`, `unlinkAt`). `any`: in no order it may rely on (`link`, `unlink`). */
  readonly order: 'given' | 'any';
}

/**
 * Keys in slots, as in `KeyedTable`, each with a list of rows. A row is named by its id, a small integer that stays until the row is freed or the
 * state is restored. What `add` stored is under no key until it is linked; what is neither linked nor freed is lost with the next snapshot.
 */
export interface KeyedRows {
  /** As `KeyedTable.slotsOf`: keys that are not there are added, without rows. */
  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void;
  /** The same, with -1 for keys that are not there. */
  findSlots(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void;
  /** Forgets those of the first `count` slots that have no rows. A slot may be named twice, or be forgotten already. */
  dropEmpty(slots: Int32Array, count: number): void;
  /** One more than the highest slot. */
  readonly slots: number;
  /** Rows that are linked. */
  readonly size: number;
  /** One more than the highest id. */
  readonly ids: number;
  /**
   * The rows of a slot are `lists[starts[slot] .. starts[slot] + counts[slot])`; a count below 0 belongs to no key. Valid until the next call
   * that adds, links or unlinks.
   */
  readonly lists: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** The slot of each linked row, by id; below 0 where there is none. Valid as the lists are. */
  readonly slotOf: Int32Array;
  /** Stores the rows `numbers` of `batch`, all its columns in order, and writes their ids. The batch may be reused. */
  add(batch: RecordBatch, numbers: Int32Array, ids: Int32Array): void;
  link(slot: number, id: number): void;
  /** Takes a row out of its list; it stays readable until it is freed. */
  unlink(id: number): void;
  linkAt(slot: number, place: number, id: number): void;
  /** The id of the row that was there. */
  unlinkAt(slot: number, place: number): number;
  /** The row is not linked; its id may be given out again by the next `add`. */
  free(id: number): void;
  /** Column `column` of the rows `ids`, copied or sharing what does not change: safe to emit. NULL where an id is -1. */
  gather(column: number, ids: Int32Array): Column;
  /** Names the batch that `equals` and `compare` look at, and which of its columns. */
  bind(batch: RecordBatch, columns: readonly number[]): void;
  /** Whether all bound columns of a row equal those of row `number` of the batch, as for DISTINCT. */
  equals(id: number, number: number): boolean;
  /** Below, at or above 0 as one bound column of a row compares with row `number` of the batch, neither NULL: text by code point, NaN above all. */
  compare(column: number, id: number, number: number): number;
  isNull(column: number, id: number): boolean;
  /** Whether all columns of two rows are equal, as for DISTINCT. */
  same(a: number, b: number): boolean;
  /** By slot or by id and position in the descriptor; valid until the next `slotsOf` or `add`. */
  keyFloat64(mark: number): Float64Array;
  rowFloat64(mark: number): Float64Array;
  rowInt32(mark: number): Int32Array;
}

/** `KeyedRows` by namespace, as `TableState`. */
export interface RowsState {
  at(namespace: number): KeyedRows;
  get(namespace: number): KeyedRows | undefined;
  namespaces(): readonly number[];
  drop(namespace: number): void;
}

/**
 * Key columns to one value each, in whatever shape. Slower than tables and rows, by much in a snapshot: no step of SQL needs it.
 */
export interface ValuesDescriptor {
  readonly kind: 'values';
  readonly name: string;
  readonly keyTypes: readonly DataType[];
}

/** A key as text, its key group within: equal keys give equal text, in every process. Opaque. */
export type StateKey = string & { readonly [stateKey]: true };
declare const stateKey: unique symbol;

/** What can be remembered: plain data without cycles. Objects are records of these. */
export type StateValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly StateValue[]
  | ReadonlyMap<StateValue, StateValue>
  | { readonly [name: string]: StateValue };

/**
 * Values are held by reference: an operator may change one in place that `get` or `entries` gave it during this call from the engine, and need not
 * `set` it again. What it was given in an earlier call it asks for again before it changes it: `freeze` writes values out between calls, each
 * before it is next given out.
 */
export interface ValuesState {
  /** The key of each selected row of `batch`, in selection order. `keyColumns` index the batch and are of the declared types; none: one key for all. */
  keysOf(batch: RecordBatch, keyColumns: readonly number[]): readonly StateKey[];
  get(key: StateKey): StateValue | undefined;
  set(key: StateKey, value: StateValue): void;
  delete(key: StateKey): void;
  readonly size: number;
  /** In the order the keys were first set. Keys may be deleted while it runs. */
  entries(): IterableIterator<readonly [StateKey, StateValue]>;
}

/** Times at which a key wants to be woken: event time or processing time, the operator knows which. */
export interface TimersDescriptor {
  readonly kind: 'timers';
  readonly name: string;
}

export interface TimersState {
  /** At most one per key and time (epoch ms): setting it again changes nothing. */
  set(time: number, key: StateKey): void;
  delete(time: number, key: StateKey): void;
  /** Takes out, earliest first, all timers up to and including `upTo` and visits them. `visit` may set timers; those due fire in the same call. */
  fire(upTo: number, visit: (time: number, key: StateKey) => void): void;
  readonly size: number;
  readonly earliest: number | undefined;
}

/** The memory of one subtask of one operator. */
export interface KeyedState {
  table(name: string): TableState;
  rows(name: string): RowsState;
  values(name: string): ValuesState;
  timers(name: string): TimersState;
  /** Estimate, for the state-size metric. */
  readonly sizeBytes: number;
  /**
   * Freezes the state as it is when this returns, so processing may go on at once; the returned function writes it out, once, and may be
   * awaited later. The handles are all that a restore needs, in the order it wants them; each covers the key groups it names.
   *
   * `checkpoint` (the default) writes what changed since the checkpoint frozen before, whether that one completed or not, and names the files
   * that still hold the rest, marked `shared`: whoever keeps files keeps those. When the write before failed, is not over or
   * was never asked for, everything is written. `savepoint` writes everything by itself and touches nothing of that.
   */
  freeze(kind?: CheckpointKind): (storage: SnapshotWriter) => Promise<readonly StateHandle[]>;
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
   * Handles may overlap the scope only in part: after rescaling, each subtask keeps its own key groups. Those of one subtask's snapshot come
   * together and in the order `freeze` gave them.
   * Throws `state.corrupt` when a handle's bytes do not match its checksum, `state.incompatible` when a
   * descriptor does not match what was stored.
   */
  open(scope: StateScope, restore: readonly StateHandle[], storage: SnapshotReader): Promise<KeyedState>;
}

/** Where snapshot bytes of one checkpoint go. Atomic: temp file, fsync, rename, fsync of the directory. */
export interface SnapshotWriter {
  /** `name` is made of ids only. Parts are asked for as the bytes go out, one after the other. The handle's checksum covers all bytes. */
  write(name: string, keyGroups: KeyGroupRange, parts: Iterable<Uint8Array>): Promise<StateHandle>;
}

export interface SnapshotReader {
  /** All bytes of a handle, checksum verified; throws `state.corrupt` naming the file. */
  read(handle: StateHandle): Promise<Uint8Array>;
}
