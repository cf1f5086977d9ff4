import type { AfterMatch, RowPattern } from '@millrace/plan';

/** Whether the last row of `names` (the variables of the rows from `start` on) satisfies its definition. */
export type Defined = (start: number, names: readonly string[]) => boolean;

/**
 * MATCH_RECOGNIZE over the whole of a partition by its definition: from each start the ways to read the pattern are tried in order of
 * preference, with backtracking; the first that fits is the match. Gives starts and variables by row. Throws 'skip' for a bad target.
 */
export function matchesOf(
  rows: number,
  pattern: RowPattern,
  defined: Defined,
  after: AfterMatch,
): { start: number; names: readonly string[] }[] {
  const found: { start: number; names: readonly string[] }[] = [];
  for (let start = 0; start < rows; ) {
    const names = matchAt(start, rows, pattern, defined);
    if (names === undefined) {
      start++;
      continue;
    }
    found.push({ start, names });
    start += skip(after, names);
  }
  return found;
}

function skip(after: AfterMatch, names: readonly string[]): number {
  if (after.kind === 'past-last-row') return names.length;
  if (after.kind === 'to-next-row') return 1;
  const find = after.kind === 'to-first' ? names.indexOf : names.lastIndexOf;
  const at = find.call(names, 'variable' in after ? after.variable : '');
  if (at <= 0) throw new Error('skip');
  return at;
}

type Names = readonly string[];
type Then = (names: Names) => Names | undefined;

function matchAt(start: number, rows: number, pattern: RowPattern, defined: Defined): Names | undefined {
  const read = (part: RowPattern, names: Names, then: Then): Names | undefined => {
    switch (part.kind) {
      case 'variable': {
        const more = [...names, part.name];
        return start + names.length < rows && defined(start, more) ? then(more) : undefined;
      }
      case 'sequence': {
        const [head, ...tail] = part.parts;
        if (head === undefined) return then(names);
        return read(head, names, (more) => read({ kind: 'sequence', parts: tail }, more, then));
      }
      case 'alternation': {
        for (const choice of part.parts) {
          const found = read(choice, names, then);
          if (found !== undefined) return found;
        }
        return undefined;
      }
      case 'repeat': {
        const { min, max, greedy } = part;
        const times = (count: number, so: Names): Names | undefined => {
          const again = (mayBeEmpty: boolean) =>
            read(part.part, so, (more) => (mayBeEmpty || more.length > so.length ? times(count + 1, more) : undefined));
          if (count < min) return again(true);
          const more = () => (max === undefined || count < max ? again(false) : undefined);
          return greedy ? (more() ?? then(so)) : (then(so) ?? more());
        };
        return times(0, names);
      }
    }
  };
  return read(pattern, [], (names) => (names.length > 0 ? names : undefined));
}
