import { StreamError } from '@millrace/model';
import { ACCEPT, type Program } from './program.ts';

/**
 * One way of reading the rows since the start of an attempt: `at` is the instruction that takes the next row; `bindings` has one
 * character per row taken, its code the variable.
 */
export type Way = { readonly at: number; readonly bindings: string };

/**
 * An attempt to match from one row on. `ways` are those still possible, most preferred first; `accepted` is the best complete match
 * so far: every way left is preferred to it. It is final when no way is left.
 */
export type Attempt = { ways: Way[]; accepted: string | undefined };

/** Ways open at the same time in one attempt: definitions that look back can make them grow with every row. */
export const WAYS_MAX = 10_000;

export function begin(program: Program): Attempt {
  return { ways: program.targetsOf(0).map((at) => ({ at, bindings: '' })), accepted: undefined };
}

/**
 * Takes one more row, for which the i-th way's variable holds or not. `forgetful`: no definition looks back at bindings, so of two ways
 * at one instruction the less preferred can never win. Throws `match.too-many-ways`.
 */
export function take(
  attempt: Attempt,
  program: Program,
  holds: (way: number) => boolean,
  forgetful: boolean,
  label: string,
): void {
  const next: Way[] = [];
  const seen = new Set<number | string>();
  for (const [place, way] of attempt.ways.entries()) {
    if (!holds(place)) continue;
    const bindings = way.bindings + String.fromCharCode(program.variableAt(way.at));
    for (const at of program.targetsOf(way.at + 1)) {
      if (at === ACCEPT) {
        attempt.accepted = bindings;
        attempt.ways = next;
        return;
      }
      const sameness = forgetful ? at : `${at} ${bindings}`;
      if (seen.has(sameness)) continue;
      seen.add(sameness);
      next.push({ at, bindings });
    }
    if (next.length > WAYS_MAX) throw tooManyWays(label);
  }
  attempt.ways = next;
}

function tooManyWays(label: string): StreamError {
  const message = `${label}: more than ${WAYS_MAX} ways to read the same rows are open at once. Make the conditions of DEFINE exclude each other, or add WITHIN.`;
  return new StreamError('match.too-many-ways', message, { domain: 'user', retry: 'never' });
}
