import type { UserFunction } from './user-function.ts';

/** What the module of an aggregate has to export; what else it may is in `AGGREGATE_ABILITIES`. */
export const AGGREGATE_EXPORTS = ['createAccumulator', 'accumulate', 'getValue'] as const;

/** A body that exports something is a module as it stands; any other is the inside of a function. */
export function isModule(body: string): boolean {
  return /^[ \t]*export\b/m.test(body);
}

/** The module of a function as text. The body stands in it unchanged from `bodyFrom` on, and begins on its first line. */
export interface BodyModule {
  readonly text: string;
  readonly bodyFrom: number;
}

/** The one form in which a body is checked and run: a line of the module is a line of the body. Pure. */
export function moduleOf({
  kind,
  parameters,
  body,
}: Pick<UserFunction, 'kind' | 'body'> & { readonly parameters: readonly { readonly name: string }[] }): BodyModule {
  if (isModule(body) || kind === 'aggregate') return { text: body, bodyFrom: 0 };
  const names = parameters.map(({ name }) => name).join(', ');
  const head = `export default function${kind === 'table' ? '*' : ''}(${names}) {`;
  // The last line of a body may be a comment.
  return { text: `${head}${body}\n}`, bodyFrom: head.length };
}
