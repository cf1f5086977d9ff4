import { StreamError } from '@millrace/model';

/** Whether a string matches. Linear in text times pattern at worst: no backtracking over earlier `%`. */
export type LikeMatcher = (text: string) => boolean;

const ANY = -1;
const CACHED_MAX = 256;
const cache = new Map<string, LikeMatcher>();

/** `%` any run, `_` any one code point, `escapeChar` makes the next one plain. Throws `expression.bad-pattern`. */
export function likeMatcher(pattern: string, escapeChar = ''): LikeMatcher {
  const key = `${escapeChar}\u0000${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const matcher = compile(segmentsOf(pattern, escapeChar));
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(key, matcher);
  return matcher;
}

/** The pattern cut at every `%`: code points, ANY for `_`. */
function segmentsOf(pattern: string, escapeChar: string): number[][] {
  if ([...escapeChar].length > 1) throw bad(pattern, 'ESCAPE takes one character');
  let segment: number[] = [];
  const segments = [segment];
  let escaped = false;
  for (const char of pattern) {
    if (!escaped && char === escapeChar) {
      escaped = true;
      continue;
    }
    if (escaped && char !== '%' && char !== '_' && char !== escapeChar) {
      throw bad(pattern, `'${escapeChar}' may only stand before %, _ or itself`);
    }
    if (escaped || (char !== '%' && char !== '_')) segment.push(char.codePointAt(0) ?? 0);
    else if (char === '_') segment.push(ANY);
    else {
      segment = [];
      segments.push(segment);
    }
    escaped = false;
  }
  if (escaped) throw bad(pattern, `it ends in the escape character '${escapeChar}'`);
  return segments;
}

function compile(segments: readonly (readonly number[])[]): LikeMatcher {
  if (segments.some((segment) => segment.includes(ANY))) return withSingles(segments);
  const texts = segments.map((segment) => segment.map((point) => String.fromCodePoint(point)).join(''));
  const first = texts[0] ?? '';
  const last = texts.at(-1) ?? '';
  if (texts.length === 1) return (text) => text === first;
  const middle = texts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** The same on code points: each part between two `%` is taken at its leftmost place, which never excludes a match. */
function withSingles(segments: readonly (readonly number[])[]): LikeMatcher {
  const first = segments[0] ?? [];
  const last = segments.at(-1) ?? [];
  const middle = segments.slice(1, -1);
  return (text) => {
    const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
    if (segments.length === 1) return points.length === first.length && matchesAt(points, 0, first);
    if (points.length < first.length + last.length || !matchesAt(points, 0, first)) return false;
    const end = points.length - last.length;
    let at = first.length;
    for (const part of middle) {
      while (at + part.length <= end && !matchesAt(points, at, part)) at++;
      if (at + part.length > end) return false;
      at += part.length;
    }
    return matchesAt(points, end, last);
  };
}

function matchesAt(points: readonly number[], at: number, segment: readonly number[]): boolean {
  for (let index = 0; index < segment.length; index++) {
    if (segment[index] !== ANY && segment[index] !== points[at + index]) return false;
  }
  return true;
}

function bad(pattern: string, reason: string): StreamError {
  return new StreamError('expression.bad-pattern', `LIKE '${pattern}': ${reason}.`, { domain: 'user', retry: 'never' });
}
