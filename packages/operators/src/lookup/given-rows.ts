import { CHANGE, type Change, isRetraction, type RecordBatch } from '@millrace/batch';
import type { Collector, OperatorContext, StateDescriptor, StateKey } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { type StoredRow, sameRow, storedRows } from '../row/stored-row.ts';
import type { Answer } from './answer.ts';
import { type JoinedRows, type Pairs, pairUp } from './joined-rows.ts';

const GIVEN = 'given';

/** A row of the input that counts, and the rows of the table it left with. */
type Entry = { readonly row: StoredRow; readonly partners: readonly StoredRow[]; readonly touched: number };

interface Remembering extends LookupJoinNode {
  readonly rowKey: readonly number[];
}

/** The state of a lookup whose rows may be taken back; none otherwise. */
export function givenState(node: LookupJoinNode, input: Schema): readonly StateDescriptor[] {
  if (node.rowKey === undefined) return [];
  return [{ kind: 'values', name: GIVEN, keyTypes: keyTypesOf(input, node.rowKey, 'JOIN') }, ...expiryState(node)];
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
  readonly #kept: Remembered<Entry[]>;
  readonly #expiry: Expiry;

  constructor(node: Remembering, joined: JoinedRows, context: OperatorContext) {
    this.#node = node;
    this.#joined = joined;
    this.#kept = new Remembered<Entry[]>(context, GIVEN);
    this.#expiry = new Expiry(node, context);
  }

  /** Emits a batch whose answers are there; a row that is taken back has none. */
  emit(batch: RecordBatch, numbers: Int32Array, answers: readonly (Answer | undefined)[], now: number, out: Collector) {
    const met = this.#joined.partnersOf(batch, numbers, answers, now);
    const keys = this.#kept.keysOf(batch, this.#node.rowKey);
    const changes = Array.from(numbers, (number) => batch.changes?.[number] ?? CHANGE.insert);
    const pairs: Pairs = { rows: [], partners: [] };
    const given: Change[] = [];
    let replaced: readonly StoredRow[] | undefined;
    for (const [at, row] of storedRows(batch).entries()) {
      const [key, change = CHANGE.insert] = [keys[at], changes[at]];
      if (key === undefined) continue;
      const partners = isRetraction(change) ? this.#take(key, row, now) : met[at];
      if (!isRetraction(change)) this.#put(key, { row, partners: met[at] ?? [], touched: now });
      if (partners === undefined) continue;
      const from = given.length;
      pairUp(pairs, numbers[at] ?? 0, partners, this.#node.type);
      const isSame = replaced !== undefined && areSame(replaced, partners);
      replaced = undefined;
      if (change === CHANGE.updateBefore && keys[at + 1] !== undefined && changes[at + 1] === CHANGE.updateAfter) {
        replaced = partners;
      }
      // One row for another of the same partners is an update, as it was before; anything else goes and comes.
      if (isSame && change === CHANGE.updateAfter) {
        given.fill(CHANGE.updateBefore, from - (pairs.rows.length - from));
        while (given.length < pairs.rows.length) given.push(CHANGE.updateAfter);
      } else {
        const as = isRetraction(change) ? CHANGE.delete : CHANGE.insert;
        while (given.length < pairs.rows.length) given.push(as);
      }
    }
    this.#joined.emitPairs(batch, pairs, Uint8Array.from(given), out);
  }

  onProcessingTime(now: number): void {
    this.#expiry.fire(now, (key) => {
      const alive = (this.#kept.get(key) ?? []).filter(({ touched }) => !this.#expiry.isExpired(touched, now));
      if (alive.length === 0) this.#kept.delete(key);
      else this.#kept.set(key, alive);
      return alive.length === 0 ? undefined : alive.reduce((oldest, { touched }) => Math.min(oldest, touched), now);
    });
  }

  #put(key: StateKey, entry: Entry): void {
    // An inner join has nothing to take back of a row that met nothing.
    if (entry.partners.length === 0 && this.#node.type === 'inner') return;
    const known = this.#kept.get(key);
    if (known !== undefined) return void known.push(entry);
    this.#expiry.arm(key, entry.touched);
    this.#kept.set(key, [entry]);
  }

  /** What a row left with; undefined when that is not known (any more). */
  #take(key: StateKey, row: StoredRow, now: number): readonly StoredRow[] | undefined {
    const known = this.#kept.get(key) ?? [];
    const at = known.findLastIndex((entry) => sameRow(entry.row, row) && !this.#expiry.isExpired(entry.touched, now));
    const found = known[at];
    if (found === undefined) return undefined;
    if (known.length === 1) this.#kept.delete(key);
    else known.splice(at, 1);
    return found.partners;
  }
}

function areSame(before: readonly StoredRow[], after: readonly StoredRow[]): boolean {
  return before.length === after.length && before.every((row, at) => sameRow(row, after[at] ?? []));
}
