import { type Extension, Prec } from '@codemirror/state';
import { activateHover, type EditorView, hoverTooltip, keymap, type Tooltip } from '@codemirror/view';

/** What is known about the word from `from` to `to`: a headline and lines of plain text. */
export interface EditorHelp {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Undefined where there is nothing to tell. */
export type Explain = (text: string, offset: number) => Promise<EditorHelp | undefined>;

const PAUSE_MS = 350;

/** Help for the word under the pointer, and with F1 for the one at the cursor. */
export function sqlHover(explain: () => Explain | undefined): Extension {
  const hover = hoverTooltip((view, pos) => helpAt(view, pos, explain()), { hideOnChange: true, hoverTime: PAUSE_MS });
  const run = (view: EditorView) => {
    activateHover(view, view.state.selection.main.head, -1, {
      tooltip: hover,
      until: ({ docChanged, selection }) => docChanged || selection !== undefined,
    });
    return true;
  };
  return [hover, Prec.high(keymap.of([{ key: 'F1', run, preventDefault: true }]))];
}

async function helpAt(view: EditorView, pos: number, explain: Explain | undefined): Promise<Tooltip | null> {
  const { doc } = view.state;
  const text = doc.toString();
  const help = await explain?.(text, wordPlace(text, pos));
  if (help === undefined || view.state.doc !== doc) return null;
  return { pos: help.from, end: help.to, above: true, create: () => ({ dom: drawn(help) }) };
}

/** A place in the word at `pos`: right behind a word still means that word. Pure. */
export function wordPlace(text: string, pos: number): number {
  const inWord = (at: number) => /[\w$`]/.test(text.charAt(at));
  return pos > 0 && !inWord(pos) && inWord(pos - 1) ? pos - 1 : pos;
}

/** Built from text nodes: nothing of the program is ever markup. */
function drawn({ title, lines }: EditorHelp): HTMLElement {
  const box = document.createElement('div');
  box.className = 'cm-sql-hover';
  box.setAttribute('role', 'status');
  const head = box.appendChild(document.createElement('div'));
  head.className = 'cm-sql-hover-title';
  head.textContent = title;
  for (const line of lines) box.appendChild(document.createElement('div')).textContent = line;
  return box;
}
