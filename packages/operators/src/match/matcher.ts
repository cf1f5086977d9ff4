import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import type { RowSource } from '../row/row-source.ts';
import { rowsToSkip } from './after-match.ts';
import { type Attempt, begin, take, WAYS_MAX } from './attempt.ts';
import { ASK, Definitions } from './definitions.ts';
import { compilePattern, type Program } from './program.ts';
import type { Bound } from './terms.ts';

/** Rows in order: `ids[from]` to `ids[from + count - 1]` of those that lie in `rows`, with their times and facts by id. */
export interface OrderedRows {
  readonly ids: Int32Array;
  readonly from: number;
  readonly count: number;
  readonly rows: RowSource;
  readonly times: Float64Array;
  readonly facts: readonly Int32Array[];
}

/** How far the rows could be read: the attempt that is open begins `skipped` rows later. */
export interface Advanced {
  readonly skipped: number;
  readonly attempt: Attempt | undefined;
}

/**
 * Finds matches in the rows of a partition. Of the ways to read the rows from one start the preferred one counts (SQL:2016: greedy
 * quantifiers prefer more rows, alternation its left side), and it is told as soon as nothing that may still come could be preferred. No
 * later attempt begins before one is decided, since where it begins depends on it; then its rows are read again.
 */
export class Matcher {
  readonly program: Program;
  readonly definitions: Definitions;
  readonly #node: MatchNode;
  readonly #withinMs: number;
  /** Of the ways that are open. */
  #verdicts = new Uint8Array(16);

  constructor(node: MatchNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    this.#withinMs = node.withinMs ?? Number.POSITIVE_INFINITY;
    this.program = compilePattern(node.pattern, node.label);
    this.definitions = new Definitions(node, this.program.variables, input, functions);
  }

  /**
   * Goes on as far as the rows allow; `open` is the attempt that begins with the first of them, as far as it has come, or undefined to
   * read them again. `isOver(time)`: no row can come any more that would fit into a match begun at `time`. Matches are added to `found`.
   */
  advance(
    rows: OrderedRows,
    open: Attempt | undefined,
    isOver: (startTime: number) => boolean,
    now: number,
    found: Bound[],
  ): Advanced {
    const { ids, from, count, times } = rows;
    let attempt = open;
    let start = 0;
    while (start < count) {
      const startTime = times[ids[from + start] ?? 0] ?? 0;
      attempt ??= begin(this.program);
      const next = start + attempt.taken;
      if (next === count && !isOver(startTime)) break;
      const fits = next < count && (times[ids[from + next] ?? 0] ?? 0) - startTime < this.#withinMs;
      if (fits && this.#take(attempt, rows, start, now)) continue;
      start += this.#decide(attempt, rows, start, found);
      attempt = undefined;
    }
    return { skipped: start, attempt };
  }

  /** Whether the attempt is still open with one more row. */
  #take(attempt: Attempt, rows: OrderedRows, start: number, now: number): boolean {
    const { program, definitions } = this;
    const { ways } = attempt;
    const id = rows.ids[rows.from + start + attempt.taken] ?? 0;
    if (this.#verdicts.length < ways.length) this.#verdicts = new Uint8Array(Math.max(ways.length, WAYS_MAX));
    let asks = false;
    for (let at = 0; at < ways.length; at++) {
      const fact = definitions.factAt(rows.facts, id, program.variableAt(ways[at]?.at ?? 0));
      this.#verdicts[at] = fact;
      if (fact === ASK) asks = true;
    }
    if (asks) this.#ask(attempt, rows, start, now);
    take(attempt, program, this.#verdicts, definitions.areForgetful, this.#node.label);
    return attempt.ways.length > 0;
  }

  #ask({ ways }: Attempt, { ids, from, rows }: OrderedRows, start: number, now: number): void {
    const matches = ways.map(({ at, bindings }): Bound => {
      return { bindings: bindings + String.fromCharCode(this.program.variableAt(at)), ids, from: from + start };
    });
    this.definitions.ask(matches, this.#verdicts, rows, now);
  }

  /** Tells the match, if there is one, and how many rows further the next attempt begins. */
  #decide({ accepted }: Attempt, { ids, from }: OrderedRows, start: number, found: Bound[]): number {
    if (accepted === undefined) return 1;
    const first = from + start;
    found.push({ bindings: accepted, ids: ids.slice(first, first + accepted.length), from: 0 });
    return rowsToSkip(this.#node.afterMatch, accepted, this.program.variables, this.#node.label);
  }
}
