import { StreamError } from '@millrace/model';
import { PatternProblem, translateRegexp } from '@millrace/plan';

const CACHED_MAX = 256;
const cache = new Map<string, RegExp>();

/** Compiled once per pattern. Throws `expression.bad-regexp` with the engine's reason. */
function regexp(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = compile(pattern);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

/** True when any part of `text` matches, as Flink's REGEXP, to which an empty pattern matches nothing. */
export function regexpMatches(text: string, pattern: string): boolean {
  if (pattern === '') return false;
  const compiled = regexp(pattern);
  compiled.lastIndex = 0;
  return compiled.test(text);
}

/** Every match replaced by `replacement` as it is: Flink quotes it, so `$1` is no group. */
export function regexpReplace(text: string, pattern: string, replacement: string): string {
  return text.replace(regexp(pattern), () => replacement);
}

/** Group `index` (0 is the whole) of the first match; NULL when there is none. */
export function regexpExtract(text: string, pattern: string, index = 0): string | undefined {
  const compiled = regexp(pattern);
  compiled.lastIndex = 0;
  return compiled.exec(text)?.[index];
}

/** Every match with its groups, in order. */
export function regexpAll(text: string, pattern: string): readonly RegExpMatchArray[] {
  return [...text.matchAll(regexp(pattern))];
}

/** The text between matches, as Java's String.split: empty parts at the end do not count unless there is a limit, which leaves the rest in the last part. */
export function regexpParts(text: string, pattern: string, limit = 0): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(regexp(pattern))) {
    if (limit > 0 && parts.length === limit - 1) break;
    const end = match.index + match[0].length;
    if (end === 0) continue;
    parts.push(text.slice(from, match.index));
    from = end;
  }
  if (from === 0) return [text];
  parts.push(text.slice(from));
  while (limit === 0 && parts.length > 0 && parts.at(-1) === '') parts.pop();
  return parts;
}

export function regexpCount(text: string, pattern: string): number {
  return regexpAll(text, pattern).length;
}

/** Where the first match begins, in characters from 1; 0 when there is none. */
export function regexpPosition(text: string, pattern: string): number {
  const compiled = regexp(pattern);
  compiled.lastIndex = 0;
  const found = compiled.exec(text);
  return found === null ? 0 : [...text.slice(0, found.index)].length + 1;
}

function compile(pattern: string): RegExp {
  try {
    const { source, flags } = translateRegexp(pattern);
    return new RegExp(source, flags);
  } catch (cause) {
    if (!(cause instanceof PatternProblem)) throw cause;
    const message = `'${pattern}' is no regular expression: ${cause.message}.`;
    throw new StreamError('expression.bad-regexp', message, { domain: 'user', retry: 'never', cause });
  }
}
