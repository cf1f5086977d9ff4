/*
 * Text whose line breaks are decided by a width: a group stands on one line if it fits there, else all of its own lines break
 * (Wadler, A prettier printer, 1998; Oppen 1980).
 */
export type Document =
  | string
  | readonly Document[]
  | { readonly kind: 'line'; readonly flat: string }
  /** Always a new line; nothing when one has just begun. */
  | { readonly kind: 'break' }
  | { readonly kind: 'group' | 'indent'; readonly body: Document; readonly breaks: Breaks }
  /** Stands at the end of the line. Only what `joins` may still come onto the line, before it. */
  | { readonly kind: 'line-end'; readonly text: string; readonly joins: boolean };

/** `inside`: a new line is certain, so what is around breaks too. `after`: it is, if anything follows. */
interface Breaks {
  readonly inside: boolean;
  readonly after: boolean;
}

/** A space, or a new line in a group that breaks. */
export const LINE: Document = { kind: 'line', flat: ' ' };
/** Nothing, or a new line in a group that breaks. */
export const SOFT_LINE: Document = { kind: 'line', flat: '' };
export const BREAK: Document = { kind: 'break' };

const INDENT = '  ';

export function group(body: Document): Document {
  return { kind: 'group', body, breaks: breaksIn(body) };
}

export function indent(body: Document): Document {
  return { kind: 'indent', body, breaks: breaksIn(body) };
}

function breaksIn(document: Document): Breaks {
  if (typeof document === 'string') return { inside: document.includes('\n'), after: false };
  if (!('kind' in document)) {
    const parts = document.filter((part) => part !== '').map(breaksIn);
    const isCut = parts.some(({ inside, after }, at) => inside || (after && at < parts.length - 1));
    return { inside: isCut, after: parts.at(-1)?.after ?? false };
  }
  if (document.kind === 'group' || document.kind === 'indent') return document.breaks;
  return { inside: document.kind === 'break', after: document.kind === 'line-end' };
}

interface Item {
  readonly document: Document;
  readonly depth: number;
  readonly isFlat: boolean;
}

/** The document as text of at most `width` columns where that is possible, without white space at the ends of lines. */
export function print(document: Document, width: number): string {
  const stack: Item[] = [{ document, depth: 0, isFlat: false }];
  const lines: string[] = [];
  let line = '';
  let depthOfLine = 0;
  let atLineEnd = '';
  let isOver = false;
  const endLine = (depth: number) => {
    lines.push((line.trim() === '' ? '' : INDENT.repeat(depthOfLine) + line.trimEnd()) + atLineEnd);
    line = '';
    atLineEnd = '';
    isOver = false;
    depthOfLine = depth;
  };
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { document: next, depth, isFlat } = item;
    if (typeof next === 'string') {
      if (isOver && next.trim() !== '') endLine(depth);
      if (line === '') depthOfLine = depth;
      if (line !== '' || next !== ' ') line += next;
    } else if (!('kind' in next)) {
      for (const part of next.toReversed()) stack.push({ document: part, depth, isFlat });
    } else if (next.kind === 'line-end') {
      atLineEnd += next.text;
      isOver = !next.joins;
    } else if (next.kind === 'break') {
      if (line.trim() !== '' || atLineEnd !== '') endLine(depth);
    } else if (next.kind === 'line') {
      if (isFlat) line += next.flat;
      else if (line.trim() !== '' || atLineEnd !== '') endLine(depth);
    } else if (next.kind === 'indent') stack.push({ document: next.body, depth: depth + 1, isFlat });
    else {
      const room = width - depthOfLine * INDENT.length - lastLine(line).length;
      stack.push({
        document: next.body,
        depth,
        isFlat: !next.breaks.inside && (isFlat || fits(next.body, stack, room)),
      });
    }
  }
  endLine(0);
  return lines.join('\n');
}

function lastLine(line: string): string {
  return line.slice(line.lastIndexOf('\n') + 1);
}

/** Whether the body, flat, and what follows it up to the next possible line break fit into `room` columns. */
function fits(body: Document, rest: readonly Item[], room: number): boolean {
  let left = room;
  let below = rest.length;
  const stack: Item[] = [{ document: body, depth: 0, isFlat: true }];
  while (left >= 0) {
    const item = stack.pop() ?? rest[--below];
    if (item === undefined) return true;
    const { document, isFlat } = item;
    if (typeof document === 'string') {
      const end = document.indexOf('\n');
      // The body of a function goes on over lines of its own.
      if (end >= 0) return left >= end;
      left -= document.length;
    } else if (!('kind' in document)) {
      for (const part of document.toReversed()) stack.push({ document: part, depth: 0, isFlat });
    } else if (document.kind === 'line') {
      if (!isFlat) return true;
      left -= document.flat.length;
    } else if (document.kind === 'break') return true;
    else if (document.kind === 'group') {
      stack.push({ document: document.body, depth: 0, isFlat: isFlat && !document.breaks.inside });
    } else if (document.kind === 'indent') stack.push({ document: document.body, depth: 0, isFlat });
  }
  return false;
}
