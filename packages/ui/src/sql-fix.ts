import { type Diagnostic, forceLinting, forEachDiagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { EditorView, KeyBinding } from '@codemirror/view';

/** An edit that would mend a finding: `from`..`to` of the text it was found in becomes `insert`. */
export interface EditorFix {
  readonly title: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
}

/** A finding as the editor draws it; offsets are UTF-16 positions in the text. */
export interface EditorFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly from: number;
  readonly to: number;
  readonly fix?: EditorFix | undefined;
}

/** `doc` is the text the finding is about. */
export function asDiagnostic({ severity, message, from, to, fix }: EditorFinding, doc: Text): Diagnostic {
  const start = Math.min(from, doc.length);
  const end = Math.min(Math.max(to, start), doc.length);
  const actions = fix && [{ name: fix.title, apply: (view: EditorView) => applyFix(view, fix, doc) }];
  return { from: start, to: end, severity, message, ...(actions === undefined ? {} : { actions }) };
}

/** Only in the text it was made for; after an edit the findings are looked for again. */
function applyFix(view: EditorView, { from, to, insert }: EditorFix, doc: Text): void {
  if (!view.state.doc.eq(doc)) {
    forceLinting(view);
    return;
  }
  // Behind what was added, or into the quotes that wait for a value.
  const hole = /''(?=\)?$)/.exec(insert);
  const anchor = from + (hole === null ? insert.length : hole.index + 1);
  view.dispatch({ changes: { from, to, insert }, selection: { anchor }, userEvent: 'input.fix', scrollIntoView: true });
  view.focus();
}

/** Mends the finding at the cursor, else the first one of its line that can be mended. */
function fixAtCursor(view: EditorView): boolean {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  const found: Diagnostic[] = [];
  forEachDiagnostic(view.state, (diagnostic, from, to) => {
    if (diagnostic.actions !== undefined && to >= line.from && from <= line.to) found.push({ ...diagnostic, from, to });
  });
  const chosen = found.find(({ from, to }) => from <= head && head <= to) ?? found[0];
  const action = chosen?.actions?.[0];
  if (chosen === undefined || action === undefined) return false;
  action.apply(view, chosen.from, chosen.to);
  return true;
}

/** Ctrl-. (on a Mac Cmd-.), as in other editors. */
export const FIX_KEYS: readonly KeyBinding[] = [{ key: 'Mod-.', run: fixAtCursor, preventDefault: true }];
