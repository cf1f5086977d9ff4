import { CHANGE, type Change, isRetraction, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { JoinNode } from '@millrace/plan';
import { knownSlotsByRow, rowsWithKeys, slotsByRow } from '../row/key-slots.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { rowHashes } from '../row/row-hashes.ts';
import { BatchRows } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { TimeToLive } from '../row/time-to-live.ts';
import { JoinSide, sideState } from './join-side.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';
import type { Pairs } from './pairs.ts';
import { type Meeting, rulesOf } from './rules.ts';

const LEFT = 'left';
const RIGHT = 'right';

/**
 * Regular join of two changelogs (Flink's StreamingJoinOperator and StreamingSemiAntiJoinOperator). Rows with NULL among their keys meet
 * nothing and are not remembered: whether they appear padded depends on nothing else.
 */
export function createJoin(node: JoinNode, left: Schema, right: Schema, functions?: UserFunctions): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new PairedOutput(node.schema, left.fields.length);
  const state = [sideState(LEFT, keyTypes, left), sideState(RIGHT, keyTypes, right)];
  return stateful(state, (context) => new Joining(node, { left, right, condition, output }, context));
}

interface Parts {
  readonly left: Schema;
  readonly right: Schema;
  readonly condition: PairCondition;
  readonly output: PairedOutput;
}

class Joining implements Step {
  readonly #node: JoinNode;
  readonly #condition: PairCondition;
  readonly #output: PairedOutput;
  readonly #context: OperatorContext;
  readonly #left: JoinSide;
  readonly #right: JoinSide;

  constructor(node: JoinNode, { left, right, condition, output }: Parts, context: OperatorContext) {
    this.#node = node;
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    const { stateTtlMs = 0, leftTtlMs = stateTtlMs, rightTtlMs = stateTtlMs } = node;
    this.#left = new JoinSide(context, LEFT, left, new TimeToLive({ stateTtlMs: leftTtlMs }));
    this.#right = new JoinSide(context, RIGHT, right, new TimeToLive({ stateTtlMs: rightTtlMs }));
  }

  process(batch: RecordBatch, input: number, out: Collector): void {
    const clock = this.#context.clock.now();
    const isLeft = input === 0;
    const [own, other] = isLeft ? [this.#left, this.#right] : [this.#right, this.#left];
    const keyColumns = isLeft ? this.#node.leftKeys : this.#node.rightKeys;
    const keyed = rowsWithKeys(batch, keyColumns);
    const partnerSlots = knownSlotsByRow(other.rows, batch, keyColumns, keyed);
    const slots = slotsByRow(own.rows, batch, keyColumns, keyed);
    const stored = this.#store(own, batch, keyed);
    const hashes = rowHashes(batch);
    const rules = rulesOf(this.#node.type, isLeft);
    // Nobody asks when a row was touched unless something is to be forgotten.
    const now = own.ttl.isOn || other.ttl.isOn ? clock : 0;
    const meeting = this.#meeting(other, isLeft, now, out);
    const source = new BatchRows(batch);
    this.#output.begin(isLeft ? source : other.rows, isLeft ? other.rows : source);
    own.bind(batch);
    const { changes } = batch;
    forEachMatched({
      rows: batch.selection ?? rowNumbers(batch.rows),
      own: source,
      other: other.rows,
      isLeft,
      condition: this.#condition,
      now: clock,
      candidatesOf: this.#candidatesOf(other, partnerSlots, now),
      visit(row, partners, from, to) {
        const change = changeOf(changes?.[row]);
        const slot = slots[row] ?? -1;
        meeting.change = change;
        meeting.row = row;
        meeting.partners = partners;
        meeting.from = from;
        meeting.to = to;
        if (isRetraction(change)) {
          if (slot >= 0) own.take(row, hashes[row] ?? 0, now);
          rules.retract(meeting);
        } else {
          if (slot >= 0) own.put(slot, stored[row] ?? 0, row, hashes[row] ?? 0, rules.matchesOf(meeting), now);
          rules.accumulate(meeting);
        }
      },
    });
    this.#output.flush(out);
    if (changes !== undefined) own.rows.dropEmpty(slots, slots.length);
  }

  onProcessingTime(now: number): void {
    this.#left.sweep(now);
    this.#right.sweep(now);
  }

  /** Copies the rows that come: by number, the id of each. */
  #store(own: JoinSide, batch: RecordBatch, keyed: Int32Array): Int32Array {
    const { changes } = batch;
    const coming = changes === undefined ? keyed : keyed.filter((row) => !isRetraction(changes[row] ?? 0));
    const ids = new Int32Array(coming.length);
    own.rows.add(batch, coming, ids);
    if (coming.length === batch.rows) return ids;
    const byRow = new Int32Array(batch.rows);
    for (let at = 0; at < coming.length; at++) byRow[coming[at] ?? 0] = ids[at] ?? 0;
    return byRow;
  }

  #candidatesOf(other: JoinSide, slots: Int32Array, now: number): (row: number, into: Pairs) => void {
    const { lists, starts, counts } = other.rows;
    const { touched, ttl } = other;
    const isForgetful = ttl.isOn;
    return (row, into) => {
      const slot = slots[row] ?? -1;
      if (slot < 0) return;
      const start = starts[slot] ?? 0;
      const end = start + (counts[slot] ?? 0);
      for (let at = start; at < end; at++) {
        const id = lists[at] ?? 0;
        if (!isForgetful || !ttl.isExpired(touched[id] ?? 0, now)) into.push(row, id);
      }
    };
  }

  #meeting(other: JoinSide, isLeft: boolean, now: number, out: Collector): Meeting {
    const output = this.#output;
    const { counts, matches, touched } = other;
    const add = isLeft
      ? (change: Change, own: number, partner: number) => output.add(change, own, partner, out)
      : (change: Change, own: number, partner: number) => output.add(change, partner, own, out);
    const partners = new Int32Array(0);
    return { change: CHANGE.insert, row: 0, partners, from: 0, to: 0, now, counts, matches, touched, add };
  }
}

function changeOf(kind: number | undefined): Change {
  switch (kind) {
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
