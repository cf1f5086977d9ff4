import type { Script } from '../ast.ts';
import { type Diagnostic, Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import { parseScript } from '../parser/script.ts';
import type { Token } from '../token.ts';
import { type Gap, gapsOf } from './comments.ts';
import { type Document, indent, print } from './document.ts';
import { Layout } from './layout.ts';
import { type StatementPiece, statementPieces } from './statement-pieces.ts';
import { writtenTokens } from './written.ts';

/** A text laid out. `reason`: why a part of it is, or all, as it was. */
export interface Formatted {
  readonly text: string;
  readonly reason?: string;
}

/** Longer lines break where the grammar lets them. */
const WIDTH = 100;

/**
 * The script in one layout: keywords in upper case, a clause per line where one line is too short, comments where they were.
 * Only white space and the case of keywords change, so the meaning stays; formatting again changes nothing. A statement with a syntax
 * error stays as it is, between the others. Never throws.
 */
export function format(text: string): Formatted {
  const report = new Report(text);
  const script = parseScript(text, report);
  const tokens = tokenize(text, new Report(text)).slice(0, -1);
  const [problem] = report.diagnostics();
  if (problem === undefined) return whole(text, tokens, script);
  const pieces = statementPieces(text, tokens);
  if (pieces.length < 2) return { text, reason: told(problem) };
  const laidOut = byPieces(text, tokens, pieces);
  return { text: laidOut, reason: told(firstProblem(laidOut) ?? problem) };
}

/** Its line is the one it has when the statements before it are laid out. */
function firstProblem(text: string): Diagnostic | undefined {
  const report = new Report(text);
  parseScript(text, report);
  return report.diagnostics()[0];
}

function told({ line, message }: Diagnostic): string {
  return `Line ${line}: ${message}`;
}

function whole(text: string, tokens: readonly Token[], script: Script): Formatted {
  const gaps = gapsOf(text, tokens);
  const formatted = assembled(new Layout(writtenTokens(text, tokens, script), gaps), gaps);
  return saysTheSame(tokens, gaps, formatted)
    ? { text: formatted }
    : { text, reason: 'The layout would change more than white space here.' };
}

/** Each statement that can be read laid out by itself; the text as it is when that would change more than white space. */
function byPieces(text: string, tokens: readonly Token[], pieces: readonly StatementPiece[]): string {
  const written = pieces.map(({ from, to }) => {
    const source = text.slice(from, to);
    const report = new Report(source);
    const script = parseScript(source, report);
    const [problem] = report.diagnostics();
    const laidOut = problem === undefined ? whole(source, tokenize(source, report).slice(0, -1), script).text : source;
    return { text: laidOut.trim(), afterBlank: /^\s*\n[^\S\n]*\n/.test(source) };
  });
  const lines = written.map((piece, at) => {
    const before = written[at - 1];
    const isApart = before !== undefined && (piece.afterBlank || `${before.text}${piece.text}`.includes('\n'));
    return `${isApart ? '\n' : ''}${piece.text}\n`;
  });
  const formatted = lines.join('');
  return saysTheSame(tokens, gapsOf(text, tokens), formatted, 'unread') ? formatted : text;
}

/** A piece of the result: a comment or a statement. */
interface Piece {
  readonly text: string;
  readonly blankBefore: boolean;
}

function assembled(layout: Layout, gaps: readonly Gap[]): string {
  const pieces: Piece[] = [];
  let depth = 0;
  let wasLong = false;
  while (!layout.atEnd) {
    const gap = gaps[layout.at];
    const isEnd = layout.follows('END');
    if (isEnd) depth = Math.max(0, depth - 1);
    const opens = openingWords(layout);
    const body = opens === 0 ? layout.statement() : layout.words(opens);
    const text = print(indented(body, depth), WIDTH);
    const isLong = text.includes('\n') && !isEnd;
    const isFirst = pieces.length === 0 || (pieces.at(-1)?.text.endsWith('BEGIN') ?? false) || isEnd;
    pieces.push(...withComments(text, gap, depth, !isFirst && (wasLong || isLong), isFirst));
    wasLong = isLong || isEnd;
    if (opens > 0) depth++;
  }
  const last = gaps.at(-1)?.comments.filter(({ isBehind }) => !isBehind) ?? [];
  pieces.push(...last.map((comment) => ({ text: comment.text, blankBefore: comment.afterBlank && pieces.length > 0 })));
  return pieces.map(({ text, blankBefore }) => `${blankBefore ? '\n' : ''}${text}\n`).join('');
}

/** The words that open a statement set; what follows stands one level deeper. */
function openingWords(layout: Layout): number {
  const skip = layout.follows('EXPLAIN') ? 1 : 0;
  const forms = [
    ['EXECUTE', 'STATEMENT', 'SET', 'BEGIN'],
    ['BEGIN', 'STATEMENT', 'SET', ';'],
    ['STATEMENT', 'SET', 'BEGIN'],
  ];
  const explain = skip === 1 ? ['EXPLAIN'] : [];
  return forms.map((form) => [...explain, ...form]).find((form) => layout.follows(...form))?.length ?? 0;
}

function withComments(text: string, gap: Gap | undefined, depth: number, apart: boolean, isFirst: boolean): Piece[] {
  const comments = gap?.comments.filter(({ isBehind }) => !isBehind) ?? [];
  const pieces = comments.map((comment, at): Piece => {
    const blankBefore = (comment.afterBlank && !(isFirst && at === 0)) || (at === 0 && apart);
    return { text: print(indented(comment.text, depth), WIDTH), blankBefore };
  });
  const isBlank = gap?.endsBlank ?? false;
  return [...pieces, { text, blankBefore: comments.length > 0 ? isBlank : apart || (isBlank && !isFirst) }];
}

function indented(body: Document, depth: number): Document {
  return depth === 0 ? body : indent(indented(body, depth - 1));
}

/** The same tokens and comments in the same order: what the layout must never change. `unread`: some tokens were none before either. */
function saysTheSame(tokens: readonly Token[], gaps: readonly Gap[], formatted: string, of?: 'unread'): boolean {
  const report = new Report(formatted);
  const after = tokenize(formatted, report).slice(0, -1);
  if ((report.hasErrors && of !== 'unread') || after.length !== tokens.length) return false;
  if (commentsOf(gaps) !== commentsOf(gapsOf(formatted, after))) return false;
  return tokens.every((token, at) => {
    const other = after[at];
    return (
      other?.kind === token.kind && (other.text === token.text || (token.word !== '' && other.word === token.word))
    );
  });
}

/** In order, those that end their line apart: such a one goes behind the others of its line. */
function commentsOf(gaps: readonly Gap[]): string {
  const comments = gaps.flatMap((gap) => gap.comments);
  const texts = (isLine: boolean) => comments.filter((one) => one.isLine === isLine).map(({ text }) => text);
  return [...texts(false), ...texts(true)].join('\0');
}
