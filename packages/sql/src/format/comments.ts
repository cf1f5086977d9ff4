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

/** The gap before each token, and at last the one behind them all. */
export function gapsOf(text: string, tokens: readonly Token[]): readonly Gap[] {
  const starts = tokens.map((token, at) => gapOf(text, tokens[at - 1]?.to ?? 0, token.from, at === 0));
  return [...starts, gapOf(text, tokens.at(-1)?.to ?? 0, text.length, tokens.length === 0)];
}
