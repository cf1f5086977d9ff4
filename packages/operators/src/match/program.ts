import { StreamError } from '@millrace/model';
import type { RowPattern } from '@millrace/plan';

/** A row pattern as a machine (Thompson 1968, with Pike's priorities): of two ways the first is preferred. */
export type Instruction =
  /** Takes one row, bound to a variable (its place in `Program.variables`), and goes on with the next instruction. */
  | { readonly kind: 'row'; readonly variable: number }
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  /** Around one time of an optional repetition: it may not end without a row, or it would begin again for ever. */
  | { readonly kind: 'enter' | 'leave'; readonly loop: number }
  | { readonly kind: 'accept' };

export const ACCEPT = -1;

export interface Program {
  /** In order of their first place in the pattern. */
  readonly variables: readonly string[];
  /** The variable that the `row` instruction at `at` binds. */
  variableAt(at: number): number;
  /** Where one may stand after arriving at `at`, without a row in between: `row` instructions and ACCEPT, most preferred first. */
  targetsOf(at: number): readonly number[];
}

/** Quantifiers are written out, so a long one makes a long program. */
const INSTRUCTIONS_MAX = 20_000;

/** Throws `match.pattern-too-long`, and `match.empty-pattern` for one that a match without rows would satisfy. */
export function compilePattern(pattern: RowPattern, label: string): Program {
  const code: Instruction[] = [];
  const variables: string[] = [];
  write(pattern, code, variables, label);
  code.push({ kind: 'accept' });
  const targets: (readonly number[] | undefined)[] = code.map(() => undefined);
  const targetsOf = (at: number): readonly number[] => {
    const known = targets[at] ?? closure(code, at);
    targets[at] = known;
    return known;
  };
  if (targetsOf(0).includes(ACCEPT)) {
    throw refusal(
      'match.empty-pattern',
      `${label}: PATTERN matches no row at all too. Make one variable mandatory: A+ for A*.`,
    );
  }
  const variableAt = (at: number): number => {
    const instruction = code[at];
    if (instruction?.kind !== 'row') throw new Error(`instruction ${at} takes no row`);
    return instruction.variable;
  };
  return { variables, variableAt, targetsOf };
}

function write(pattern: RowPattern, code: Instruction[], variables: string[], label: string): void {
  if (code.length > INSTRUCTIONS_MAX) {
    const message = `${label}: PATTERN is longer than ${INSTRUCTIONS_MAX} steps with its quantifiers written out. Use smaller bounds, or + instead of {n,}.`;
    throw refusal('match.pattern-too-long', message);
  }
  switch (pattern.kind) {
    case 'variable': {
      const known = variables.indexOf(pattern.name);
      code.push({ kind: 'row', variable: known >= 0 ? known : variables.push(pattern.name) - 1 });
      return;
    }
    case 'sequence':
      for (const part of pattern.parts) write(part, code, variables, label);
      return;
    case 'alternation': {
      const exits: { to: number }[] = [];
      for (const [at, part] of pattern.parts.entries()) {
        const fork =
          at < pattern.parts.length - 1 ? push(code, { kind: 'fork' as const, first: 0, second: 0 }) : undefined;
        if (fork !== undefined) fork.first = code.length;
        write(part, code, variables, label);
        if (fork === undefined) break;
        exits.push(push(code, { kind: 'jump' as const, to: 0 }));
        fork.second = code.length;
      }
      for (const exit of exits) exit.to = code.length;
      return;
    }
    case 'repeat':
      writeRepeat(pattern, code, variables, label);
  }
}

function writeRepeat(
  { part, min, max, greedy }: Extract<RowPattern, { kind: 'repeat' }>,
  code: Instruction[],
  variables: string[],
  label: string,
): void {
  for (let time = 0; time < min; time++) write(part, code, variables, label);
  const forks: { first: number; second: number }[] = [];
  const again = code.length;
  const optional = max === undefined ? 1 : max - min;
  for (let time = 0; time < optional; time++) {
    const loop = code.length;
    forks.push(push(code, { kind: 'fork' as const, first: loop + 1, second: loop + 1 }));
    code.push({ kind: 'enter', loop });
    write(part, code, variables, label);
    code.push({ kind: 'leave', loop });
  }
  if (max === undefined) code.push({ kind: 'jump', to: again });
  for (const fork of forks) {
    if (greedy) fork.second = code.length;
    else fork.first = code.length;
  }
}

function push<I extends Instruction>(code: Instruction[], instruction: I): I {
  code.push(instruction);
  return instruction;
}

/** `empty`: the optional repetitions entered since the last row. */
interface Place {
  readonly at: number;
  readonly empty: readonly number[];
}

function closure(code: readonly Instruction[], from: number): readonly number[] {
  const targets = new Set<number>();
  const seen = new Set<string>();
  const open: Place[] = [{ at: from, empty: [] }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { at, empty } = place;
    // The same place with the same repetitions open leads nowhere new, and is less preferred this time.
    const sameness = `${at} ${empty.join()}`;
    if (seen.has(sameness)) continue;
    seen.add(sameness);
    const instruction = code[at];
    switch (instruction?.kind) {
      case 'row':
        targets.add(at);
        break;
      case 'accept':
        targets.add(ACCEPT);
        break;
      case 'jump':
        open.push({ at: instruction.to, empty });
        break;
      case 'fork':
        open.push({ at: instruction.second, empty }, { at: instruction.first, empty });
        break;
      case 'enter':
        open.push({ at: at + 1, empty: [...empty, instruction.loop] });
        break;
      case 'leave':
        if (!empty.includes(instruction.loop)) open.push({ at: at + 1, empty });
    }
  }
  return [...targets];
}

function refusal(code: string, message: string): StreamError {
  return new StreamError(code, message, { domain: 'user', retry: 'never' });
}
