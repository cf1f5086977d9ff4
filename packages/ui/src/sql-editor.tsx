'use client';
import { acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { type Complete, sqlCompletion } from './sql-completion.ts';
import { FLINK_SQL } from './sql-dialect.ts';
import { type Explain, sqlHover } from './sql-hover.ts';

/** A finding as the editor draws it; offsets are UTF-16 positions in the text. */
export interface EditorFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly from: number;
  readonly to: number;
  readonly fix?: { readonly title: string; readonly insert: string } | undefined;
}

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly diagnose: (text: string) => readonly EditorFinding[] | Promise<readonly EditorFinding[]>;
  readonly complete?: Complete | undefined;
  readonly explain?: Explain | undefined;
  readonly height: string;
  readonly readOnly?: boolean;
  readonly label: string;
}

/** Tab takes the proposal or indents; Escape, then Tab leaves the editor, so the keyboard is never caught. */
const TAB = [
  { key: 'Tab', run: acceptCompletion },
  { key: 'Tab', run: indentMore, shift: indentLess },
];

/** Flink SQL with findings under the text while typing, completion, help for the word under the pointer (F1: at the cursor) and quick fixes. Knows no route: all of it comes as functions. */
export function SqlEditor({ value, onChange, diagnose, complete, explain, height, readOnly = false, label }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const callbacks = useRef({ onChange, diagnose, complete, explain });
  callbacks.current = { onChange, diagnose, complete, explain };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later texts come through the effect below
  useEffect(() => {
    if (parent.current === null) return;
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
          FLINK_SQL,
          linter(
            async ({ state }) =>
              (await callbacks.current.diagnose(state.doc.toString())).map((finding) =>
                asDiagnostic(finding, state.doc.length),
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
            ...TAB,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) callbacks.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
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

function asDiagnostic(finding: EditorFinding, length: number): Diagnostic {
  const from = Math.min(finding.from, length);
  const to = Math.min(Math.max(finding.to, from), length);
  const { fix } = finding;
  return {
    from,
    to,
    severity: finding.severity,
    message: finding.message,
    ...(fix === undefined
      ? {}
      : {
          actions: [
            {
              name: fix.title,
              apply: (editor: EditorView, at: number, end: number) =>
                editor.dispatch({ changes: { from: at, to: end, insert: fix.insert } }),
            },
          ],
        }),
  };
}
