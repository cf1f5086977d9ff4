import { EVERY, type Step, stepsOf } from './json-path-steps.ts';

/*
 * JSON_VALUE and JSON_EXISTS walk the text to the path and read only what is there: numbers keep all their digits,
 * and nothing is parsed that nobody asked for. Text that is no JSON on the way gives NULL.
 */

/** The scalar at `path` as text; NULL when it is missing, null, an object or an array. */
export function jsonValue(text: string, path: string): string | undefined {
  const steps = stepsOf(path);
  const start = steps.includes(EVERY) ? -1 : find(text, steps);
  if (start < 0) return undefined;
  const end = skipValue(text, start);
  const first = text[start];
  if (end < 0 || first === '{' || first === '[') return undefined;
  const token = text.slice(start, end);
  if (token === 'null') return undefined;
  return first === '"' ? unquote(token) : token;
}

export function jsonExists(text: string, path: string): boolean {
  return findAll(text, stepsOf(path)).some((start) => skipValue(text, start) >= 0);
}

/** Whatever is at `path`, as it is written; all there is when the path says "every", in an array. */
export function jsonValueAt(text: string, path: string): string | undefined {
  const steps = stepsOf(path);
  if (steps.includes(EVERY)) return allAt(text, steps);
  const start = find(text, steps);
  const end = start < 0 ? -1 : skipValue(text, start);
  return end < 0 ? undefined : text.slice(start, end);
}

/** The items of a JSON array: strings as the texts they stand for, null as NULL, the rest as written; NULL of what is none. */
export function jsonItems(text: string): readonly (string | null)[] | null {
  const start = skipSpace(text, 0);
  if (text[start] !== '[' || skipValue(text, start) < 0) return null;
  return childrenAt(text, start).map((at) => {
    const token = text.slice(at, skipValue(text, at));
    return token === 'null' ? null : jsonUnquote(token);
  });
}

/** A JSON string as the text it stands for; anything else as it is. */
export function jsonUnquote(text: string): string {
  if (!text.startsWith('"') || skipString(text, 0) !== text.length) return text;
  return unquote(text) ?? text;
}

function allAt(text: string, steps: readonly Step[]): string | undefined {
  const found = findAll(text, steps).map((start) => ({ start, end: skipValue(text, start) }));
  return `[${found.flatMap(({ start, end }) => (end < 0 ? [] : [text.slice(start, end)])).join(',')}]`;
}

/** Where the value at the path starts, or -1. */
function find(text: string, steps: readonly Step[]): number {
  return findAll(text, steps)[0] ?? -1;
}

/** Where the values at the path start. */
function findAll(text: string, steps: readonly Step[]): readonly number[] {
  let places: readonly number[] = [skipSpace(text, 0)];
  for (const step of steps) {
    places = places.flatMap((at) => {
      if (step === EVERY) return childrenAt(text, at);
      const next = typeof step === 'number' ? element(text, at, step) : member(text, at, step);
      return next < 0 ? [] : [next];
    });
  }
  return places;
}

/** The keys of an object as they are written, in their quotes; the text is an object. */
export function jsonKeys(text: string): readonly string[] {
  const keys: string[] = [];
  let at = skipSpace(text, 1);
  while (text[at] === '"') {
    const end = skipString(text, at);
    keys.push(text.slice(at, end));
    at = skipSpace(text, skipValue(text, skipSpace(text, skipSpace(text, end) + 1)));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return keys;
}

/** Where the elements of an array, or the values of an object, start. */
export function childrenAt(text: string, start: number): readonly number[] {
  const isObject = text[start] === '{';
  const places: number[] = [];
  let at = isObject || text[start] === '[' ? skipSpace(text, start + 1) : -1;
  while (at >= 0 && text[at] !== ']' && text[at] !== '}') {
    if (isObject) {
      const colon = skipString(text, at);
      at = colon < 0 ? -1 : skipSpace(text, skipSpace(text, colon) + 1);
    }
    const end = at < 0 ? -1 : skipValue(text, at);
    if (end < 0) break;
    places.push(at);
    at = skipSpace(text, end);
    if (text[at] !== ',') break;
    at = skipSpace(text, at + 1);
  }
  return places;
}

function member(text: string, start: number, name: string): number {
  if (text[start] !== '{') return -1;
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    if (keyEnd < 0) return -1;
    const key = unquote(text.slice(at, keyEnd));
    at = skipSpace(text, keyEnd);
    if (text[at] !== ':') return -1;
    at = skipSpace(text, at + 1);
    if (key === name) return at;
    at = skipValue(text, at);
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] !== ',') return -1;
    at = skipSpace(text, at + 1);
  }
  return -1;
}

function element(text: string, start: number, index: number): number {
  if (text[start] !== '[') return -1;
  let at = skipSpace(text, start + 1);
  if (text[at] === ']') return -1;
  for (let item = 0; item < index; item++) {
    at = skipValue(text, at);
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] !== ',') return -1;
    at = skipSpace(text, at + 1);
  }
  return at;
}

/** The end of the value that starts at `at`, or -1 when it is no value. Containers only balance; scalars are checked. */
export function skipValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return skipString(text, at);
  if (first !== '{' && first !== '[') {
    SCALAR.lastIndex = at;
    return SCALAR.test(text) ? SCALAR.lastIndex : -1;
  }
  let depth = 0;
  let next = at;
  while (next < text.length) {
    const char = text[next];
    if (char === '"') {
      next = skipString(text, next);
      if (next < 0) return -1;
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    next++;
    if (depth === 0) return next;
  }
  return -1;
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,\]}]|$)/y;

function skipString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const char = text[next];
    if (char === '\\') next++;
    else if (char === '"') return next + 1;
  }
  return -1;
}

function unquote(token: string): string | undefined {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === 'string' ? value : undefined;
  } catch {
    // A bad escape: not JSON, so NULL by the rule above.
    return undefined;
  }
}

export function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}
