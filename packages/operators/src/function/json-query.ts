import { childrenAt, jsonKeys, jsonValueAt, skipSpace, skipValue } from './json-path.ts';

/** Deeper values stay as they are written: the walk goes down by calls. */
const DEPTH_MAX = 200;

/** The object or array at `path`, compact; NULL when it is missing or a scalar. With a wrapper, in an array: CONDITIONAL unless it is one. */
export function jsonQuery(text: string, path: string, wrapper?: string): string | undefined {
  const written = jsonValueAt(text, path);
  if (written === undefined || written === 'null') return undefined;
  const found = compactJson(written);
  const isContainer = found.startsWith('{') || found.startsWith('[');
  if (wrapper === undefined) return isContainer ? found : undefined;
  return wrapper === 'UNCONDITIONAL' || !isContainer ? `[${found}]` : found;
}

/**
 * A JSON value as Flink gives it: no space between its parts, members in the order of their names, numbers with the digits they have. A text
 * that is no JSON inside stays as it is.
 */
function compactJson(text: string): string {
  return compactAt(text, skipSpace(text, 0), 0) ?? text;
}

function compactAt(text: string, at: number, depth: number): string | undefined {
  const end = skipValue(text, at);
  if (end < 0 || depth > DEPTH_MAX) return undefined;
  const first = text[at];
  if (first === '"') return requoted(text.slice(at, end));
  if (first !== '{' && first !== '[') return text.slice(at, end);
  const values = childrenAt(text, at).map((child) => compactAt(text, child, depth + 1));
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  if (first === '[') return `[${known.join(',')}]`;
  const members = jsonKeys(text.slice(at, end)).map((key, index) => ({ key: requoted(key), value: known[index] }));
  if (members.length !== known.length || members.some(({ key }) => key === undefined)) return undefined;
  members.sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
  return `{${members.map(({ key, value }) => `${key}:${value}`).join(',')}}`;
}

/** A JSON string with the escapes it needs and no others. */
function requoted(token: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    return undefined;
  }
}
