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
  /** By place and slot in place 0: the key's slot there + 1, 0 where nobody asked yet. Found again by the key, so no state. */
  #links: Int32Array[] = [];
  /** Where `#join` put the row, in the place it returned. */
  #joinedSlot = 0;

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
    const flush = () => this.#accumulate(pending, computed, rule.arrival);
    let late = 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0;
      const head = heads[at] ?? 0;
      const time = times[row] ?? 0;
      let place = 0;
      let slot = head;
      if (!this.#joinFirst(first, head, time, rule)) {
        place = this.#join({ batch, row, head, time }, rule, flush);
        if (place < 0) {
          late++;
          continue;
        }
        slot = this.#joinedSlot;
      }
      pending.rows[pending.count] = row;
      pending.places[pending.count] = place;
      pending.slots[pending.count++] = slot;
    }
    flush();
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
      emptied.push({ place, slots, keys: keyBatch(table, slots) });
      for (const slot of slots) clearSession(table, slot);
    }
    this.#forgetKeys(emptied);
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

  /** The place of the session that the row is in now, sessions it connects merged; -1: it is late. */
  #join({ batch, row, head, time }: Arriving, { gapMs, watermark }: SessionRule, flush: () => void): number {
    const heights = this.#state.at(0).int32(PLACES);
    const height = heights[head] ?? 0;
    let into = -1;
    let hole = -1;
    for (let place = 0; place < height; place++) {
      const table = this.#state.at(place);
      const slot = this.#slotIn(place, head, batch, row, this.#keys);
      if (table.float64(ROWS)[slot] === 0) {
        if (hole < 0) hole = place;
      } else if (time <= (table.float64(END)[slot] ?? 0) && time + gapMs >= (table.float64(START)[slot] ?? 0)) {
        if (into < 0) {
          into = place;
          this.#joinedSlot = slot;
        } else {
          flush();
          this.#merge(table, slot, this.#state.at(into), this.#joinedSlot, withSelection(batch, Int32Array.of(row)));
        }
      }
    }
    if (into < 0) {
      if (time + gapMs - 1 <= watermark) return -1;
      into = hole < 0 ? height : hole;
      this.#joinedSlot = this.#slotIn(into, head, batch, row, this.#keys);
      // Asking for a slot may have moved the accumulators.
      this.#state.at(0).int32(PLACES)[head] = Math.max(height, into + 1);
    }
    extend(this.#state.at(into), this.#joinedSlot, time, time + gapMs, 1);
    return into;
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

  /** The slot in `place` of the key of row `row`, which has slot `head` in place 0. It may be written. */
  #slotIn(place: number, head: number, batch: RecordBatch, row: number, keyColumns: readonly number[]): number {
    if (place === 0) return head;
    let links = this.#links[place] ?? new Int32Array(0);
    if (head >= links.length) {
      const longer = new Int32Array(Math.max(64, head + 1, links.length * 2));
      longer.set(links);
      links = longer;
      while (this.#links.length <= place) this.#links.push(new Int32Array(0));
      this.#links[place] = links;
    }
    const table = this.#state.at(place);
    const known = links[head] ?? 0;
    if (known > 0) {
      table.touch(known - 1);
      return known - 1;
    }
    table.slotsOf(withSelection(batch, Int32Array.of(row)), keyColumns, oneSlot);
    const slot = oneSlot[0] ?? 0;
    links[head] = slot + 1;
    return slot;
  }

  /** What was not accumulated yet, place by place; usually all of it goes to place 0. */
  #accumulate(pending: Pending, computed: readonly Column[], arrival: number): void {
    const { from, count } = pending;
    const counts: number[] = [];
    for (let at = from; at < count; at++) {
      const place = pending.places[at] ?? 0;
      while (counts.length <= place) counts.push(0);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (const [place, rowCount] of counts.entries()) {
      if (rowCount === 0) continue;
      const isWhole = rowCount === count - from;
      const rows = isWhole ? pending.rows.subarray(from, count) : inPlace(pending.rows, pending, place, rowCount);
      const slots = isWhole ? pending.slots.subarray(from, count) : inPlace(pending.slots, pending, place, rowCount);
      this.#calls.accumulate(this.#state.at(place), computed, { rows, slots, count: rowCount, arrival });
    }
    pending.from = count;
  }

  /** Keys of which no session is left, all heads found before the first is forgotten: asking for the slot of a forgotten key makes a new one. */
  #forgetKeys(emptied: readonly Emptied[]): void {
    const first = this.#state.at(0);
    const heads = emptied.map(({ place, slots, keys }) => {
      if (place === 0) return slots;
      const found = new Int32Array(slots.length);
      first.slotsOf(keys, [...this.#keys.keys()], found);
      return found;
    });
    const seen = new Set<number>();
    for (const [at, { keys }] of emptied.entries()) {
      for (const [row, head] of (heads[at] ?? []).entries()) {
        if (seen.has(head)) continue;
        seen.add(head);
        this.#forgetKey(head, keys, row);
      }
    }
  }

  #forgetKey(head: number, keys: RecordBatch, row: number): void {
    const keyColumns = [...this.#keys.keys()];
    const height = Math.max(this.#state.at(0).int32(PLACES)[head] ?? 0, 1);
    for (let place = 0; place < height; place++) {
      const slot = this.#slotIn(place, head, keys, row, keyColumns);
      if (this.#state.at(place).float64(ROWS)[slot] !== 0) return;
    }
    for (let place = 1; place < height; place++) {
      this.#state.at(place).release(this.#slotIn(place, head, keys, row, keyColumns));
      const links = this.#links[place];
      if (links !== undefined) links[head] = 0;
    }
    this.#state.at(0).release(head);
  }
}

/** One row, and where its key is in place 0. */
interface Arriving {
  readonly batch: RecordBatch;
  readonly row: number;
  readonly head: number;
  readonly time: number;
}

/** What a place gave out. */
interface Emptied {
  readonly place: number;
  readonly slots: Int32Array;
  readonly keys: RecordBatch;
}

/** The pending values of one place. */
function inPlace(values: Int32Array, { places, from, count }: Pending, place: number, rowCount: number): Int32Array {
  const found = new Int32Array(rowCount);
  let next = 0;
  for (let at = from; at < count; at++) if (places[at] === place) found[next++] = values[at] ?? 0;
  return found;
}

const oneSlot = new Int32Array(1);

function keyBatch(table: KeyedTable, slots: Int32Array): RecordBatch {
  return { schema: { fields: [] }, rows: slots.length, columns: table.keysAt(slots), selection: undefined };
}

function extend(table: KeyedTable, slot: number, start: number, end: number, rows: number): void {
  const counts = table.float64(ROWS);
  const starts = table.float64(START);
  const ends = table.float64(END);
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
