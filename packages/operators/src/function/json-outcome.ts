import { StreamError } from '@millrace/model';
import { jsonValueAt } from './json-path.ts';
import { isStrictPath } from './json-path-steps.ts';

/** 0: there is something; 1: nothing (ON EMPTY); 2: no JSON, or a strict path that does not fit (ON ERROR). SQL:2016, as in Flink. */
export function jsonOutcome(text: string, path: string, sought: string): number {
  const value = parsed(text);
  if (value === undefined) return 2;
  const isStrict = isStrictPath(path);
  const found = jsonValueAt(text, path);
  if (found === undefined) return isStrict ? 2 : 1;
  if (sought === 'EXISTS') return 0;
  const first = found[0] ?? '';
  const isContainer = first === '{' || first === '[';
  if (found === 'null') return 1;
  const fits = sought === 'WRAPPED' || (sought === 'QUERY') === isContainer;
  if (fits) return 0;
  return isStrict ? 2 : 1;
}

/** What ERROR ON EMPTY and ERROR ON ERROR do. */
export function jsonFail(text: string, path: string): never {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new StreamError(
    'expression.json',
    `${path} finds nothing it can give in ${shown}. Filter such rows out, or write NULL or DEFAULT ON EMPTY and ON ERROR.`,
    { domain: 'user', retry: 'never' },
  );
}

export function isJson(text: string, kind: string): boolean {
  const value = parsed(text);
  if (value === undefined) return false;
  if (kind === 'VALUE') return true;
  const found = Array.isArray(value) ? 'ARRAY' : typeof value === 'object' && value !== null ? 'OBJECT' : 'SCALAR';
  return found === kind;
}

/** JSON(text): a text that stands in JSON as it is. */
export function jsonText(text: string): string {
  if (parsed(text) !== undefined) return text;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new StreamError(
    'expression.json',
    `JSON takes a text that is JSON, not ${shown}. Filter such rows out: IS JSON.`,
    {
      domain: 'user',
      retry: 'never',
    },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
