import type { Running } from './running.ts';

/** What happens to the frames of all partitions as a batch of rows enters, in order. */
export interface FrameSteps {
  /** By row: its partition. */
  readonly slots: Int32Array;
  /** By row: its id among the rows of the frames; empty where frames only grow. */
  readonly ids: Int32Array;
  /** By row: the end of the run it lies in. All rows of a run enter before any result of it is taken; peers of a RANGE are one run. */
  readonly runEnds: Int32Array;
  /** The ids of rows that leave. */
  readonly leaving: Int32Array;
  /** By row: how many of `leaving` have left their frames when its result is taken. */
  readonly leavingEnds: Int32Array;
}

/** Which rows count for a call: 1 for those that do, by place. Undefined: all. */
export type Counted = Uint8Array | undefined;

export function takeSteps(running: Running, steps: FrameSteps, entering: Counted, leaving: Counted): void {
  const { slots, runEnds, leavingEnds } = steps;
  for (let start = 0, left = 0; start < slots.length; ) {
    const end = runEnds[start] ?? slots.length;
    for (let row = start; row < end; row++) {
      if (entering === undefined || entering[row] === 1) running.enter(slots[row] ?? 0, row);
    }
    for (let row = start; row < end; row++) {
      const slot = slots[row] ?? 0;
      for (const leftBy = leavingEnds[row] ?? 0; left < leftBy; left++) {
        if (leaving === undefined || leaving[left] === 1) running.leave(slot, left);
      }
      running.result(slot, row);
    }
    start = end;
  }
}

/** The same for frames that are there already: rows enter and nothing is asked. */
export function enterAll(running: Running, slots: Int32Array, entering: Counted): void {
  for (let row = 0; row < slots.length; row++) {
    if (entering === undefined || entering[row] === 1) running.enter(slots[row] ?? 0, row);
  }
}
