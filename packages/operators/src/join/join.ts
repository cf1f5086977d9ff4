import { CHANGE, type Change, isRetraction, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, StateKey, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { JoinNode } from '@millrace/plan';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { rowHashes } from '../row/row-hashes.ts';
import { RowOutput } from '../row/row-output.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { nullKeys, type StoredRow, storedRows } from '../row/stored-row.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';
import {
  addTo,
  type Bag,
  collectInto,
  type Entry,
  type IsAlive,
  isEmpty,
  keepIn,
  newBag,
  removeFrom,
} from './row-bag.ts';
import { type Meeting, rulesOf } from './rules.ts';

const ROWS = 'rows';

/** What is remembered of one key: the rows of both sides. */
type Sides = { left: Bag | undefined; right: Bag | undefined };

/**
 * Regular join of two changelogs (Flink's StreamingJoinOperator and StreamingSemiAntiJoinOperator). Rows with NULL among their keys meet
 * nothing and are not remembered: whether they appear padded depends on nothing else.
 */
export function createJoin(node: JoinNode, left: Schema, right: Schema, functions?: UserFunctions): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new RowOutput(node.schema, left.fields.length);
  const state = [{ kind: 'values', name: ROWS, keyTypes } as const, ...expiryState(node)];
  return stateful(state, (context) => new Joining(node, condition, output, context));
}

class Joining implements Step {
  readonly #node: JoinNode;
  readonly #condition: PairCondition;
  readonly #output: RowOutput;
  readonly #context: OperatorContext;
  readonly #sides: Remembered<Sides>;
  readonly #expiry: Expiry;

  constructor(node: JoinNode, condition: PairCondition, output: RowOutput, context: OperatorContext) {
    this.#node = node;
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    this.#sides = new Remembered<Sides>(context, ROWS);
    this.#expiry = new Expiry(node, context);
  }

  process(batch: RecordBatch, input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const isLeft = input === 0;
    const keyColumns = isLeft ? this.#node.leftKeys : this.#node.rightKeys;
    const keys = this.#sides.keysOf(batch, keyColumns);
    const without = nullKeys(batch, keyColumns);
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const hashes = rowHashes(batch);
    // Nobody asks when it was touched unless something is to be forgotten; a small integer takes no room of its own.
    const touched = this.#expiry.isOn ? now : 0;
    const isAlive = this.#isAlive(now);
    const keyAt = (at: number): StateKey | undefined => (without?.[at] === 1 ? undefined : keys[at]);
    const rules = rulesOf(this.#node.type, isLeft);
    let isDropped = false;
    const found = new Array<Sides | undefined>(keys.length).fill(undefined);
    const candidatesOf = (at: number, into: Entry[]): void => {
      const key = keyAt(at);
      const sides = key === undefined ? undefined : this.#sides.get(key);
      found[at] = sides;
      collectInto(into, isLeft ? sides?.right : sides?.left, isAlive);
    };
    const add = (change: Change, own: StoredRow | undefined, other: StoredRow | undefined): void =>
      this.#output.add(change, isLeft ? own : other, isLeft ? other : own, out);
    forEachMatched(storedRows(batch), isLeft, this.#condition, now, candidatesOf, (at, row, partners) => {
      const number = numbers[at] ?? 0;
      const change = changeAt(batch, number);
      const meeting: Meeting = { change, row, partners, now: touched, add };
      const key = keyAt(at);
      const hash = hashes[number] ?? 0;
      if (isRetraction(change)) {
        if (key !== undefined && this.#forget(key, isLeft, row, hash, touched, isAlive)) isDropped = true;
        rules.retract(meeting);
      } else {
        // A row before it may have been the first of its key, or the last.
        const known = isDropped ? undefined : found[at];
        const sides = key === undefined ? undefined : (known ?? this.#sidesOf(key, now));
        if (sides !== undefined) addTo(bagOf(sides, isLeft), row, hash, rules.matchesOf(partners), touched, isAlive);
        rules.accumulate(meeting);
      }
    });
    this.#output.flush(out);
  }

  onProcessingTime(now: number): void {
    const isAlive = this.#isAlive(now);
    this.#expiry.fire(now, (key) => {
      const sides = this.#sides.get(key);
      if (sides === undefined) return undefined;
      const left: Entry[] = [];
      if (sides.left !== undefined) keepIn(sides.left, isAlive);
      if (sides.right !== undefined) keepIn(sides.right, isAlive);
      collectInto(left, sides.left, () => true);
      collectInto(left, sides.right, () => true);
      if (left.length > 0) return left.reduce((oldest, { touched }) => Math.min(oldest, touched), now);
      this.#sides.delete(key);
      return undefined;
    });
  }

  #isAlive(now: number): IsAlive {
    return this.#expiry.isOn ? (entry) => !this.#expiry.isExpired(entry.touched, now) : () => true;
  }

  #sidesOf(key: StateKey, now: number): Sides {
    const known = this.#sides.get(key);
    if (known !== undefined) return known;
    const sides: Sides = { left: undefined, right: undefined };
    this.#sides.set(key, sides);
    this.#expiry.arm(key, now);
    return sides;
  }

  /** Whether nothing is left of the key. */
  #forget(key: StateKey, isLeft: boolean, row: StoredRow, hash: number, touched: number, isAlive: IsAlive): boolean {
    const sides = this.#sides.get(key);
    if (sides === undefined) return false;
    removeFrom(bagOf(sides, isLeft), row, hash, touched, isAlive);
    if (!isEmpty(sides.left) || !isEmpty(sides.right)) return false;
    this.#sides.delete(key);
    return true;
  }
}

function bagOf(sides: Sides, isLeft: boolean): Bag {
  if (isLeft) {
    sides.left ??= newBag();
    return sides.left;
  }
  sides.right ??= newBag();
  return sides.right;
}

function changeAt(batch: RecordBatch, number: number): Change {
  switch (batch.changes?.[number]) {
    case CHANGE.updateBefore:
      return CHANGE.updateBefore;
    case CHANGE.updateAfter:
      return CHANGE.updateAfter;
    case CHANGE.delete:
      return CHANGE.delete;
    default:
      return CHANGE.insert;
  }
}
