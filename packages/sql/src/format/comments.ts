import type { Token } from '../token.ts';

/** A comment between tokens, as it is written. */
export interface Comment {
  readonly text: string;
  /** `--`: it ends its line. */
  readonly isLine: boolean;
  /** It stands on the line of the token before it. */
  readonly isBehind: boolean;
  /** An empty line stands before it. */
  readonly afterBlank: boolean;
}

/** What stands between two tokens besides their text. */
export interface Gap {
  readonly comments: readonly Comment[];
  /** An empty line stands right before the second token. */
  readonly endsBlank: boolean;
}

const PIECE = /--[^\n]*|\/\*[\s\S]*?\*\/|\n|[^\S\n]+/gy;

/** The comments and empty lines between `from` and `to`, which hold no token. `atStart`: nothing stands before. */
export function gapOf(text: string, from: number, to: number, atStart: boolean): Gap {
  const comments: Comment[] = [];
  let newlines = atStart ? 1 : 0;
  PIECE.lastIndex = from;
  while (PIECE.lastIndex < to) {
    const piece = PIECE.exec(text)?.[0];
    if (piece === undefined) break;
    if (piece === '\n') newlines++;
    else if (piece.startsWith('--') || piece.startsWith('/*')) {
      const isLine = piece.startsWith('--');
      comments.push({ text: piece.trimEnd(), isLine, isBehind: newlines === 0, afterBlank: newlines > 1 });
      newlines = 0;
    }
  }
  return { comments, endsBlank: newlines > 1 };
}

/**
 * The gap before each token, and at last the one behind them all. A comment between a statement and its semicolon, on the same line,
 * counts as one behind the semicolon: that is where it is written, and formatting again must find it there.
 */
export function gapsOf(text: string, tokens: readonly Token[]): readonly Gap[] {
  const starts = tokens.map((token, at) => gapOf(text, tokens[at - 1]?.to ?? 0, token.from, at === 0));
  const gaps = [...starts, gapOf(text, tokens.at(-1)?.to ?? 0, text.length, tokens.length === 0)];
  for (const [at, token] of tokens.entries()) {
    const [before, after] = [gaps[at], gaps[at + 1]];
    if (token.word !== ';' || before === undefined || after === undefined) continue;
    if (before.comments.length === 0 || !before.comments.every(({ isBehind }) => isBehind)) continue;
    if (after.comments.some(({ isBehind }) => isBehind)) continue;
    gaps[at] = { comments: [], endsBlank: before.endsBlank };
    gaps[at + 1] = { ...after, comments: [...before.comments, ...after.comments] };
  }
  return gaps;
}
