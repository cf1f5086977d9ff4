'use client';
import { acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { type Arguments, sqlArguments } from './sql-arguments.ts';
import { type Complete, sqlCompletion } from './sql-completion.ts';
import { FLINK_SQL } from './sql-dialect.ts';
import { asDiagnostic, type EditorFinding, FIX_KEYS } from './sql-fix.ts';
import { type Format, formatEditor } from './sql-format.ts';
import { type Explain, sqlHover } from './sql-hover.ts';

/** What a page may do with the editor besides its text. */
export interface SqlEditorHandle {
  /** Puts the cursor there and scrolls to it. */
  goTo(offset: number): void;
  /** Lays the text out, as Shift-Alt-F does. */
  format(): void;
}

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly diagnose: (text: string) => readonly EditorFinding[] | Promise<readonly EditorFinding[]>;
  readonly complete?: Complete | undefined;
  readonly explain?: Explain | undefined;
  readonly explainCall?: Arguments | undefined;
  readonly format?: Format | undefined;
  /** Told what the text is after it was laid out, and why not all of it was; undefined: it was. */
  readonly onFormatted?: ((reason: string | undefined, text: string) => void) | undefined;
  /** Called once, when the editor is there. */
  readonly onReady?: ((handle: SqlEditorHandle) => void) | undefined;
  readonly height: string;
  readonly readOnly?: boolean;
  readonly label: string;
}

/** Tab takes the proposal or indents; Escape, then Tab leaves the editor, so the keyboard is never caught. */
const TAB = [
  { key: 'Tab', run: acceptCompletion },
  { key: 'Tab', run: indentMore, shift: indentLess },
];

/**
 * Flink SQL with findings under the text while typing, completion, help for the word under the pointer (F1: at the cursor) and for the
 * call being written, quick fixes (Ctrl-.) and layout (Shift-Alt-F). Knows no route: all of it comes as functions.
 */
export function SqlEditor(props: Props) {
  const { value, onReady, height, readOnly = false, label } = props;
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const callbacks = useRef(props);
  callbacks.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later texts come through the effect below
  useEffect(() => {
    if (parent.current === null) return;
    const layOut = (of: EditorView) => {
      const { format } = callbacks.current;
      if (format === undefined || readOnly) return true;
      void formatEditor(of, format).then((reason) => callbacks.current.onFormatted?.(reason, of.state.doc.toString()));
      return true;
    };
    const editor = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          sqlCompletion(() => callbacks.current.complete),
          sqlHover(() => callbacks.current.explain),
          sqlArguments(() => callbacks.current.explainCall),
          FLINK_SQL,
          linter(
            async ({ state }) =>
              (await callbacks.current.diagnose(state.doc.toString())).map((finding) =>
                asDiagnostic(finding, state.doc),
              ),
            { delay: 250 },
          ),
          lintGutter(),
          EditorView.lineWrapping,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          keymap.of([
            ...completionKeymap,
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...historyKeymap,
            ...searchKeymap,
            ...lintKeymap,
            ...FIX_KEYS,
            { key: 'Shift-Alt-f', run: layOut, preventDefault: true },
            ...TAB,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) callbacks.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    onReady?.({
      goTo: (offset) => {
        const anchor = Math.min(offset, editor.state.doc.length);
        editor.dispatch({
          selection: { anchor },
          effects: EditorView.scrollIntoView(anchor, { y: 'start', yMargin: 24 }),
        });
        editor.focus();
      },
      format: () => void layOut(editor),
    });
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return (
    <div
      ref={parent}
      className="sql-editor"
      style={{ height, overflow: 'auto', border: '1px solid var(--mantine-color-default-border)', borderRadius: 4 }}
    />
  );
}
