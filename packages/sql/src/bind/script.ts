import { timeZoneNamed, type UserFunction } from '@millrace/plan';
import type { CreateFunction, Describe, Drop, Explain, Insert, Name, Query, Script, Show, Statement } from '../ast.ts';
import { IDLE_TIMEOUT_OPTION, MAX_AHEAD_OPTION, WATERMARK_OPTIONS } from '../connector-options.ts';
import type { Report } from '../diagnostic.ts';
import { TIME_ZONE_SETTING } from '../local-time-zone.ts';
import { hasOpenSession } from '../relation/peel-window.ts';
import { closeRanks } from '../relation/rank-bounds.ts';
import type { Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { checkCreateFunction, userFunctionOf } from './create-function.ts';
import { bindCreateTable } from './create-table.ts';
import { parseDuration } from './duration.ts';
import { fitToSink } from './insert.ts';
import { bindQuery, renameColumns } from './query.ts';
import { IDLE_TIMEOUT_SETTING } from './setting.ts';
import { type BoundTable, type BoundView, optionOf } from './table.ts';

/** A query or INSERT that is only explained; `insert` is undefined of a query. */
interface Explained {
  readonly relation: Relation;
  readonly insert: BoundInsert | undefined;
}

/** What a statement that only asks is answered from, as the script stood where it is written. */
export type BoundInspection =
  | { readonly statement: Explain; readonly outputs: readonly Explained[]; readonly settings: BoundScript['settings'] }
  | { readonly statement: Show | Describe; readonly catalog: readonly CatalogEntry[] };

type CatalogEntry = BoundTable | BoundView;

/** An INSERT: `query` as written, `relation` in the shape of the sink. */
export interface BoundInsert {
  readonly statement: Insert;
  readonly sink: BoundTable;
  readonly query: Relation;
  readonly relation: Relation;
}

/** A script with every name resolved. Statements that were refused are absent. */
export interface BoundScript {
  readonly tables: readonly BoundTable[];
  readonly views: readonly BoundView[];
  readonly functions: readonly UserFunction[];
  readonly inserts: readonly BoundInsert[];
  /** INSERTs without their sink and lone SELECTs, in the order of the text. */
  readonly queries: readonly { readonly isSelect: boolean; readonly relation: Relation }[];
  readonly inspections: readonly BoundInspection[];
  /** Which of the SELECTs and the statements that only ask stands last. */
  readonly lastAsked: 'query' | 'inspection' | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly read: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  /** Tables asked for rows by key, and where their names stand in FROM. */
  readonly lookedUp: ReadonlyMap<string, readonly Span[]>;
}

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
  /** By upper-case name. */
  readonly #functions = new Map<string, CreateFunction>();
  readonly #catalog = new Map<string, BoundTable | BoundView>();
  readonly #inserts: BoundInsert[] = [];
  readonly #queries: BoundScript['queries'][number][] = [];
  readonly #settings = new Map<string, string>();
  readonly #inspections: BoundInspection[] = [];
  #lastAsked: BoundScript['lastAsked'];
  /** Declared and dropped, in the order of the text. */
  readonly #dropped: CatalogEntry[] = [];
  readonly #read = new Set<string>();
  readonly #written = new Set<string>();
  readonly #lookedUp = new Map<string, readonly Span[]>();

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
        const { name, from, to } = statement;
        const view = { kind: 'view', name: name.text, nameSpan: name, statementSpan: { from, to }, relation } as const;
        this.#declare(view, statement.ifNotExists);
        return;
      }
      case 'create-function':
        this.#declareFunction(statement);
        return;
      case 'insert':
        this.#bindInsert(statement);
        return;
      case 'query': {
        const bound = this.#bindQuery(statement.query);
        const relation = bound && this.#complete(bound, statement.query);
        this.#lastAsked = 'query';
        if (relation !== undefined) this.#queries.push({ isSelect: true, relation });
        return;
      }
      case 'set':
        this.#settings.set(statement.key, statement.value);
        if (statement.key === TIME_ZONE_SETTING) this.#checkTimeZone(statement.value, statement.valueSpan);
        if (statement.key === IDLE_TIMEOUT_SETTING) this.#checkDuration(statement.value, statement.valueSpan);
        return;
      case 'reset':
        if (statement.key === undefined) this.#settings.clear();
        else this.#settings.delete(statement.key);
        return;
      case 'drop':
        this.#drop(statement);
        return;
      case 'explain':
        this.#explain(statement);
        return;
      case 'show':
      case 'describe':
        this.#lastAsked = 'inspection';
        if (statement.name !== undefined && !this.#isDeclared(statement.name)) return;
        this.#inspections.push({ statement, catalog: [...this.#catalog.values()] });
        return;
    }
  }

  finish(): BoundScript {
    const declared = [...this.#dropped, ...this.#catalog.values()];
    return {
      tables: declared.filter((entry) => entry.kind === 'table'),
      views: declared.filter((entry) => entry.kind === 'view'),
      functions: [...this.#functions.values()].flatMap((declared) => userFunctionOf(declared) ?? []),
      inserts: this.#inserts,
      queries: this.#queries,
      inspections: this.#inspections,
      lastAsked: this.#lastAsked,
      settings: Object.fromEntries(this.#settings),
      read: this.#read,
      written: this.#written,
      lookedUp: this.#lookedUp,
    };
  }

  #declare(entry: BoundTable | BoundView, ifNotExists: boolean): void {
    const { name } = entry;
    const isUsed = this.#read.has(name) || this.#written.has(name);
    if (isUsed && this.#dropped.some((old) => old.name === name)) {
      const message = `${name} was read or written before it was dropped, and a job has one table of a name: give the new one another name.`;
      this.#report.error('sql.duplicate-name', entry.nameSpan, message);
      return;
    }
    if (!this.#catalog.has(entry.name)) this.#catalog.set(entry.name, entry);
    else if (!ifNotExists) {
      this.#report.error(
        'sql.duplicate-name',
        entry.nameSpan,
        `${entry.name} is declared twice: give one of them another name.`,
      );
    }
  }

  #declareFunction(statement: CreateFunction): void {
    const name = statement.name.text.toUpperCase();
    if (!this.#functions.has(name)) {
      this.#functions.set(name, statement);
      checkCreateFunction(statement, this.#report);
    } else if (!statement.ifNotExists) {
      const message = `Function ${statement.name.text} is declared twice: give one of them another name.`;
      this.#report.error('sql.duplicate-name', statement.name, message);
    }
  }

  #drop({ what, name, ifExists }: Drop): void {
    if (ifExists && !this.#catalog.has(name.text)) return;
    if (!this.#isDeclared(name)) return;
    const entry = this.#catalog.get(name.text);
    if (entry === undefined) return;
    if (entry.kind !== what) {
      const word = entry.kind.toUpperCase();
      const message = `${name.text} is a ${entry.kind}: write DROP ${word} ${name.text}.`;
      this.#report.error('sql.unknown-table', name, message);
      return;
    }
    this.#catalog.delete(name.text);
    this.#dropped.push(entry);
  }

  /** False after a report: no table or view is called so. */
  #isDeclared(name: Name): boolean {
    if (this.#catalog.has(name.text)) return true;
    const { hint, fix } = didYouMean(name.text, name, this.#catalog.keys());
    if (hint !== '' || !this.#unparsed) {
      const help = hint === '' ? ' Declare it before this statement.' : hint;
      this.#report.error('sql.unknown-table', name, `No table or view ${name.text}.${help}`, fix);
    }
    return false;
  }

  /** Checked as if it ran; but nothing of it is read or written by the job. */
  #explain(statement: Explain): void {
    this.#lastAsked = 'inspection';
    const outputs = statement.statements.map((part): Explained | undefined => {
      if (part.kind === 'insert') {
        const insert = this.#fitInsert(part, false);
        return insert && { relation: insert.query, insert };
      }
      const bound = this.#bindQuery(part.query, false);
      const relation = bound && this.#complete(bound, part.query);
      return relation && { relation, insert: undefined };
    });
    const known = outputs.filter((output) => output !== undefined);
    if (known.length < outputs.length) return;
    this.#inspections.push({ statement, outputs: known, settings: Object.fromEntries(this.#settings) });
  }

  #bindQuery(query: Query, runs = true): Relation | undefined {
    return bindQuery(query, {
      catalog: this.#catalog,
      report: this.#report,
      onRead: (table) => runs && this.#read.add(table),
      onLookup: (table, at) => runs && this.#lookedUp.set(table, [...(this.#lookedUp.get(table) ?? []), at]),
      mayMissTables: this.#unparsed,
    });
  }

  #bindInsert(statement: Insert): void {
    const insert = this.#fitInsert(statement, true);
    if (insert === undefined) return;
    this.#queries.push({ isSelect: false, relation: insert.query });
    this.#inserts.push(insert);
  }

  /** An INSERT with its sink. `runs`: it is part of the job. Undefined after a report. */
  #fitInsert(insert: Insert, runs: boolean): BoundInsert | undefined {
    const bound = this.#bindQuery(insert.query, runs);
    const query = bound && this.#complete(bound, insert.query);
    const sink = this.#catalog.get(insert.table.text);
    if (sink === undefined) {
      const tables = [...this.#catalog.values()].filter((entry) => entry.kind === 'table').map((entry) => entry.name);
      const { hint, fix } = didYouMean(insert.table.text, insert.table, tables);
      if (hint === '' && this.#unparsed) return undefined;
      const help = hint === '' ? ' Declare it with CREATE TABLE before this statement.' : hint;
      return this.#report.error('sql.unknown-table', insert.table, `No table ${insert.table.text}.${help}`, fix);
    }
    if (sink.kind === 'view') {
      return this.#report.error('sql.sink-mismatch', insert.table, `${sink.name} is a view: insert into a table.`);
    }
    if (runs) this.#written.add(sink.name);
    if (query === undefined) return undefined;
    const relation = fitToSink(insert, query, sink, this.#report);
    return relation && { statement: insert, sink, query, relation };
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

  #checkTimeZone(value: string, span: Span): void {
    if (timeZoneNamed(value) !== undefined) return;
    const message = `There is no time zone '${value}': write a name such as 'Europe/Berlin', or a distance from UTC such as '+05:30'.`;
    this.#report.error('sql.invalid-setting', span, message);
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
