import { SourceText, type Span } from './source-text.ts';

/** What can be wrong with a script. The first word after `sql.` is stable: screens and tests key on it. */
export const SQL_CODES = {
  'sql.syntax': 'The text is not in the grammar.',
  'sql.too-large': 'The script, a statement or an expression is beyond a stated bound.',
  'sql.unsupported': 'Flink knows it; Millrace does not run it yet.',
  'sql.unknown-table': 'No CREATE TABLE, CREATE VIEW or WITH names it.',
  'sql.unknown-column': 'No table in FROM has the column.',
  'sql.ambiguous-column': 'More than one column has the name.',
  'sql.unknown-function': 'No function has the name.',
  'sql.wrong-arguments': 'A function is called with arguments it does not take.',
  'sql.type-mismatch': 'Types do not go together and no implicit cast exists.',
  'sql.invalid-literal': 'A literal is not a value of its type.',
  'sql.invalid-type': 'A type has impossible parameters.',
  'sql.duplicate-name': 'A table, column, option or alias is declared twice.',
  'sql.invalid-table': 'A table definition contradicts itself or lacks something.',
  'sql.invalid-option': 'A WITH option is refused by its connector.',
  'sql.invalid-setting': 'A SET value is not understood.',
  'sql.invalid-aggregate': 'An aggregate or a GROUP BY is used wrongly.',
  'sql.invalid-window': 'A window is used wrongly.',
  'sql.invalid-function': 'A function is declared or called wrongly, or its body is no JavaScript.',
  'sql.sink-mismatch': 'A query does not fit the table it is inserted into.',
  'sql.no-effect': 'A statement does nothing where it stands.',
  'sql.nothing-to-run': 'The script has no INSERT.',
} as const;
export type SqlCode = keyof typeof SQL_CODES;

/** A text edit that would mend the problem: replace `from`..`to` by `insert`. */
export interface Fix {
  readonly title: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
}

/** One problem at one place. Offsets are UTF-16, `to` exclusive; lines and columns count from 1. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: SqlCode;
  readonly message: string;
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly fix?: Fix;
}

/** More problems than this in one script are not collected: the first ones are worth mending first. */
const DIAGNOSTICS_MAX = 200;

/** Collects problems of one script; the same code at the same place is kept once. */
export class Report {
  readonly source: SourceText;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  #errors = 0;

  constructor(text: string) {
    this.source = new SourceText(text);
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  get errorCount(): number {
    return this.#errors;
  }

  /** Returns undefined, so that a binder can `return report.error(...)` for "no result, already told". */
  error(code: SqlCode, span: Span, message: string, fix?: Fix): undefined {
    this.#errors++;
    this.#add('error', code, span, message, fix);
    return undefined;
  }

  warning(code: SqlCode, span: Span, message: string, fix?: Fix): void {
    this.#add('warning', code, span, message, fix);
  }

  /** In the order of the text. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.#diagnostics].sort((a, b) => a.from - b.from || a.to - b.to);
  }

  #add(severity: Diagnostic['severity'], code: SqlCode, span: Span, message: string, fix: Fix | undefined): void {
    const key = `${code} ${span.from} ${span.to}`;
    if (this.#seen.has(key) || this.#diagnostics.length >= DIAGNOSTICS_MAX) return;
    this.#seen.add(key);
    const start = this.source.positionOf(span.from);
    const end = this.source.positionOf(span.to);
    this.#diagnostics.push({
      severity,
      code,
      message,
      from: span.from,
      to: span.to,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}
