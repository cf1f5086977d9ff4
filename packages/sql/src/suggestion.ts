import type { Fix } from './diagnostic.ts';
import type { Span } from './source-text.ts';

/** Longer words are not compared: the distance is quadratic. */
const WORD_LENGTH_MAX = 64;

/** The candidate nearest to `word` (letter case ignored), if it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // One or two letters resemble everything: only letter case may differ there.
  let bestDistance = word.length <= 2 ? 0.5 : Math.min(3, Math.ceil(word.length / 3) + 0.5);
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) > 2) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean X?` with the edit that puts X there, or nothing. */
export function didYouMean(
  word: string,
  span: Span,
  candidates: Iterable<string>,
): { readonly hint: string; readonly fix: Fix | undefined } {
  const found = nearest(word, candidates);
  if (found === undefined) return { hint: '', fix: undefined };
  return { hint: ` Did you mean ${found}?`, fix: { title: `Change to ${found}`, insert: found, ...span } };
}

/** Optimal string alignment distance: insertions, deletions, replacements, swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
