import { StreamError } from '@millrace/model';

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

/** True when any part of `text` matches, as Flink's REGEXP. */
export function regexpMatches(text: string, pattern: string): boolean {
  const compiled = regexp(pattern);
  compiled.lastIndex = 0;
  return compiled.test(text);
}

/** Every match replaced, by Java's rules: `$1` is a group, `$0` the whole match, a backslash makes the next character plain. */
export function regexpReplace(text: string, pattern: string, replacement: string): string {
  return text.replace(regexp(pattern), (...found: unknown[]) => {
    // The match, its groups, then position and text (and named groups, when there are any).
    const position = found.findIndex((item) => typeof item === 'number');
    return filled(replacement, found.slice(0, position));
  });
}

function filled(replacement: string, groups: readonly unknown[]): string {
  return replacement.replace(/\\([\s\S])|\$(\d+)/g, (token, plain: string | undefined, digits: string | undefined) => {
    if (plain !== undefined) return plain;
    // As many digits as still name a group; the rest is text.
    let length = digits?.length ?? 0;
    while (length > 1 && Number(digits?.slice(0, length)) >= groups.length) length--;
    const group = Number(digits?.slice(0, length));
    return group < groups.length ? String(groups[group] ?? '') + (digits?.slice(length) ?? '') : token;
  });
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
    return new RegExp(pattern, 'gu');
  } catch (cause) {
    // Java allows escapes of plain punctuation that the strict mode refuses.
    try {
      return new RegExp(pattern, 'g');
    } catch {
      throw new StreamError(
        'expression.bad-regexp',
        `'${pattern}' is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}.`,
        { domain: 'user', retry: 'never', cause },
      );
    }
  }
}
