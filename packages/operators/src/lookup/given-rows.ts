import { CHANGE, type Change, isRetraction, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector, KeyedRows, OperatorContext, RowsDescriptor, StateDescriptor } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { TimeToLive } from '../row/time-to-live.ts';
import type { Answer } from './answer.ts';
import { type JoinedRows, type Pairs, pairUp } from './joined-rows.ts';

const GIVEN = 'given-rows';
/** Mark of a key: how many rows of the input it ever had, which numbers them. */
const ADDED = 0;
/** Marks of what is kept: the number of the row of the input, when it was written; its place among what that row left with. */
const NUMBER = 0;
const TOUCHED = 1;
const PLACE = 2;

interface Remembering extends LookupJoinNode {
  readonly rowKey: readonly number[];
}

/** The state of a lookup whose rows may be taken back, none otherwise: each row of the input beside each row of the table it left with. */
export function givenState(node: LookupJoinNode, input: Schema): readonly StateDescriptor[] {
  if (node.rowKey === undefined) return [];
  const state: RowsDescriptor = {
    kind: 'rows',
    name: GIVEN,
    keyTypes: keyTypesOf(input, node.rowKey, 'JOIN'),
    rowTypes: [...input.fields, ...node.columns].map(({ type }) => type),
    keyMarks: ['float64'],
    rowMarks: ['float64', 'float64', 'int32'],
    order: 'any',
  };
  return [state];
}

export function remembersRows(node: LookupJoinNode): node is Remembering {
  return node.rowKey !== undefined;
}

/**
 * What each row left with, so that taking it back takes back just that, whatever the table says by then (Flink's
 * `table.optimizer.non-deterministic-update.strategy` = TRY_RESOLVE). Of equal rows any one is taken back. A row that was forgotten, or that met nothing,
 * takes nothing back.
 */
export class GivenRows {
  readonly #node: Remembering;
  readonly #joined: JoinedRows;
  readonly #rows: KeyedRows;
  readonly #ttl: TimeToLive;
  readonly #output: PairedOutput;
  /** Of what is kept, the columns of the input, and those of the table. */
  readonly #own: readonly number[];
  readonly #looked: readonly number[];

  constructor(node: Remembering, joined: JoinedRows, context: OperatorContext) {
    this.#node = node;
    this.#joined = joined;
    this.#rows = context.state.rows(GIVEN).at(0);
    this.#ttl = new TimeToLive(node);
    const columns = [...node.schema.fields.keys()];
    this.#output = new PairedOutput(node.schema, columns.length);
    this.#own = columns.slice(0, columns.length - node.columns.length);
    this.#looked = columns.slice(this.#own.length);
  }

  /** Emits a batch whose answers are there; a row that is taken back has none. */
  emit(batch: RecordBatch, numbers: Int32Array, answers: readonly (Answer | undefined)[], now: number, out: Collector) {
    const slots = new Int32Array(numbers.length);
    this.#rows.slotsOf(withSelection(batch, numbers), this.#node.rowKey, slots);
    const coming = this.#add(batch, numbers, this.#joined.partnersOf(batch, numbers, answers, now));
    const told: Told = { ids: [], changes: [] };
    const gone: number[] = [];
    let replaced: Int32Array | undefined;
    for (let at = 0; at < numbers.length; at++) {
      const [slot, number] = [slots[at] ?? 0, numbers[at] ?? 0];
      const change = changeOf(batch, number);
      if (isRetraction(change)) {
        const taken = this.#take(slot, batch, number, now);
        gone.push(...taken);
        tell(told, taken, CHANGE.delete);
        const isReplaced =
          change === CHANGE.updateBefore && changeOf(batch, numbers[at + 1] ?? -1) === CHANGE.updateAfter;
        replaced = isReplaced && taken.length > 0 ? taken : undefined;
        continue;
      }
      const from = coming.ends[at - 1] ?? 0;
      const ids = coming.ids.subarray(from, coming.ends[at] ?? 0);
      this.#put(slot, ids, now);
      // One row for another of the same partners is an update, as it was before; anything else goes and comes.
      if (replaced !== undefined && change === CHANGE.updateAfter && this.#areSame(replaced, coming.pairs, from, ids)) {
        told.changes.fill(CHANGE.updateBefore, told.changes.length - ids.length);
        tell(told, ids, CHANGE.updateAfter);
      } else tell(told, ids, CHANGE.insert);
      replaced = undefined;
    }
    this.#emitAll(told, out);
    for (const id of gone) this.#rows.free(id);
    this.#rows.dropEmpty(slots, slots.length);
  }

  onProcessingTime(now: number): void {
    if (this.#ttl.isDue(now)) this.#ttl.sweepRows(this.#rows, TOUCHED, now);
  }

  /** Stores what the rows that come leave with: that of the i-th of `numbers` ends at `ends[i]`. An inner join has nothing to take back of a row that met nothing. */
  #add(batch: RecordBatch, numbers: Int32Array, met: ReturnType<JoinedRows['partnersOf']>): Coming {
    const pairs: Pairs = { rows: [], partners: [] };
    const ends = new Int32Array(numbers.length);
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      if (!isRetraction(changeOf(batch, number))) pairUp(pairs, number, met[at] ?? [], this.#node.type);
      ends[at] = pairs.rows.length;
    }
    const stored = this.#joined.pairsOf(batch, pairs);
    const ids = new Int32Array(stored.rows);
    this.#rows.add(stored, rowNumbers(stored.rows), ids);
    return { pairs: stored, ids, ends };
  }

  #put(slot: number, ids: Int32Array, now: number): void {
    const rows = this.#rows;
    const added = rows.keyFloat64(ADDED);
    const [numbers, touched, places] = [rows.rowFloat64(NUMBER), rows.rowFloat64(TOUCHED), rows.rowInt32(PLACE)];
    for (let place = 0; place < ids.length; place++) {
      const id = ids[place] ?? 0;
      numbers[id] = added[slot] ?? 0;
      touched[id] = now;
      places[id] = place;
      rows.link(slot, id);
    }
    added[slot] = (added[slot] ?? 0) + 1;
  }

  /** What the last of the rows that equal row `number` left with, in order; it is no longer kept, and stays readable. Empty when that is not known (any more). */
  #take(slot: number, batch: RecordBatch, number: number, now: number): Int32Array {
    const rows = this.#rows;
    const [numbers, touched, places] = [rows.rowFloat64(NUMBER), rows.rowFloat64(TOUCHED), rows.rowInt32(PLACE)];
    const start = rows.starts[slot] ?? 0;
    const kept = rows.lists.subarray(start, start + (rows.counts[slot] ?? 0));
    rows.bind(batch, this.#own);
    let last = -1;
    for (const id of kept) {
      const isLater = places[id] === 0 && (numbers[id] ?? 0) > last && !this.#ttl.isExpired(touched[id] ?? 0, now);
      if (isLater && rows.equals(id, number)) last = numbers[id] ?? 0;
    }
    const taken = kept.filter((id) => numbers[id] === last).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
    for (const id of taken) rows.unlink(id);
    return taken;
  }

  /** Whether two rows left with the same: one with rows that are kept, one with the rows from `from` on of those that come. */
  #areSame(before: Int32Array, pairs: RecordBatch, from: number, ids: Int32Array): boolean {
    if (before.length !== ids.length) return false;
    this.#rows.bind(pairs, this.#looked);
    return before.every((id, at) => this.#rows.equals(id, from + at));
  }

  #emitAll({ ids, changes }: Told, out: Collector): void {
    this.#output.begin(this.#rows, this.#rows);
    for (let at = 0; at < ids.length; at++) this.#output.add(changes[at] ?? CHANGE.insert, ids[at] ?? 0, -1, out);
    this.#output.flush(out);
  }
}

/** Rows on their way out, by id. */
interface Told {
  readonly ids: number[];
  readonly changes: Change[];
}

interface Coming {
  readonly pairs: RecordBatch;
  readonly ids: Int32Array;
  readonly ends: Int32Array;
}

function tell({ ids, changes }: Told, told: Int32Array, change: Change): void {
  for (const id of told) {
    ids.push(id);
    changes.push(change);
  }
}

function changeOf(batch: RecordBatch, number: number): Change {
  return (batch.changes?.[number] ?? CHANGE.insert) as Change;
}
