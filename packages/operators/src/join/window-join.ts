import { CHANGE, type Column, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type {
  Collector,
  KeyedRows,
  Operator,
  OperatorContext,
  RowsDescriptor,
  RowsState,
  UserFunctions,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { WindowJoinNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { nullKeys } from '../row/key-slots.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { byNamespace } from '../row/namespaces.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { type Keeping, keepingOf } from './keeping.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';

const LEFT = 'left';
const RIGHT = 'right';
const MET = 0;
/** Key mark: the key has a NULL, so its rows meet nobody. */
const HAS_NULL = 0;

/** Joins rows of the same window (Flink's WindowJoinOperator): both sides are kept, by the window's end, until the watermark passes it, then joined at once. */
export function createWindowJoin(
  node: WindowJoinNode,
  left: Schema,
  right: Schema,
  functions?: UserFunctions,
): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const side = (name: string, schema: Schema): RowsDescriptor => {
    const rowTypes = schema.fields.map(({ type }) => type);
    return { kind: 'rows', name, keyTypes, rowTypes, keyMarks: ['float64'], rowMarks: ['int32'], order: 'any' };
  };
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new PairedOutput(node.schema, left.fields.length);
  return stateful([side(LEFT, left), side(RIGHT, right), PROGRESS], (context) => {
    return new WindowJoining(node, left, condition, output, context);
  });
}

class WindowJoining implements Step {
  readonly #node: WindowJoinNode;
  readonly #leftSchema: Schema;
  readonly #keeping: Keeping;
  readonly #condition: PairCondition;
  readonly #output: PairedOutput;
  readonly #context: OperatorContext;
  readonly #left: RowsState;
  readonly #right: RowsState;
  readonly #progress: Progress;

  constructor(
    node: WindowJoinNode,
    left: Schema,
    condition: PairCondition,
    output: PairedOutput,
    context: OperatorContext,
  ) {
    this.#node = node;
    this.#leftSchema = left;
    this.#keeping = keepingOf(node.type);
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    this.#left = context.state.rows(LEFT);
    this.#right = context.state.rows(RIGHT);
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, input: number): void {
    const isLeft = input === 0;
    const keyColumns = isLeft ? this.#node.leftKeys : this.#node.rightKeys;
    const ends = eventTimesByRow(batch, isLeft ? this.#node.leftWindowEnd : this.#node.rightWindowEnd);
    const { watermark } = this.#progress;
    const { groups, late } = byNamespace(batch, ends, (end) => (end - 1 > watermark ? end : Number.NaN));
    for (const [end, numbers] of groups) {
      const part = withSelection(batch, numbers);
      const rows = (isLeft ? this.#left : this.#right).at(end);
      const slots = new Int32Array(numbers.length);
      rows.slotsOf(part, keyColumns, slots);
      const without = nullKeys(part, keyColumns);
      const ids = new Int32Array(numbers.length);
      rows.add(part, numbers, ids);
      for (let at = 0; at < ids.length; at++) rows.link(slots[at] ?? 0, ids[at] ?? 0);
      if (without === undefined) continue;
      const hasNull = rows.keyFloat64(HAS_NULL);
      for (const [at, slot] of slots.entries()) if (without[at] === 1) hasNull[slot] = 1;
    }
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    const ends = new Set([...this.#left.namespaces(), ...this.#right.namespaces()]);
    for (const end of [...ends].sort((a, b) => a - b)) {
      if (end - 1 > timestamp) break;
      this.#join(this.#left.at(end), this.#right.at(end), out);
      this.#left.drop(end);
      this.#right.drop(end);
    }
    this.#progress.advance(timestamp);
  }

  #join(left: KeyedRows, right: KeyedRows, out: Collector): void {
    const { pairs, lonelyLeft, lonelyRight, metLeft } = this.#keeping;
    const output = this.#output;
    output.begin(left, right);
    const partnerSlots = this.#partnerSlots(left, right);
    const { lists, starts, counts } = right;
    const { slotOf } = left;
    const met = right.rowInt32(MET);
    forEachMatched({
      rows: rowNumbers(left.ids),
      own: left,
      other: right,
      isLeft: true,
      condition: this.#condition,
      now: this.#context.clock.now(),
      candidatesOf(row, into) {
        const slot = partnerSlots[slotOf[row] ?? 0] ?? -1;
        if (slot < 0) return;
        const start = starts[slot] ?? 0;
        const end = start + (counts[slot] ?? 0);
        for (let at = start; at < end; at++) into.push(row, lists[at] ?? 0);
      },
      visit(row, partners, from, to) {
        if (from === to ? lonelyLeft : metLeft) output.add(CHANGE.insert, row, -1, out);
        for (let at = from; at < to; at++) {
          const partner = partners[at] ?? 0;
          met[partner] = 1;
          if (pairs) output.add(CHANGE.insert, row, partner, out);
        }
      },
    });
    if (lonelyRight) for (let id = 0; id < right.ids; id++) if (met[id] === 0) output.add(CHANGE.insert, -1, id, out);
    output.flush(out);
  }

  /** By slot of the left side, the slot of the same key on the right; -1 where nobody meets. */
  #partnerSlots(left: KeyedRows, right: KeyedRows): Int32Array {
    const firsts = Int32Array.from({ length: left.slots }, (_, slot) => left.lists[left.starts[slot] ?? 0] ?? -1);
    const { leftKeys } = this.#node;
    const columns: Column[] = leftKeys.map((column) => left.gather(column, firsts));
    const batch = { schema: this.#leftSchema, rows: firsts.length, columns, selection: undefined };
    const slots = new Int32Array(firsts.length);
    right.findSlots(batch, [...leftKeys.keys()], slots);
    const hasNull = left.keyFloat64(HAS_NULL);
    for (let slot = 0; slot < slots.length; slot++) if (hasNull[slot] === 1) slots[slot] = -1;
    return slots;
  }
}
