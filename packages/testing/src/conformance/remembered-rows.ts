import { BatchBuilder, keyGroupsOf, type RecordBatch, splitByKeyGroup, type Value, valueAt } from '@millrace/batch';
import type { KeyedRows, KeyedState, RowsDescriptor, StateScope } from '@millrace/contracts';
import type { CheckpointId, DataType, OperatorId, Schema, StateHandle } from '@millrace/model';
import { expect } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import { MAX_PARALLELISM, show } from './keyed-counts.ts';
import type { StateBackendSubject } from './state-backend.ts';

const KEY_TYPES: readonly DataType[] = [
  { kind: 'string', nullable: true },
  { kind: 'bigint', nullable: true },
];
/** One column of every kind, behind the key. */
const ROW_TYPES: readonly DataType[] = [
  ...KEY_TYPES,
  { kind: 'boolean', nullable: true },
  { kind: 'integer', nullable: true },
  { kind: 'double', nullable: true },
  { kind: 'decimal', precision: 30, scale: 2, nullable: true },
  { kind: 'bytes', nullable: true },
  { kind: 'array', element: { kind: 'string', nullable: true }, nullable: true },
];
const SCHEMA: Schema = { fields: ROW_TYPES.map((type, at) => ({ name: `column ${at}`, type })) };
const NAMESPACES = [0, -60_000, 1.7e12];
const KEY_COLUMNS = [0, 1];

type Held = { readonly row: readonly Value[]; mark: number };

/** Rows linked and unlinked at random under a few keys of three namespaces, rescaled 1 to 3 to 2 to 5 to 1, against lists in a Map. */
export async function rowsConformance(
  { backend, storage }: StateBackendSubject,
  order: RowsDescriptor['order'],
  seed: number,
): Promise<void> {
  const random = new SeededRandom(seed);
  const hasKeyMark = seed % 2 === 1;
  const descriptor: RowsDescriptor = {
    kind: 'rows',
    name: 'rows',
    keyTypes: KEY_TYPES,
    rowTypes: ROW_TYPES,
    // Without marks only the lists tell that a key changed.
    keyMarks: hasKeyMark ? ['float64'] : [],
    rowMarks: ['int32', 'float64'],
    order,
  };
  const model = new Map<string, Held[]>();
  let states: readonly KeyedState[] = [];
  let checkpoint = seed * 10;
  let marks = 0;
  const openAll = async (parallelism: number, handles: readonly StateHandle[]) => {
    const scopeOf = (subtask: number): StateScope => ({
      operator: 'remember' as OperatorId,
      subtask,
      keyGroups: keyGroupsOf(subtask, parallelism, MAX_PARALLELISM),
      maxParallelism: MAX_PARALLELISM,
      descriptors: [descriptor],
    });
    const opening = Array.from({ length: parallelism }, (_, subtask) => scopeOf(subtask));
    states = await Promise.all(opening.map((scope) => backend.open(scope, handles, storage.reader)));
  };
  const change = (batch: RecordBatch, namespace: number) => {
    const parts = splitByKeyGroup(batch, KEY_COLUMNS, MAX_PARALLELISM, states.length);
    for (const [subtask, state] of states.entries()) {
      const numbers = parts[subtask] ?? new Int32Array(0);
      if (numbers.length === 0) continue;
      const rows = state.rows('rows').at(namespace);
      const part = { ...batch, selection: numbers };
      const [slots, ids] = [new Int32Array(numbers.length), new Int32Array(numbers.length)];
      rows.slotsOf(part, KEY_COLUMNS, slots);
      rows.add(part, numbers, ids);
      for (const [at, slot] of slots.entries()) {
        const held = listOf(model, namespace, batch, numbers[at] ?? 0);
        takeSome(rows, slot, held, order, random);
        const mark = ++marks;
        const place = order === 'given' ? random.integer(held.length + 1) : held.length;
        if (order === 'given') rows.linkAt(slot, place, ids[at] ?? 0);
        else rows.link(slot, ids[at] ?? 0);
        rows.rowInt32(0)[ids[at] ?? 0] = mark;
        rows.rowFloat64(1)[ids[at] ?? 0] = mark / 2;
        if (hasKeyMark) rows.keyFloat64(0)[slot] = mark;
        held.splice(place, 0, { row: rowAt(batch, numbers[at] ?? 0), mark });
        if (random.next() < 0.4) {
          markAgain(rows, slot, random.pick(held), ++marks);
          if (hasKeyMark) rows.keyFloat64(0)[slot] = marks;
        }
        if (random.next() < 0.3) while (held.length > 0) takeOne(rows, slot, held, order, 0);
      }
      rows.dropEmpty(slots, slots.length);
      const known = new Int32Array(slots.length);
      rows.findSlots(part, KEY_COLUMNS, known);
      for (const [at, slot] of known.entries())
        expect(slot >= 0).toBe(listOf(model, namespace, batch, numbers[at] ?? 0).length > 0);
    }
    if (random.next() < 0.1) drop(namespace);
  };
  const drop = (namespace: number) => {
    for (const state of states) state.rows('rows').drop(namespace);
    for (const [key] of model) if (key.startsWith(`${namespace} `)) model.set(key, []);
  };
  const checkpointAll = async () => {
    const writer = storage.writer(++checkpoint as CheckpointId, 'checkpoint', 1);
    await Promise.all(states.map((state) => state.freeze()).map((write) => write(writer)));
  };
  await openAll(1, []);
  for (const parallelism of [3, 2, 5, 1]) {
    for (let step = 0; step < 12; step++) {
      change(randomBatch(random), random.pick(NAMESPACES));
      if (random.next() < 0.3) await checkpointAll();
    }
    const expected = ordered(
      [...model].filter(([, held]) => held.length > 0).map(([, held]) => held),
      order,
    );
    expect(contents(states, order, hasKeyMark)).toBe(expected);
    const writer = storage.writer(++checkpoint as CheckpointId, 'checkpoint', 1);
    const writes = states.map((state) => state.freeze());
    // What happens before the copy is written must not show.
    change(randomBatch(random), 0);
    for (const namespace of NAMESPACES) for (const state of states) state.rows('rows').drop(namespace);
    await openAll(parallelism, (await Promise.all(writes.map((write) => write(writer)))).flat());
    const restored = contents(states, order, hasKeyMark);
    expect(restored).toBe(expected);
    model.clear();
    for (const [key, held] of readAll(states, hasKeyMark)) model.set(key, held);
  }
}

/** Marks may be written of any row, without a call that tells of it. */
function markAgain(rows: KeyedRows, slot: number, held: Held, mark: number): void {
  const start = rows.starts[slot] ?? 0;
  const list = rows.lists.subarray(start, start + (rows.counts[slot] ?? 0));
  const id = list.find((each) => rows.rowInt32(0)[each] === held.mark) ?? -1;
  expect(id).toBeGreaterThanOrEqual(0);
  rows.rowInt32(0)[id] = mark;
  rows.rowFloat64(1)[id] = mark / 2;
  held.mark = mark;
}

function takeSome(rows: KeyedRows, slot: number, held: Held[], order: RowsDescriptor['order'], random: SeededRandom) {
  while (held.length > 0 && random.next() < 0.35) takeOne(rows, slot, held, order, random.integer(held.length));
}

function takeOne(rows: KeyedRows, slot: number, held: Held[], order: RowsDescriptor['order'], place: number): void {
  const [gone] = held.splice(place, 1);
  if (order === 'given') {
    const id = rows.unlinkAt(slot, place);
    expect(rows.rowInt32(0)[id]).toBe(gone?.mark);
    rows.free(id);
    return;
  }
  const start = rows.starts[slot] ?? 0;
  const list = rows.lists.subarray(start, start + (rows.counts[slot] ?? 0));
  const id = list.find((each) => rows.rowInt32(0)[each] === gone?.mark) ?? -1;
  expect(id).toBeGreaterThanOrEqual(0);
  rows.unlink(id);
  rows.free(id);
}

function listOf(model: Map<string, Held[]>, namespace: number, batch: RecordBatch, number: number): Held[] {
  const name = keyName(namespace, rowAt(batch, number));
  const known = model.get(name);
  if (known !== undefined) return known;
  const made: Held[] = [];
  model.set(name, made);
  return made;
}

function keyName(namespace: number, row: readonly Value[]): string {
  return `${namespace} ${show(row.slice(0, 2))}`;
}

function rowAt(batch: RecordBatch, number: number): readonly Value[] {
  return ROW_TYPES.map((type, at) => {
    const column = batch.columns[at];
    if (column === undefined) throw new Error('a column is missing');
    return valueAt(column, type, number);
  });
}

/** Every row of every key, read back as an operator would emit it; -1 among the ids gives a row of NULLs. */
function readAll(states: readonly KeyedState[], hasKeyMark: boolean): Map<string, Held[]> {
  const found = new Map<string, Held[]>();
  for (const state of states) {
    for (const namespace of state.rows('rows').namespaces()) {
      const rows = state.rows('rows').at(namespace);
      for (let slot = 0; slot < rows.slots; slot++) {
        const start = rows.starts[slot] ?? 0;
        const ids = Int32Array.from([-1, ...rows.lists.subarray(start, start + Math.max(0, rows.counts[slot] ?? 0))]);
        if (ids.length === 1) continue;
        const columns = ROW_TYPES.map((_, at) => rows.gather(at, ids));
        const batch = { schema: SCHEMA, rows: ids.length, columns, selection: undefined };
        expect(rowAt(batch, 0).every((value) => value === null)).toBe(true);
        const held = Array.from(ids.subarray(1), (id, at): Held => {
          const mark = rows.rowInt32(0)[id] ?? 0;
          expect(rows.rowFloat64(1)[id]).toBe(mark / 2);
          expect(rows.slotOf[id]).toBe(slot);
          return { row: rowAt(batch, at + 1), mark };
        });
        if (hasKeyMark)
          expect(rows.keyFloat64(0)[slot]).toBeGreaterThanOrEqual(Math.max(...held.map(({ mark }) => mark)));
        const name = keyName(namespace, held[0]?.row ?? []);
        if (found.has(name)) throw new Error(`key ${name} is held twice`);
        found.set(name, held);
      }
    }
  }
  return found;
}

function contents(states: readonly KeyedState[], order: RowsDescriptor['order'], hasKeyMark: boolean): string {
  return ordered([...readAll(states, hasKeyMark).values()], order);
}

function ordered(lists: readonly (readonly Held[])[], order: RowsDescriptor['order']): string {
  const text = lists.map((held) => {
    const rows = held.map(({ row, mark }) => `${mark} ${show(row)}`);
    return (order === 'given' ? rows : rows.sort()).join('\n');
  });
  return text.sort().join('\n\n');
}

function randomBatch(random: SeededRandom): RecordBatch {
  const builder = new BatchBuilder(SCHEMA);
  for (let row = 1 + random.integer(40); row > 0; row--) {
    builder.append([
      random.pick(['a', 'b', 'é', '', null]),
      random.pick([null, 1n, 2n ** 60n, 2n ** 60n + 1n]),
      random.pick([true, false, null]),
      random.pick([null, -1, 2 ** 31 - 1]),
      random.pick([null, Number.NaN, 1.5, Number.NEGATIVE_INFINITY]),
      random.pick([null, '0.00', '-12.50', '9999999999999999999999999999.99']),
      random.pick([null, new Uint8Array(0), new Uint8Array([1, 2, 255])]),
      random.pick([null, [], ['x', null], ['\u{1F600}'.repeat(random.integer(9))]]),
    ]);
  }
  return builder.finish();
}
