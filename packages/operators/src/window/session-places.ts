import { type Column, type RecordBatch, withSelection } from '@millrace/batch';
import type { AccumulatorKind, KeyedTable, TableState } from '@millrace/contracts';
import type { Mergeable } from '../aggregate/accumulation.ts';
import type { BoundCalls } from '../aggregate/bound-calls.ts';

/** Accumulators before those of the calls: rows of the session (0: none here), its start and end, and in place 0 how many places the key has. */
const ROWS = 0;
export const START = 1;
export const END = 2;
const PLACES = 3;
export const OWN_KINDS: readonly AccumulatorKind[] = ['float64', 'float64', 'float64', 'int32'];

export interface SessionRule {
  readonly gapMs: number;
  readonly watermark: number;
  readonly arrival: number;
}

/** Where rows go: row `rows[i]` to slot `slots[i]` of place `places[i]`. */
interface Pending {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  readonly places: Int32Array;
  from: number;
  count: number;
}

/**
 * The open sessions of all keys: one table per place. A key has a slot in place 0 as long as it has any session, and in every place below the
 * number that slot holds. A row that finds only the session in place 0, or none, is the common case and costs a few comparisons.
 */
export class SessionPlaces {
  readonly #state: TableState;
  readonly #scratch: TableState;
  readonly #calls: BoundCalls<Mergeable>;
  readonly #keys: readonly number[];

  constructor(state: TableState, scratch: TableState, calls: BoundCalls<Mergeable>, keys: readonly number[]) {
    this.#state = state;
    this.#scratch = scratch;
    this.#calls = calls;
    this.#keys = keys;
  }

  /** Adds `rows` (the selection of `batch`) in their order; returns how many were late. */
  add(
    batch: RecordBatch,
    rows: Int32Array,
    times: Float64Array,
    computed: readonly Column[],
    rule: SessionRule,
  ): number {
    const first = this.#state.at(0);
    const heads = new Int32Array(rows.length);
    first.slotsOf(batch, this.#keys, heads);
    const pending: Pending = {
      rows: new Int32Array(rows.length),
      slots: new Int32Array(rows.length),
      places: new Int32Array(rows.length),
      from: 0,
      count: 0,
    };
    let late = 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0;
      const head = heads[at] ?? 0;
      const time = times[row] ?? 0;
      let place = 0;
      let slot = head;
      if (!this.#joinFirst(first, head, time, rule)) {
        const flush = () => this.#accumulate(pending, computed, rule.arrival);
        const one = withSelection(batch, Int32Array.of(row));
        const joined = this.#join(one, head, time, rule, flush);
        if (joined === undefined) {
          late++;
          continue;
        }
        ({ place, slot } = joined);
      }
      pending.rows[pending.count] = row;
      pending.places[pending.count] = place;
      pending.slots[pending.count++] = slot;
    }
    this.#accumulate(pending, computed, rule.arrival);
    const places = first.int32(PLACES);
    // Keys of which only late rows came.
    if (late > 0) for (const head of new Set(heads)) if (places[head] === 0) first.release(head);
    return late;
  }

  /** Gives out the sessions that end at `watermark` + 1 or before, place by place, and forgets them. Returns the earliest end that is left. */
  takeDue(watermark: number, visit: (table: KeyedTable, slots: Int32Array) => void): number {
    let earliest = Number.POSITIVE_INFINITY;
    const emptied: Emptied[] = [];
    for (const place of this.#state.namespaces()) {
      const table = this.#state.at(place);
      const rows = table.float64(ROWS);
      const ends = table.float64(END);
      const due: number[] = [];
      for (let slot = 0; slot < table.size; slot++) {
        if (rows[slot] === 0) continue;
        const end = ends[slot] ?? 0;
        if (end - 1 <= watermark) due.push(slot);
        else if (end < earliest) earliest = end;
      }
      if (due.length === 0) continue;
      const slots = Int32Array.from(due);
      visit(table, slots);
      emptied.push(place === 0 && this.#state.namespaces().length === 1 ? { slots } : { keys: keyBatch(table, slots) });
      for (const slot of slots) clearSession(table, slot);
    }
    for (const gone of emptied) this.#forgetKeys(gone);
    return earliest;
  }

  /** The row starts or extends the session in place 0 of a key that has no other place. */
  #joinFirst(first: KeyedTable, head: number, time: number, { gapMs, watermark }: SessionRule): boolean {
    const places = first.int32(PLACES);
    if ((places[head] ?? 0) > 1) return false;
    const rows = first.float64(ROWS);
    const starts = first.float64(START);
    const ends = first.float64(END);
    if (rows[head] === 0) {
      if (time + gapMs - 1 <= watermark) return false;
      starts[head] = time;
      ends[head] = time + gapMs;
    } else {
      const [start, end] = [starts[head] ?? 0, ends[head] ?? 0];
      if (time > end || time + gapMs < start) return false;
      if (time < start) starts[head] = time;
      if (time + gapMs > end) ends[head] = time + gapMs;
    }
    rows[head] = (rows[head] ?? 0) + 1;
    places[head] = 1;
    return true;
  }

  /** Where the session lies that the one row of `batch` is in now, sessions it connects merged; undefined: it is late. */
  #join(
    batch: RecordBatch,
    head: number,
    time: number,
    { gapMs, watermark }: SessionRule,
    flush: () => void,
  ): { readonly place: number; readonly slot: number } | undefined {
    const first = this.#state.at(0);
    const height = first.int32(PLACES)[head] ?? 0;
    const slots = Array.from({ length: height }, (_, place) => (place === 0 ? head : this.#slotIn(place, batch)));
    const isOpen = (place: number) => this.#state.at(place).float64(ROWS)[slots[place] ?? 0] !== 0;
    const touches = (place: number) => {
      const table = this.#state.at(place);
      const slot = slots[place] ?? 0;
      return (
        isOpen(place) && time <= (table.float64(END)[slot] ?? 0) && time + gapMs >= (table.float64(START)[slot] ?? 0)
      );
    };
    const [into, ...others] = [...slots.keys()].filter(touches);
    if (into === undefined) {
      if (time + gapMs - 1 <= watermark) return undefined;
      const hole = [...slots.keys()].find((place) => !isOpen(place)) ?? height;
      const slot = hole === 0 ? head : this.#slotIn(hole, batch);
      extend(this.#state.at(hole), slot, time, time + gapMs, 1);
      first.int32(PLACES)[head] = Math.max(height, hole + 1);
      return { place: hole, slot };
    }
    const table = this.#state.at(into);
    const slot = slots[into] ?? 0;
    if (others.length > 0) flush();
    for (const other of others) this.#merge(this.#state.at(other), slots[other] ?? 0, table, slot, batch);
    extend(table, slot, time, time + gapMs, 1);
    return { place: into, slot };
  }

  /** Never from place 0: the lowest place takes in the others. */
  #merge(from: KeyedTable, fromSlot: number, to: KeyedTable, toSlot: number, batch: RecordBatch): void {
    const scratch = this.#scratch.at(0);
    scratch.slotsOf(batch, this.#keys, new Int32Array(1));
    for (const [at, kind] of [...OWN_KINDS, ...this.#calls.kinds].entries())
      copySlot(kind, at, from, fromSlot, scratch);
    for (const { accumulation, base } of this.#calls.all) accumulation.merge(scratch, to, base, Int32Array.of(toSlot));
    const [rows, start, end] = [ROWS, START, END].map((own) => from.float64(own)[fromSlot] ?? 0);
    extend(to, toSlot, start ?? 0, end ?? 0, rows ?? 0);
    clearSession(from, fromSlot);
    this.#scratch.drop(0);
  }

  #slotIn(place: number, batch: RecordBatch): number {
    return slotOf(this.#state.at(place), batch, this.#keys);
  }

  /** What was not accumulated yet, place by place; usually all of it goes to place 0. */
  #accumulate(pending: Pending, computed: readonly Column[], arrival: number): void {
    const { from, count } = pending;
    const places = pending.places.subarray(from, count);
    for (const place of new Set(places)) {
      const table = this.#state.at(place);
      const isWhole = places.every((other) => other === place);
      const inPlace = (values: Int32Array) =>
        isWhole ? values.subarray(from, count) : values.subarray(from, count).filter((_, at) => places[at] === place);
      const rows = inPlace(pending.rows);
      this.#calls.accumulate(table, computed, { rows, slots: inPlace(pending.slots), count: rows.length, arrival });
    }
    pending.from = count;
  }

  /** Keys of which no session is left. A key may come twice: once it is forgotten, asking for its slot makes a new one. */
  #forgetKeys(emptied: Emptied): void {
    const first = this.#state.at(0);
    if ('slots' in emptied) {
      for (const slot of emptied.slots) first.release(slot);
      return;
    }
    const { keys } = emptied;
    const keyColumns = [...this.#keys.keys()];
    for (let at = 0; at < keys.rows; at++) {
      const one = withSelection(keys, Int32Array.of(at));
      const head = slotOf(first, one, keyColumns);
      const height = Math.max(first.int32(PLACES)[head] ?? 0, 1);
      const slots = Array.from({ length: height }, (_, place) =>
        place === 0 ? head : slotOf(this.#state.at(place), one, keyColumns),
      );
      const isEmpty = slots.every((slot, place) => this.#state.at(place).float64(ROWS)[slot] === 0);
      if (isEmpty) for (const [place, slot] of slots.entries()) this.#state.at(place).release(slot);
    }
  }
}

/** What a place gave out: the slots, where no key has a second place, or the keys. */
type Emptied = { readonly slots: Int32Array } | { readonly keys: RecordBatch };

function slotOf(table: KeyedTable, batch: RecordBatch, keyColumns: readonly number[]): number {
  table.slotsOf(batch, keyColumns, oneSlot);
  return oneSlot[0] ?? 0;
}

const oneSlot = new Int32Array(1);

function keyBatch(table: KeyedTable, slots: Int32Array): RecordBatch {
  return { schema: { fields: [] }, rows: slots.length, columns: table.keysAt(slots), selection: undefined };
}

function extend(table: KeyedTable, slot: number, start: number, end: number, rows: number): void {
  const [counts, starts, ends] = [table.float64(ROWS), table.float64(START), table.float64(END)];
  const isOpen = counts[slot] !== 0;
  starts[slot] = isOpen ? Math.min(starts[slot] ?? 0, start) : start;
  ends[slot] = isOpen ? Math.max(ends[slot] ?? 0, end) : end;
  counts[slot] = (counts[slot] ?? 0) + rows;
}

/** The slot stays, and in place 0 what it says of the other places. */
function clearSession(table: KeyedTable, slot: number): void {
  const places = table.int32(PLACES)[slot] ?? 0;
  table.clear(slot);
  table.int32(PLACES)[slot] = places;
}

/** One accumulator of one slot into slot 0 of `to`. */
function copySlot(kind: AccumulatorKind, at: number, from: KeyedTable, slot: number, to: KeyedTable): void {
  if (kind === 'object') to.object(at)[0] = from.object(at)[slot];
  else if (kind === 'int32') to.int32(at)[0] = from.int32(at)[slot] ?? 0;
  else to.float64(at)[0] = from.float64(at)[slot] ?? 0;
}
