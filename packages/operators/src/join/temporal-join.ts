import { CHANGE, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { TemporalJoinNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { keptRows } from '../row/kept-rows.ts';
import { rowsWithKeys } from '../row/key-slots.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { BatchRows } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { type Due, WaitingRows, waitingState } from '../row/waiting-rows.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';
import { Versions, versionsState } from './versions.ts';

const WAITING = 'waiting';
const VERSIONS = 'versions';
/** Left rows that look for their versions in one go. */
const ROWS_MAX = 4096;

/**
 * Each left row with the version of its key at the left row's time (Flink's TemporalRowTimeJoinOperator). Left rows wait for the watermark;
 * of the versions it has passed only the latest is kept. Of two changes with one time the later to come counts. UPDATE_BEFORE says
 * nothing that its UPDATE_AFTER does not; a DELETE ends its key from its time on.
 */
export function createTemporalJoin(
  node: TemporalJoinNode,
  left: Schema,
  right: Schema,
  functions?: UserFunctions,
): Operator {
  const keyTypes = keyTypesOf(left, node.leftKeys, 'JOIN');
  const condition = new PairCondition(node.condition, left, right, node.label, functions);
  const output = new PairedOutput(node.schema, left.fields.length);
  const state = [waitingState(WAITING, keyTypes, left), versionsState(VERSIONS, keyTypes, right), PROGRESS];
  return stateful(state, (context) => new TemporalJoining(node, left, { condition, output }, context));
}

interface Joining {
  readonly condition: PairCondition;
  readonly output: PairedOutput;
}

class TemporalJoining implements Step {
  readonly #node: TemporalJoinNode;
  readonly #joining: Joining;
  readonly #context: OperatorContext;
  readonly #progress: Progress;
  readonly #waiting: WaitingRows;
  readonly #versions: Versions;

  constructor(node: TemporalJoinNode, left: Schema, joining: Joining, context: OperatorContext) {
    this.#node = node;
    this.#joining = joining;
    this.#context = context;
    this.#progress = new Progress(context);
    this.#waiting = new WaitingRows(context, WAITING, left, this.#progress);
    this.#versions = new Versions(context, VERSIONS);
  }

  process(batch: RecordBatch, input: number): void {
    const late = input === 0 ? this.#wait(batch) : this.#putVersions(batch);
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    this.#progress.advance(timestamp);
    for (;;) {
      const due = this.#waiting.take(timestamp, ROWS_MAX);
      if (due === undefined) break;
      this.#join(due, out);
    }
    this.#versions.dropPassed(timestamp);
  }

  /** How many rows have no time. */
  #wait(batch: RecordBatch): number {
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const times = eventTimesByRow(batch, this.#node.leftTime);
    const timed = keptRows(selected, (row) => !Number.isNaN(times[row]));
    this.#waiting.add(batch, this.#node.leftKeys, timed, times);
    return selected.length - timed.length;
  }

  #putVersions(batch: RecordBatch): number {
    const { rightKeys, rightTime } = this.#node;
    const { changes } = batch;
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const told = changes === undefined ? selected : keptRows(selected, (row) => changes[row] !== CHANGE.updateBefore);
    const numbers = rowsWithKeys(withSelection(batch, told), rightKeys);
    return this.#versions.put(batch, rightKeys, numbers, eventTimesByRow(batch, rightTime));
  }

  #join({ batch, times }: Due, out: Collector): void {
    const versions = this.#versions;
    const { condition, output } = this.#joining;
    const slots = new Int32Array(batch.rows);
    versions.rows.findSlots(batch, this.#node.leftKeys, slots);
    const own = new BatchRows(batch);
    output.begin(own, versions.rows);
    forEachMatched({
      rows: rowNumbers(batch.rows),
      own,
      other: versions.rows,
      isLeft: true,
      condition,
      now: this.#context.clock.now(),
      candidatesOf(row, into) {
        const version = versions.at(slots[row] ?? -1, times[row] ?? 0);
        if (version >= 0) into.push(row, version);
      },
      visit: (row, partners, from, to) => {
        if (to > from) output.add(CHANGE.insert, row, partners[from] ?? -1, out);
        else if (this.#node.type === 'left') output.add(CHANGE.insert, row, -1, out);
      },
    });
    output.flush(out);
  }
}
