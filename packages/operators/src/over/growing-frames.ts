import type { Column, RecordBatch } from '@millrace/batch';
import type { KeyedTable, OperatorContext, TableDescriptor, UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { type CallArguments, type CallColumns, countedRows } from './call-columns.ts';
import { type FrameSteps, takeSteps } from './frame-steps.ts';
import type { Frames, FramesOf } from './frames.ts';
import type { Running } from './running.ts';
import { growingCall } from './running-calls.ts';

const FRAMES = 'frames';
/** Accumulators of a partition before those of the calls. */
const TOUCHED = 0;
const WAITING = 1;
const CALLS = 2;

/** Frames from the first row on: what is added up is all that is kept. */
export function growingFrames(keyTypes: readonly DataType[], args: CallArguments, functions?: UserFunctions): FramesOf {
  const create = () => args.calls.map(({ call }) => growingCall(call, functions));
  const kinds = create().flatMap((running) => running.kinds);
  const state: TableDescriptor = {
    kind: 'table',
    name: FRAMES,
    keyTypes,
    accumulators: ['float64', 'float64', ...kinds],
  };
  return { state, open: (context) => new GrowingFrames(context, args.calls, create()) };
}

class GrowingFrames implements Frames {
  readonly #table: KeyedTable;
  readonly #calls: readonly CallColumns[];
  readonly #running: readonly Running[];

  constructor(context: OperatorContext, calls: readonly CallColumns[], running: readonly Running[]) {
    this.#table = context.state.table(FRAMES).at(0);
    this.#calls = calls;
    this.#running = running;
  }

  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    this.#table.slotsOf(batch, keyColumns, slots);
  }

  get slots(): number {
    return this.#table.size;
  }

  get touched(): Float64Array {
    return this.#table.float64(TOUCHED);
  }

  get waiting(): Float64Array {
    return this.#table.float64(WAITING);
  }

  move(batch: RecordBatch, slots: Int32Array, _times: Float64Array, runEnds: Int32Array): readonly Column[] {
    const steps: FrameSteps = { slots, ids: NONE, runEnds, leaving: NONE, leavingEnds: NONE };
    let base = CALLS;
    return this.#running.map((running, at) => {
      const { argument, filter } = this.#calls[at] ?? {};
      const given = argument === undefined ? undefined : batch.columns[argument];
      const passes = filter === undefined ? undefined : batch.columns[filter];
      running.begin({
        accumulators: this.#table,
        base,
        steps,
        argument: given,
        leavingArgument: undefined,
        gather: nothingKept,
        slots: this.#table.size,
        ids: 0,
      });
      base += running.kinds.length;
      takeSteps(running, steps, countedRows(batch.rows, running.takesNulls ? undefined : given, passes), undefined);
      return running.end();
    });
  }

  clear(slot: number): void {
    this.#table.clear(slot);
  }

  forget(slot: number): void {
    this.#table.release(slot);
  }

  forgetPast(): void {}
}

const NONE = new Int32Array(0);

function nothingKept(): never {
  throw new Error('frames that only grow keep no rows');
}
