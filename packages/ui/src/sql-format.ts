import type { EditorView } from '@codemirror/view';

/** A text laid out, with the reason why a part of it, or all, is as it was. */
export interface FormattedText {
  readonly text: string;
  readonly reason?: string | undefined;
}

export type Format = (text: string) => Promise<FormattedText>;

/** Lays the text of the editor out; one step to undo. What was typed meanwhile wins. The reason when not all was done. */
export async function formatEditor(view: EditorView, format: Format): Promise<string | undefined> {
  const { doc } = view.state;
  const before = doc.toString();
  const { text, reason } = await format(before);
  if (text === before) return reason;
  if (view.state.doc !== doc) return 'The text changed meanwhile.';
  const { from, to, insert } = changedPart(before, text);
  const anchor = samePlace(before, text, view.state.selection.main.head);
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor },
    userEvent: 'input.format',
    scrollIntoView: true,
  });
  return reason;
}

/** The smallest piece of `before` that has to be replaced to get `after`. Pure. */
export function changedPart(before: string, after: string) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** The place in `after` behind as many characters that are no white space as before `offset` in `before`. Pure. */
export function samePlace(before: string, after: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset; at++) if (!isBlank(before.charCodeAt(at))) count++;
  let at = 0;
  for (; at < after.length && count > 0; at++) if (!isBlank(after.charCodeAt(at))) count--;
  return at;
}

function isBlank(code: number): boolean {
  return code <= 32 || code === 0xa0;
}
