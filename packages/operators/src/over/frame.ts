import type { StateValue, UserFunctions } from '@millrace/contracts';
import type { AggregateCall, OverFrame } from '@millrace/plan';
import type { Cell, StoredRow } from '../row/stored-row.ts';
import { type Running, runningOf } from './running.ts';

/** A row within the frame: its time and, per call, the value it brings; undefined where it brings none. */
export interface FrameRow {
  readonly time: number;
  readonly cells: readonly (Cell | undefined)[];
}

/** What is remembered of a partition. `rows[from..]` are in the frame; empty for frames without a bound. */
export type FrameState = {
  readonly rows: { readonly time: number; readonly cells: readonly (Cell | undefined)[] }[];
  from: number;
  /** Rows ever added: numbers them. */
  added: number;
  readonly running: StateValue[];
};

/** Moves frames forward row by row and computes all calls over them. Pure but for the state it is given. */
export class Frames {
  readonly #frame: OverFrame;
  readonly #calls: readonly { readonly lag: number | undefined; readonly running: Running }[];

  constructor(frame: OverFrame, calls: readonly AggregateCall[], functions?: UserFunctions) {
    this.#frame = frame;
    const shrinks = this.#isBounded;
    this.#calls = calls.map((call) =>
      call.name === 'lag'
        ? { lag: Number(call.parameter ?? 1), running: NOTHING }
        : { lag: undefined, running: runningOf(call, shrinks, functions) },
    );
  }

  get #isBounded(): boolean {
    return (this.#frame.kind === 'rows' ? this.#frame.preceding : this.#frame.precedingMs) !== 'unbounded';
  }

  /** How long a row may matter for later ones, by event time; undefined: for ever. */
  get reachMs(): number | undefined {
    const { kind } = this.#frame;
    return kind === 'range' && this.#frame.precedingMs !== 'unbounded' ? this.#frame.precedingMs : undefined;
  }

  create(): FrameState {
    return { rows: [], from: 0, added: 0, running: this.#calls.map(({ running }) => running.create()) };
  }

  /** Rows of one time, in order; the results of each. RANGE: they are peers and all see each other. */
  add(state: FrameState, rows: readonly FrameRow[]): readonly StoredRow[] {
    if (this.#frame.kind === 'rows') {
      const { preceding } = this.#frame;
      return rows.map((row) => {
        this.#enter(state, row);
        while (preceding !== 'unbounded' && state.rows.length - state.from > preceding + 1) this.#leave(state);
        return this.#results(state);
      });
    }
    for (const row of rows) this.#enter(state, row);
    const { precedingMs } = this.#frame;
    const time = rows[0]?.time ?? 0;
    if (precedingMs !== 'unbounded') {
      while ((state.rows[state.from]?.time ?? time) < time - precedingMs) this.#leave(state);
    }
    const results = this.#results(state);
    return rows.map(() => results);
  }

  #enter(state: FrameState, { time, cells }: FrameRow): void {
    const seq = state.added++;
    if (this.#isBounded) state.rows.push({ time, cells });
    for (let at = 0; at < this.#calls.length; at++) {
      const cell = cells[at];
      if (cell !== undefined) state.running[at] = this.#runningAt(at).add(state.running[at], cell, seq);
    }
  }

  #leave(state: FrameState): void {
    const seq = state.added - (state.rows.length - state.from);
    const row = state.rows[state.from++];
    for (let at = 0; at < this.#calls.length; at++) {
      const cell = row?.cells[at];
      if (cell !== undefined) state.running[at] = this.#runningAt(at).remove(state.running[at], cell, seq);
    }
    if (state.from >= 64 && state.from * 2 >= state.rows.length) {
      state.rows.splice(0, state.from);
      state.from = 0;
    }
  }

  #runningAt(at: number): Running {
    return this.#calls[at]?.running ?? NOTHING;
  }

  #results(state: FrameState): StoredRow {
    return this.#calls.map(({ lag, running }, at) => {
      if (lag === undefined) return running.result(state.running[at]);
      const place = state.rows.length - 1 - lag;
      return place < state.from ? null : (state.rows[place]?.cells[at] ?? null);
    });
  }
}

/** LAG looks at the rows of the frame themselves. */
const NOTHING: Running = { create: () => null, add: (state) => state, remove: (state) => state, result: () => null };
