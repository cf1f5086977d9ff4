import {
  columnOf,
  hashRows,
  keyGroupOf,
  keyGroupsOf,
  type RecordBatch,
  subtaskOf,
  type Value,
  valueAt,
} from '@millrace/batch';
import type { KeyedState, SnapshotStorage, StateBackend, StateScope, TableDescriptor } from '@millrace/contracts';
import type { CheckpointId, CheckpointKind, DataType, OperatorId, StateHandle } from '@millrace/model';

export const MAX_PARALLELISM = 128;

/** A small keyed job for state tests: counts, sums and remembers values per key and namespace, over several subtasks. */
export class KeyedCounts {
  readonly keyTypes: readonly DataType[];
  readonly #backend: StateBackend;
  readonly #storage: SnapshotStorage;
  readonly #descriptor: TableDescriptor;
  #states: KeyedState[] = [];
  #checkpoint = 0;

  constructor(backend: StateBackend, storage: SnapshotStorage, keyTypes: readonly DataType[]) {
    this.#backend = backend;
    this.#storage = storage;
    this.keyTypes = keyTypes;
    this.#descriptor = { kind: 'table', name: 'counts', keyTypes, accumulators: ['float64', 'int32', 'object'] };
  }

  get states(): readonly KeyedState[] {
    return this.#states;
  }

  async open(parallelism: number, handles: readonly StateHandle[]): Promise<void> {
    for (const state of this.#states) state.dispose();
    this.#states = [];
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const scope: StateScope = {
        operator: 'count/by key' as OperatorId,
        subtask,
        keyGroups: keyGroupsOf(subtask, parallelism, MAX_PARALLELISM),
        maxParallelism: MAX_PARALLELISM,
        descriptors: [this.#descriptor],
      };
      this.#states.push(await this.#backend.open(scope, handles, this.#storage.reader));
    }
  }

  /** Adds one to the count and `at` to the sum of each row's key; the object slot takes the key's text and its last row. */
  add(namespace: number, rows: readonly (readonly Value[])[]): void {
    const columns = this.keyTypes.map((type, index) =>
      columnOf(
        rows.map((row) => row[index] ?? null),
        type,
      ),
    );
    const batch: RecordBatch = { schema: { fields: [] }, rows: rows.length, columns, selection: undefined };
    const keys = this.keyTypes.map((_, index) => index);
    const hashes = new Int32Array(rows.length);
    hashRows(batch, keys, hashes);
    for (const [subtask, state] of this.#states.entries()) {
      const selection = Int32Array.from(hashes.keys()).filter(
        (row) =>
          subtaskOf(keyGroupOf(hashes[row] ?? 0, MAX_PARALLELISM), this.#states.length, MAX_PARALLELISM) === subtask,
      );
      if (selection.length === 0) continue;
      const table = state.table('counts').at(namespace);
      const slots = new Int32Array(selection.length);
      table.slotsOf({ ...batch, selection }, keys, slots);
      const [sums, counts, objects] = [table.float64(0), table.int32(1), table.object(2)];
      for (const [at, slot] of slots.entries()) {
        const row = selection[at] ?? 0;
        sums[slot] = (sums[slot] ?? 0) + row + 0.5;
        counts[slot] = (counts[slot] ?? 0) + 1;
        objects[slot] = objectFor(objects[slot], row);
      }
    }
  }

  /** Forgets the keys of a namespace whose count is a multiple of `divisor`. */
  release(namespace: number, divisor: number): void {
    for (const state of this.#states) {
      const table = state.table('counts').get(namespace);
      const counts = table?.int32(1) ?? new Int32Array(0);
      for (let slot = 0; slot < (table?.size ?? 0); slot++) {
        const count = counts[slot] ?? 0;
        if (count > 0 && count % divisor === 0) table?.release(slot);
      }
    }
  }

  /** Doubles the sums of keys whose count is a multiple of `divisor`, by slots that are known already. */
  double(namespace: number, divisor: number): void {
    for (const state of this.#states) {
      const table = state.table('counts').get(namespace);
      if (table === undefined) continue;
      const [sums, counts] = [table.float64(0), table.int32(1)];
      for (let slot = 0; slot < table.size; slot++) {
        const count = counts[slot] ?? 0;
        if (count === 0 || count % divisor !== 0) continue;
        table.touch(slot);
        sums[slot] = (sums[slot] ?? 0) * 2;
      }
    }
  }

  drop(namespace: number): void {
    for (const state of this.#states) state.table('counts').drop(namespace);
  }

  /** Freezes all subtasks; the returned function writes them. The states go on, and what they write next may build upon it. */
  freeze(kind: CheckpointKind = 'checkpoint'): () => Promise<readonly StateHandle[]> {
    const writer = this.#storage.writer(++this.#checkpoint as CheckpointId, kind, 1);
    const writes = this.#states.map((state) => state.freeze(kind));
    return async () => (await Promise.all(writes.map((write) => write(writer)))).flat();
  }

  /** `namespace|key` to `sum|count|object`, over all subtasks; throws when a key is found twice. */
  contents(): Map<string, string> {
    const found = new Map<string, string>();
    for (const state of this.#states) {
      const tables = state.table('counts');
      for (const namespace of tables.namespaces()) {
        const table = tables.get(namespace);
        if (table === undefined) throw new Error('a listed namespace is missing');
        const columns = table.keysAt(Int32Array.from({ length: table.size }, (_, slot) => slot));
        for (let slot = 0; slot < table.size; slot++) {
          // Every key counts at least 1; a released slot counts nothing.
          if (table.int32(1)[slot] === 0) continue;
          const key = this.keyTypes.map((type, at) =>
            show(columns[at] === undefined ? null : valueAt(columns[at], type, slot)),
          );
          const name = `${namespace}|${key.join(',')}`;
          if (found.has(name)) throw new Error(`key ${name} is held twice`);
          found.set(name, `${table.float64(0)[slot]}|${table.int32(1)[slot]}|${show(table.object(2)[slot])}`);
        }
      }
    }
    return found;
  }
}

/** The answer a plain Map gives for the same calls. */
export class ModelCounts {
  readonly #values = new Map<string, { sum: number; count: number; object: unknown }>();

  add(namespace: number, rows: readonly (readonly Value[])[]): void {
    for (const [row, key] of rows.entries()) {
      const name = `${namespace}|${key.map(show).join(',')}`;
      const held = this.#values.get(name) ?? { sum: 0, count: 0, object: undefined };
      this.#values.set(name, {
        sum: held.sum + row + 0.5,
        count: held.count + 1,
        object: objectFor(held.object, row),
      });
    }
  }

  release(namespace: number, divisor: number): void {
    for (const [name, { count }] of this.#values)
      if (name.startsWith(`${namespace}|`) && count % divisor === 0) this.#values.delete(name);
  }

  double(namespace: number, divisor: number): void {
    for (const [name, held] of this.#values)
      if (name.startsWith(`${namespace}|`) && held.count % divisor === 0)
        this.#values.set(name, { ...held, sum: held.sum * 2 });
  }

  drop(namespace: number): void {
    for (const name of this.#values.keys()) if (name.startsWith(`${namespace}|`)) this.#values.delete(name);
  }

  contents(): Map<string, string> {
    return new Map([...this.#values].map(([name, held]) => [name, `${held.sum}|${held.count}|${show(held.object)}`]));
  }
}

/** A value of each kind an object slot may hold, in turn, so that every codec path is met. */
function objectFor(before: unknown, row: number): unknown {
  const kinds = [
    2n ** 80n + BigInt(row),
    `text ${row} \u{1f6b2}`,
    Uint8Array.of(row & 255, 0, 255),
    { row, before: before === undefined ? null : typeof before, big: -(2n ** 64n) },
    [row, null, true, 0.1],
    -0.5 * row,
    null,
    undefined,
  ];
  return kinds[row % kinds.length];
}

/** Tells apart what differs: 1 from 1n, '1' from 1, bytes from arrays; -0 is 0. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes(${[...value].join(' ')})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, held]) => `${name}:${show(held)}`)
      .join(' ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value === 0 ? 0 : value);
}
