import { StreamError } from '@millrace/model';
import { ACCEPT, type Program } from './program.ts';

/**
 * One way of reading the rows since the start of an attempt: `at` is the instruction that takes the next row; `bindings` has one
 * character per row taken, its code the variable.
 */
export type Way = { readonly at: number; readonly bindings: string };

/**
 * An attempt to match from one row on, which has taken so many of the rows. `ways` are those still possible, most preferred first; `accepted` is the best complete match
 * so far: every way left is preferred to it. It is final when no way is left.
 */
export type Attempt = { ways: Way[]; accepted: string | undefined; taken: number };

/** Ways open at the same time in one attempt: definitions that look back can make them grow with every row. */
export const WAYS_MAX = 10_000;

export function begin(program: Program): Attempt {
  return { ways: program.targetsOf(0).map((at) => ({ at, bindings: '' })), accepted: undefined, taken: 0 };
}

/**
 * Takes one more row, which may be bound to the variable of the i-th way where `holds` is not 0 at i. `forgetful`: no definition looks back at bindings, so of two ways
 * at one instruction the less preferred can never win. Throws `match.too-many-ways`.
 */
export function take(attempt: Attempt, program: Program, holds: Uint8Array, forgetful: boolean, label: string): void {
  const next = new NextWays(forgetful);
  const { ways } = attempt;
  attempt.taken++;
  for (let place = 0; place < ways.length; place++) {
    const way = ways[place];
    if (way === undefined || holds[place] === 0) continue;
    const bindings = way.bindings + String.fromCharCode(program.variableAt(way.at));
    for (const at of program.targetsOf(way.at + 1)) {
      if (at === ACCEPT) {
        attempt.accepted = bindings;
        attempt.ways = next.ways;
        return;
      }
      next.add(at, bindings);
    }
    if (next.ways.length > WAYS_MAX) throw tooManyWays(label);
  }
  attempt.ways = next.ways;
}

/** Up to here looking through a list costs less than a set. */
const LIST_MAX = 8;

/** The ways after a row, each once. */
class NextWays {
  readonly ways: Way[] = [];
  readonly #forgetful: boolean;
  #seen: Set<number | string> | undefined;

  constructor(forgetful: boolean) {
    this.#forgetful = forgetful;
  }

  add(at: number, bindings: string): void {
    if (this.#isKnown(at, bindings)) return;
    this.ways.push({ at, bindings });
    if (this.#seen !== undefined) this.#seen.add(this.#sameness(at, bindings));
    else if (this.ways.length > LIST_MAX)
      this.#seen = new Set(this.ways.map((way) => this.#sameness(way.at, way.bindings)));
  }

  #isKnown(at: number, bindings: string): boolean {
    if (this.#seen !== undefined) return this.#seen.has(this.#sameness(at, bindings));
    return this.ways.some((way) => way.at === at && (this.#forgetful || way.bindings === bindings));
  }

  #sameness(at: number, bindings: string): number | string {
    return this.#forgetful ? at : `${at} ${bindings}`;
  }
}

function tooManyWays(label: string): StreamError {
  const message = `${label}: more than ${WAYS_MAX} ways to read the same rows are open at once. Make the conditions of DEFINE exclude each other, or add WITHIN.`;
  return new StreamError('match.too-many-ways', message, { domain: 'user', retry: 'never' });
}
