import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import type { StoredRow } from '../row/stored-row.ts';
import { rowsToSkip } from './after-match.ts';
import { type Attempt, begin, take } from './attempt.ts';
import { Definitions } from './definitions.ts';
import { compilePattern, type Program } from './program.ts';
import type { Bound } from './terms.ts';

/** A row in the order of its partition. `facts`: see `Definitions`. */
export type MatchRow = { readonly time: number; readonly row: StoredRow; readonly facts: string };

/**
 * One partition: `rows` from the start of the attempt that is not decided yet; the attempt has taken the first `taken` of them. No
 * later attempt begins before it is decided, since where it begins depends on it; then its rows are read again from the buffer.
 */
export type Partition = { rows: MatchRow[]; taken: number; attempt: Attempt | undefined };

/**
 * Finds matches in the rows of a partition. Of the ways to read the rows from one start the preferred one counts (SQL:2016: greedy
 * quantifiers prefer more rows, alternation its left side), and it is told as soon as nothing that may still come could be preferred.
 */
export class Matcher {
  readonly program: Program;
  readonly definitions: Definitions;
  readonly #node: MatchNode;

  constructor(node: MatchNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    this.program = compilePattern(node.pattern, node.label);
    this.definitions = new Definitions(node, this.program.variables, input, functions);
  }

  /** Goes on as far as the rows allow. `isOver(time)`: no row can come any more that would fit into a match begun at `time`. */
  advance(
    partition: Partition,
    isOver: (startTime: number) => boolean,
    now: number,
    emit: (match: Bound) => void,
  ): void {
    const withinMs = this.#node.withinMs ?? Number.POSITIVE_INFINITY;
    const { rows } = partition;
    let start = 0;
    for (let first = rows[start]; first !== undefined; first = rows[start]) {
      const next = rows[start + partition.taken];
      if (next === undefined && !isOver(first.time)) break;
      if (next !== undefined && next.time - first.time < withinMs && this.#take(partition, start, next, now)) continue;
      start += this.#decide(partition, start, emit);
    }
    rows.splice(0, start);
  }

  /** Whether the attempt is still open with this row. */
  #take(partition: Partition, start: number, { facts }: MatchRow, now: number): boolean {
    const { program, definitions } = this;
    partition.attempt ??= begin(program);
    const { attempt } = partition;
    const settled = attempt.ways.map(({ at }) => definitions.settles(facts, program.variableAt(at)));
    const holds = settled.includes(undefined) ? this.#ask(attempt, partition.rows, start, facts, now) : settled;
    take(attempt, program, (way) => holds[way] === true, definitions.areForgetful, this.#node.label);
    partition.taken++;
    return attempt.ways.length > 0;
  }

  #ask(attempt: Attempt, rows: readonly MatchRow[], start: number, facts: string, now: number): readonly boolean[] {
    const row = (at: number): StoredRow => rows[start + at]?.row ?? [];
    const bound = attempt.ways.map(({ at, bindings }): Bound => {
      return { bindings: bindings + String.fromCharCode(this.program.variableAt(at)), row };
    });
    return this.definitions.hold(facts, bound, now);
  }

  /** Tells the match, if there is one, and how many rows further the next attempt begins. */
  #decide(partition: Partition, start: number, emit: (match: Bound) => void): number {
    const accepted = partition.attempt?.accepted;
    partition.attempt = undefined;
    partition.taken = 0;
    if (accepted === undefined) return 1;
    const matched = partition.rows.slice(start, start + accepted.length);
    emit({ bindings: accepted, row: (at) => matched[at]?.row ?? [] });
    return rowsToSkip(this.#node.afterMatch, accepted, this.program.variables, this.#node.label);
  }
}
