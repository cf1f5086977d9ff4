import { StreamError } from '@millrace/model';

/*
 * JSON_VALUE and JSON_EXISTS walk the text to the path and read only what is there: numbers keep all their digits,
 * and nothing is parsed that nobody asked for. Text that is no JSON on the way gives NULL.
 *
 *     path = ["lax" | "strict"] "$" ( "." name | "[" digits "]" | "['" name "']" )*
 */
type Step = string | number;

const CACHED_MAX = 256;
const cache = new Map<string, readonly Step[]>();

/** The scalar at `path` as text; NULL when it is missing, null, an object or an array. */
export function jsonValue(text: string, path: string): string | undefined {
  const start = find(text, stepsOf(path));
  if (start < 0) return undefined;
  const end = skipValue(text, start);
  const first = text[start];
  if (end < 0 || first === '{' || first === '[') return undefined;
  const token = text.slice(start, end);
  if (token === 'null') return undefined;
  return first === '"' ? unquote(token) : token;
}

export function jsonExists(text: string, path: string): boolean {
  const start = find(text, stepsOf(path));
  return start >= 0 && skipValue(text, start) >= 0;
}

/** The object or array at `path` as it is written; NULL when it is missing or a scalar. With a wrapper, in an array: CONDITIONAL unless it is one. */
export function jsonQuery(text: string, path: string, wrapper?: string): string | undefined {
  const found = jsonValueAt(text, path);
  if (found === undefined || found === 'null') return undefined;
  const isContainer = found.startsWith('{') || found.startsWith('[');
  if (wrapper === undefined) return isContainer ? found : undefined;
  return wrapper === 'UNCONDITIONAL' || !isContainer ? `[${found}]` : found;
}

/** Whatever is at `path`, as it is written. */
export function jsonValueAt(text: string, path: string): string | undefined {
  const start = find(text, stepsOf(path));
  const end = start < 0 ? -1 : skipValue(text, start);
  return end < 0 ? undefined : text.slice(start, end);
}

export function isStrictPath(path: string): boolean {
  return /^\s*strict\s/u.test(path);
}

/** A JSON string as the text it stands for; anything else as it is. */
export function jsonUnquote(text: string): string {
  if (!text.startsWith('"') || skipString(text, 0) !== text.length) return text;
  return unquote(text) ?? text;
}

function stepsOf(path: string): readonly Step[] {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const body = /^\s*(?:(?:lax|strict)\s+)?\$(.*)$/su.exec(path)?.[1];
  const steps: Step[] = [];
  let rest = body ?? '?';
  while (rest !== '') {
    const match = /^(?:\.([^.[\]'"\s]+)|\[(\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\])/u.exec(rest);
    if (match === null) throw badPath(path);
    const [token, name, index, quoted, doubleQuoted] = match;
    steps.push(index === undefined ? (name ?? quoted ?? doubleQuoted ?? '') : Number(index));
    rest = rest.slice(token.length);
  }
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(path, steps);
  return steps;
}

/** Where the value at the path starts, or -1. */
function find(text: string, steps: readonly Step[]): number {
  let at = skipSpace(text, 0);
  for (const step of steps) {
    at = typeof step === 'number' ? element(text, at, step) : member(text, at, step);
    if (at < 0) return -1;
  }
  return at;
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
function skipValue(text: string, at: number): number {
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

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

function badPath(path: string): StreamError {
  return new StreamError('expression.bad-path', `'${path}' is no JSON path; write it like $.order.items[0].name.`, {
    domain: 'user',
    retry: 'never',
  });
}
