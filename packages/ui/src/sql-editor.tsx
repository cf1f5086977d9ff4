'use client';
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

/** A finding as the editor draws it; offsets are UTF-16 positions in the text. */
export interface EditorFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly from: number;
  readonly to: number;
  readonly fix?: { readonly title: string; readonly insert: string } | undefined;
}

export interface EditorCompletion {
  readonly label: string;
  readonly kind: string;
  readonly detail?: string | undefined;
}

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly diagnose: (text: string) => readonly EditorFinding[] | Promise<readonly EditorFinding[]>;
  readonly complete?: ((text: string, offset: number) => readonly EditorCompletion[]) | undefined;
  readonly height: string;
  readonly readOnly?: boolean;
  readonly label: string;
}

const FLINK = SQLDialect.define({
  keywords:
    'select from where group by having order limit insert into create temporary table view if not exists as with watermark for interval second minute hour day metadata virtual descriptor tumble hop cumulate execute statement set begin end union all distinct values primary key enforced and or in is null like between case when then else cast try_cast true false extract escape filter',
  types:
    'bigint int integer smallint tinyint string varchar char double float decimal boolean timestamp timestamp_ltz date time bytes array map row',
  backslashEscapes: false,
  identifierQuotes: '`',
  hashComments: false,
  doubleQuotedStrings: false,
});

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--sql-keyword)', fontWeight: '600' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--sql-type)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--sql-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--sql-number)' },
  { tag: tags.comment, color: 'var(--sql-comment)', fontStyle: 'italic' },
]);

const LOOK = EditorView.theme({
  '&': { fontSize: '13px', background: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)', caretColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { background: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-activeLine': { background: 'var(--sql-active-line)' },
  '.cm-activeLineGutter': { background: 'transparent', color: 'var(--mantine-color-text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--sql-selection) !important' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-tooltip': {
    background: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--mantine-color-default-border)',
  },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-2px' },
});

/** Tab indents; Escape, then Tab leaves the editor, so the keyboard is never caught. */
const TAB = [{ key: 'Tab', run: indentMore, shift: indentLess }];

/** Flink SQL with findings under the text while typing, completion and quick fixes. Knows no route: the checks come as functions. */
export function SqlEditor({ value, onChange, diagnose, complete, height, readOnly = false, label }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const callbacks = useRef({ onChange, diagnose, complete });
  callbacks.current = { onChange, diagnose, complete };

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
          autocompletion({ icons: false, override: [(context) => completions(context, callbacks.current.complete)] }),
          syntaxHighlighting(HIGHLIGHT),
          sql({ dialect: FLINK }),
          linter(
            async ({ state }) =>
              (await callbacks.current.diagnose(state.doc.toString())).map((finding) =>
                asDiagnostic(finding, state.doc.length),
              ),
            { delay: 250 },
          ),
          lintGutter(),
          LOOK,
          EditorView.lineWrapping,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...TAB]),
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

function completions(context: CompletionContext, complete: Props['complete']): CompletionResult | null {
  const word = context.matchBefore(/[\w$']*/);
  if (complete === undefined || word === null || (word.from === word.to && !context.explicit)) return null;
  const options = complete(context.state.doc.toString(), context.pos).map(({ label, kind, detail }) => ({
    label,
    type: kind,
    ...(detail === undefined ? {} : { detail }),
  }));
  return { from: word.from, options, validFor: /^[\w$']*$/ };
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
