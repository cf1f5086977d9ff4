import { SQLDialect, sql } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const FLINK = SQLDialect.define({
  keywords:
    'select from where group by having order limit insert into create temporary drop explain plan show describe desc reset tables views functions table view if not exists as with watermark for interval second minute hour day month year to metadata virtual descriptor tumble hop cumulate session execute statement set begin end union all distinct values primary key enforced and or in is null like between case when then else cast try_cast join left right full inner outer cross on using unnest over partition rows range preceding unbounded current row window match_recognize measures pattern define within after skip lateral intersect except grouping sets rollup cube fetch offset asc true false extract escape filter',
  types:
    'bigint int integer smallint tinyint string varchar char double float decimal boolean timestamp timestamp_ltz date time bytes array map multiset row',
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
    borderRadius: '4px',
    boxShadow: '0 2px 10px rgb(0 0 0 / 18%)',
  },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', maxHeight: '15em' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--mantine-primary-color-filled)',
    color: 'var(--mantine-color-white)',
  },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)', fontStyle: 'normal', marginLeft: '1em' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionInfo': { maxWidth: '30em', padding: '6px 8px', lineHeight: '1.4' },
  '.cm-sql-hover': { padding: '6px 8px', maxWidth: '38em', lineHeight: '1.4' },
  '.cm-sql-signature': { fontFamily: 'var(--mantine-font-family-monospace)' },
  '.cm-sql-signature strong': { textDecoration: 'underline' },
  '.cm-diagnostic': { padding: '4px 8px', lineHeight: '1.4', maxWidth: '48em' },
  '.cm-diagnosticAction': {
    display: 'inline-block',
    margin: '4px 0 2px 8px',
    padding: '1px 8px',
    border: '1px solid var(--mantine-primary-color-filled)',
    borderRadius: '4px',
    background: 'transparent',
    color: 'var(--mantine-color-anchor)',
    cursor: 'pointer',
  },
  '.cm-panel.cm-panel-lint': { background: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-panels': { background: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-sql-hover-title': { fontFamily: 'var(--mantine-font-family-monospace)', fontWeight: '600' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-2px' },
});

/** The words of Flink SQL, their colours (from the page's style sheet, light and dark) and the editor's look. */
export const FLINK_SQL = [syntaxHighlighting(HIGHLIGHT), sql({ dialect: FLINK }), LOOK];
