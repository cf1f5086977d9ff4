import type { Token } from '../token.ts';

/** A statement with its semicolon, the comments before it and the one behind it on its line. Offsets of the text. */
export interface StatementPiece {
  readonly from: number;
  readonly to: number;
}

/** The text cut behind the semicolons that end statements, none of which it needs to be readable. A statement set is one piece. */
export function statementPieces(text: string, tokens: readonly Token[]): readonly StatementPiece[] {
  const pieces: StatementPiece[] = [];
  let from = 0;
  let inSet = tokens.length > 0 && opensSet(tokens, 0);
  for (const [at, token] of tokens.entries()) {
    if (token.word === 'END' && tokens[at - 1]?.word === ';') inSet = false;
    if (token.word !== ';' || inSet) continue;
    const to = endOfLine(text, token.to, tokens[at + 1]?.from ?? text.length);
    pieces.push({ from, to });
    from = to;
    inSet = opensSet(tokens, at + 1);
  }
  return text.slice(from).trim() === '' ? pieces : [...pieces, { from, to: text.length }];
}

/** [EXPLAIN] [EXECUTE | BEGIN] STATEMENT SET */
function opensSet(tokens: readonly Token[], first: number): boolean {
  const words = tokens.slice(first, first + 4).map(({ word }) => word);
  const at = words.indexOf('STATEMENT');
  return at >= 0 && words[at + 1] === 'SET' && words.slice(0, at).every((word) => SET_STARTS.includes(word));
}

const SET_STARTS = ['EXPLAIN', 'EXECUTE', 'BEGIN'];

/** Behind a comment that stands on the line of a semicolon, before the next token. */
function endOfLine(text: string, from: number, before: number): number {
  const between = text.slice(from, before);
  const [comment = ''] = /^[^\S\n]*(?:--[^\n]*|\/\*[^\n]*?\*\/[^\S\n]*(?=\n|$))/.exec(between) ?? [];
  return from + comment.length;
}
