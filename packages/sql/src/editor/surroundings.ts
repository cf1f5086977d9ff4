import { Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import type { Token } from '../token.ts';

/** The tokens around a place of a script that may be half written. */
export interface Surroundings {
  /** Where the place is in a hint: the tokens of the hint that end before it. `before` ends in front of the hint. */
  readonly hint?: readonly Token[];
  /** The statement's tokens that end before the word being written. */
  readonly before: readonly Token[];
  /** All tokens of the statement. */
  readonly statement: readonly Token[];
  /** The word or string that is being written, if the place is in or right after one. */
  readonly current: Token | undefined;
  /** Where the word being written begins; the place itself if there is none. */
  readonly from: number;
}

const WRITTEN = ['word', 'quoted', 'string'];

export function surroundingsOf(text: string, offset: number): Surroundings {
  const tokens = tokenize(text, new Report(text)).filter((token) => token.kind !== 'end');
  const isAt = (token: Token) =>
    token.from < offset && token.to >= offset && WRITTEN.includes(token.kind) && !isBehind(text, token, offset);
  const hint = tokens.find((token) => token.kind === 'hint' && token.from + 2 < offset && offset < token.to - 1);
  if (hint !== undefined) return insideHint(tokens, hint, offset, isAt);
  const current = tokens.find(isAt);
  const from = current?.from ?? offset;
  const begin = tokens.findLastIndex((token) => token.word === ';' && token.to <= from) + 1;
  const end = tokens.findIndex((token, at) => at >= begin && token.word === ';');
  const statement = tokens.slice(begin, end < 0 ? tokens.length : end);
  return { before: statement.filter((token) => token.to <= from), statement, current, from };
}

function insideHint(
  tokens: readonly Token[],
  hint: Token,
  offset: number,
  isAt: (token: Token) => boolean,
): Surroundings {
  const shift = hint.from + '/*+'.length;
  const inside = tokenize(hint.text, new Report(hint.text)).filter(({ kind }) => kind !== 'end');
  const moved = inside.map((token) => ({ ...token, from: token.from + shift, to: token.to + shift }));
  const current = moved.find(isAt);
  const from = current?.from ?? offset;
  const begin = tokens.findLastIndex((token) => token.word === ';' && token.to <= hint.from) + 1;
  const end = tokens.findIndex((token, at) => at >= begin && token.word === ';');
  const statement = tokens.slice(begin, end < 0 ? tokens.length : end);
  const before = statement.filter((token) => token.to <= hint.from);
  return { hint: moved.filter((token) => token.to <= from), before, statement, current, from };
}

/** Behind a closed quote, nothing is being written any more. */
function isBehind(text: string, token: Token, offset: number): boolean {
  if (token.kind === 'word' || token.to !== offset || token.to - token.from < 2) return false;
  return text[token.to - 1] === (token.kind === 'string' ? "'" : '`');
}

/** The opening parentheses that are not closed yet, outermost first, as indexes into `tokens`. */
export function openParentheses(tokens: readonly Token[]): readonly number[] {
  const open: number[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.word === '(') open.push(at);
    if (token.word === ')') open.pop();
  }
  return open;
}
