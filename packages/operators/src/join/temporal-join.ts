import { CHANGE, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, StateKey, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { TemporalJoinNode } from '@millrace/plan';
import { eventTimes } from '../row/event-times.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { Remembered } from '../row/remembered.ts';
import { ListedRows } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { nullKeys, type StoredRow, storedRows } from '../row/stored-row.ts';
import { firstAfter, insertByTime, type TimeLine, takeUntil } from '../row/time-line.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { forEachMatched } from './matching.ts';
import { PairCondition } from './pair-condition.ts';

const ROWS = 'rows';
const TIMERS = 'timers';

type Waiting = { readonly time: number; readonly row: StoredRow };
/** What the key's row is from `time` on; `row` undefined: there is none. */
type Version = { readonly time: number; readonly row: StoredRow | undefined };
/** `timer`: the one that is set. */
type Key = { waiting: TimeLine<Waiting>; versions: TimeLine<Version>; timer: number };

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
  const state = [{ kind: 'values', name: ROWS, keyTypes }, { kind: 'timers', name: TIMERS }, PROGRESS] as const;
  return stateful(state, (context) => new TemporalJoining(node, { left, right }, condition, output, context));
}

interface Schemas {
  readonly left: Schema;
  readonly right: Schema;
}

class TemporalJoining implements Step {
  readonly #node: TemporalJoinNode;
  readonly #schemas: Schemas;
  readonly #condition: PairCondition;
  readonly #output: PairedOutput;
  readonly #context: OperatorContext;
  readonly #keys: Remembered<Key>;
  readonly #progress: Progress;

  constructor(
    node: TemporalJoinNode,
    schemas: Schemas,
    condition: PairCondition,
    output: PairedOutput,
    context: OperatorContext,
  ) {
    this.#node = node;
    this.#schemas = schemas;
    this.#condition = condition;
    this.#output = output;
    this.#context = context;
    this.#keys = new Remembered<Key>(context, ROWS);
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, input: number): void {
    const isLeft = input === 0;
    const keyColumns = isLeft ? this.#node.leftKeys : this.#node.rightKeys;
    const keys = this.#keys.keysOf(batch, keyColumns);
    const without = isLeft ? undefined : nullKeys(batch, keyColumns);
    const times = eventTimes(batch, isLeft ? this.#node.leftTime : this.#node.rightTime);
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    let late = 0;
    for (const [at, row] of storedRows(batch).entries()) {
      const key = keys[at];
      const change = batch.changes?.[numbers[at] ?? 0] ?? CHANGE.insert;
      if (key === undefined || without?.[at] === 1 || change === CHANGE.updateBefore) continue;
      const known = this.#keys.get(key);
      const time = timeOf(times[at] ?? Number.NaN, change, known);
      if (time === undefined) {
        if (change !== CHANGE.delete) late++;
        continue;
      }
      const held = known ?? this.#newKey(key);
      if (isLeft) insertByTime(held.waiting, { time, row });
      else putVersion(held.versions, { time, row: change === CHANGE.delete ? undefined : row });
      this.#wake(key, held, time);
    }
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    this.#progress.advance(timestamp);
    const due: { readonly left: StoredRow; readonly version: Version | undefined }[] = [];
    this.#context.state.timers(TIMERS).fire(timestamp, (time, key) => {
      const held = this.#keys.get(key);
      if (held === undefined || held.timer !== time) return;
      for (const { time: at, row } of takeUntil(held.waiting, timestamp))
        due.push({ left: row, version: held.versions[firstAfter(held.versions, at) - 1] });
      dropPassed(held.versions, timestamp);
      held.timer = Number.POSITIVE_INFINITY;
      const next = Math.min(
        held.waiting[0]?.time ?? held.timer,
        held.versions.find((v) => v.time > timestamp)?.time ?? held.timer,
      );
      if (held.waiting.length === 0 && held.versions.length === 0) this.#keys.delete(key);
      else if (next !== Number.POSITIVE_INFINITY) this.#wake(key, held, next);
    });
    this.#emit(due, out);
  }

  #emit(due: readonly { readonly left: StoredRow; readonly version: Version | undefined }[], out: Collector): void {
    const lefts = new ListedRows(
      due.map(({ left }) => left),
      this.#schemas.left,
    );
    const versions = new ListedRows(
      due.map(({ version }) => version?.row),
      this.#schemas.right,
    );
    this.#output.begin(lefts, versions);
    forEachMatched({
      rows: rowNumbers(due.length),
      own: lefts,
      other: versions,
      isLeft: true,
      condition: this.#condition,
      now: this.#context.clock.now(),
      candidatesOf(row, into) {
        if (due[row]?.version?.row !== undefined) into.push(row, row);
      },
      visit: (row, _partners, from, to) => {
        if (to > from) this.#output.add(CHANGE.insert, row, row, out);
        else if (this.#node.type === 'left') this.#output.add(CHANGE.insert, row, -1, out);
      },
    });
    this.#output.flush(out);
  }

  #newKey(key: StateKey): Key {
    const held: Key = { waiting: [], versions: [], timer: Number.POSITIVE_INFINITY };
    this.#keys.set(key, held);
    return held;
  }

  /** One timer per key, for the earliest of what it has to do. */
  #wake(key: StateKey, held: Key, time: number): void {
    if (time >= held.timer) return;
    held.timer = time;
    this.#context.state.timers(TIMERS).set(time, key);
  }
}

/** A deletion that tells no time ends the version before it, from its beginning on (as Flink's, which carries the row it deletes). */
function timeOf(time: number, change: number, known: Key | undefined): number | undefined {
  if (!Number.isNaN(time)) return time;
  return change === CHANGE.delete ? known?.versions.at(-1)?.time : undefined;
}

function putVersion(versions: TimeLine<Version>, version: Version): void {
  const after = firstAfter(versions, version.time);
  if (versions[after - 1]?.time === version.time) versions[after - 1] = version;
  else versions.splice(after, 0, version);
}

/** Keeps of the versions up to the watermark only the latest, and not even that when it says that there is no row. */
function dropPassed(versions: TimeLine<Version>, watermark: number): void {
  const after = firstAfter(versions, watermark);
  const latest = versions[after - 1];
  versions.splice(0, latest?.row === undefined ? after : after - 1);
}
