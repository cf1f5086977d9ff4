import type { Insert, Query, Script, Statement } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { hasOpenSession } from '../relation/peel-window.ts';
import { closeRanks } from '../relation/rank-bounds.ts';
import type { Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { bindCreateTable } from './create-table.ts';
import { parseDuration } from './duration.ts';
import { fitToSink } from './insert.ts';
import { bindQuery, renameColumns } from './query.ts';
import { type BoundTable, type BoundView, optionOf } from './table.ts';

/** An INSERT: `query` as written, `relation` in the shape of the sink. */
interface BoundInsert {
  readonly statement: Insert;
  readonly sink: BoundTable;
  readonly query: Relation;
  readonly relation: Relation;
}

/** A script with every name resolved. Statements that were refused are absent. */
export interface BoundScript {
  readonly tables: readonly BoundTable[];
  readonly views: readonly BoundView[];
  readonly inserts: readonly BoundInsert[];
  /** INSERTs without their sink and lone SELECTs, in the order of the text. */
  readonly queries: readonly { readonly isSelect: boolean; readonly relation: Relation }[];
  readonly settings: Readonly<Record<string, string>>;
  readonly read: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
}

const IDLE_TIMEOUT_SETTING = 'table.exec.source.idle-timeout';
const IDLE_TIMEOUT_OPTION = 'scan.watermark.idle-timeout';
const MAX_AHEAD_OPTION = 'scan.watermark.max-ahead';

/** Options of a table that the plan itself understands; connectors never see them. */
export const WATERMARK_OPTIONS: ReadonlySet<string> = new Set([IDLE_TIMEOUT_OPTION, MAX_AHEAD_OPTION]);

/** Statements in order: a name can be used after it is declared, as in Flink. */
export function bindScript(script: Script, report: Report): BoundScript {
  const binder = new ScriptBinder(report, script.unparsed);
  for (const statement of script.statements) binder.bind(statement);
  return binder.finish();
}

class ScriptBinder {
  readonly #report: Report;
  /** A statement could not be read: a missing table may be the one it declares. */
  readonly #unparsed: boolean;
  readonly #catalog = new Map<string, BoundTable | BoundView>();
  readonly #inserts: BoundInsert[] = [];
  readonly #queries: BoundScript['queries'][number][] = [];
  readonly #settings = new Map<string, string>();
  readonly #read = new Set<string>();
  readonly #written = new Set<string>();

  constructor(report: Report, unparsed: boolean) {
    this.#report = report;
    this.#unparsed = unparsed;
  }

  bind(statement: Statement): void {
    switch (statement.kind) {
      case 'create-table': {
        const table = bindCreateTable(statement, this.#report);
        this.#checkWatermarkOptions(table);
        this.#declare(table, statement.ifNotExists);
        return;
      }
      case 'create-view': {
        const bound = this.#bindQuery(statement.query);
        const relation = bound && renameColumns(bound, statement.columns, statement.name, this.#report);
        const { name } = statement;
        this.#declare({ kind: 'view', name: name.text, nameSpan: name, relation }, statement.ifNotExists);
        return;
      }
      case 'insert':
        this.#bindInsert(statement);
        return;
      case 'query': {
        const bound = this.#bindQuery(statement.query);
        const relation = bound && this.#complete(bound, statement.query);
        if (relation !== undefined) this.#queries.push({ isSelect: true, relation });
        return;
      }
      case 'set':
        this.#settings.set(statement.key, statement.value);
        if (statement.key === IDLE_TIMEOUT_SETTING) this.#checkDuration(statement.value, statement.valueSpan);
        return;
    }
  }

  finish(): BoundScript {
    const declared = [...this.#catalog.values()];
    return {
      tables: declared.filter((entry) => entry.kind === 'table'),
      views: declared.filter((entry) => entry.kind === 'view'),
      inserts: this.#inserts,
      queries: this.#queries,
      settings: Object.fromEntries(this.#settings),
      read: this.#read,
      written: this.#written,
    };
  }

  #declare(entry: BoundTable | BoundView, ifNotExists: boolean): void {
    if (!this.#catalog.has(entry.name)) this.#catalog.set(entry.name, entry);
    else if (!ifNotExists) {
      this.#report.error(
        'sql.duplicate-name',
        entry.nameSpan,
        `${entry.name} is declared twice: give one of them another name.`,
      );
    }
  }

  #bindQuery(query: Query): Relation | undefined {
    return bindQuery(query, {
      catalog: this.#catalog,
      report: this.#report,
      onRead: (table) => this.#read.add(table),
      mayMissTables: this.#unparsed,
    });
  }

  #bindInsert(insert: Insert): void {
    const bound = this.#bindQuery(insert.query);
    const query = bound && this.#complete(bound, insert.query);
    const sink = this.#catalog.get(insert.table.text);
    if (sink === undefined) {
      const tables = [...this.#catalog.values()].filter((entry) => entry.kind === 'table').map((entry) => entry.name);
      const { hint, fix } = didYouMean(insert.table.text, insert.table, tables);
      if (hint === '' && this.#unparsed) return;
      const help = hint === '' ? ' Declare it with CREATE TABLE before this statement.' : hint;
      this.#report.error('sql.unknown-table', insert.table, `No table ${insert.table.text}.${help}`, fix);
      return;
    }
    if (sink.kind === 'view') {
      this.#report.error('sql.sink-mismatch', insert.table, `${sink.name} is a view: insert into a table.`);
      return;
    }
    this.#written.add(sink.name);
    if (query === undefined) return;
    const relation = fitToSink(insert, query, sink, this.#report);
    if (relation === undefined) return;
    this.#queries.push({ isSelect: false, relation: query });
    this.#inserts.push({ statement: insert, sink, query, relation });
  }

  /** What only has a meaning together with what stands around it: sessions and ROW_NUMBER(). Undefined after a report. */
  #complete(relation: Relation, query: Query): Relation | undefined {
    if (hasOpenSession(relation)) {
      const message =
        'SESSION needs GROUP BY window_start, window_end: its rows have no window before the session ends.';
      return this.#report.error('sql.invalid-window', query, message);
    }
    const closed = closeRanks(relation);
    if (closed !== undefined) return closed;
    const message =
      'ROW_NUMBER() numbers rows anew with every change: keep the first ones with WHERE rownum <= 10 in a query around it, or order by time.';
    return this.#report.error('sql.unsupported', query, message);
  }

  #checkWatermarkOptions(table: BoundTable): void {
    for (const option of table.options) {
      if (WATERMARK_OPTIONS.has(option.key)) this.#checkDuration(option.value, option.valueSpan);
    }
  }

  #checkDuration(value: string, span: Span): void {
    if (parseDuration(value) !== undefined) return;
    this.#report.error(
      'sql.invalid-setting',
      span,
      `'${value}' is not a duration: write for example '10 s' or '500 ms'.`,
    );
  }
}

/** How long a split may be silent before it no longer holds the watermark back. Default 10 s. */
export function idleTimeoutMs(table: BoundTable, settings: Readonly<Record<string, string>>): number {
  const text = optionOf(table, IDLE_TIMEOUT_OPTION) ?? settings[IDLE_TIMEOUT_SETTING];
  return (text === undefined ? undefined : parseDuration(text)) ?? IDLE_TIMEOUT_DEFAULT_MS;
}

const IDLE_TIMEOUT_DEFAULT_MS = 10_000;

/** How far ahead of the clock a row may be dated; undefined: the table does not say. */
export function maxAheadMs(table: BoundTable): number | undefined {
  const text = optionOf(table, MAX_AHEAD_OPTION);
  return text === undefined ? undefined : parseDuration(text);
}
