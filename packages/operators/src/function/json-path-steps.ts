import { StreamError } from '@millrace/model';

/** Every element of an array, or every value of an object. */
export const EVERY = Symbol('every');

/** The name of a member, the place of an element from 0, or every one. */
export type Step = string | number | typeof EVERY;

const CACHED_MAX = 256;
const cache = new Map<string, readonly Step[]>();

/**
 * The steps of a path:
 *
 *     path = ["lax" | "strict"] "$" ( "." name | "." "*" | "[" digits "]" | "[" "*" "]" | "['" name "']" )*
 *
 * Throws `expression.bad-path`.
 */
export function stepsOf(path: string): readonly Step[] {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const body = /^\s*(?:(?:lax|strict)\s+)?\$(.*)$/su.exec(path)?.[1];
  const steps: Step[] = [];
  let rest = body ?? '?';
  while (rest !== '') {
    const match = /^(?:(\.\*|\[\*\])|\.([^.[\]'"\s]+)|\[(\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\])/u.exec(rest);
    if (match === null) throw badPath(path);
    const [token, every, name, index, quoted, doubleQuoted] = match;
    if (every !== undefined) steps.push(EVERY);
    else steps.push(index === undefined ? (name ?? quoted ?? doubleQuoted ?? '') : Number(index));
    rest = rest.slice(token.length);
  }
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(path, steps);
  return steps;
}

/** Without a word before it a path is strict, as in Flink; the standard calls it lax. */
export function isStrictPath(path: string): boolean {
  return !/^\s*lax\s/u.test(path);
}

function badPath(path: string): StreamError {
  return new StreamError('expression.bad-path', `'${path}' is no JSON path; write it like $.order.items[0].name.`, {
    domain: 'user',
    retry: 'never',
  });
}
