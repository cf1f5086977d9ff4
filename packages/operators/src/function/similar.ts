import { StreamError } from '@millrace/model';
import { PatternProblem, translateSimilar } from '@millrace/plan';
import type { LikeMatcher } from './like.ts';

const CACHED_MAX = 256;
const cache = new Map<string, LikeMatcher>();

/** SIMILAR TO: whether the whole text is as the pattern says. Throws `expression.bad-pattern`. */
export function similarMatcher(pattern: string, escapeChar = ''): LikeMatcher {
  const key = `${escapeChar}\u0000${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const matcher = compile(pattern, escapeChar);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(key, matcher);
  return matcher;
}

function compile(pattern: string, escapeChar: string): LikeMatcher {
  try {
    const { source, flags } = translateSimilar(pattern, escapeChar);
    const compiled = new RegExp(source, flags);
    return (text) => compiled.test(text);
  } catch (cause) {
    if (!(cause instanceof PatternProblem)) throw cause;
    const message = `SIMILAR TO '${pattern}': ${cause.message}.`;
    throw new StreamError('expression.bad-pattern', message, { domain: 'user', retry: 'never', cause });
  }
}
