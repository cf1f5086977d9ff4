import type { UserFunction } from '@millrace/plan';
import type {
  AlterTable,
  AlterView,
  CreateTable,
  CreateView,
  Describe,
  Drop,
  Explain,
  Insert,
  LikeClause,
  Query,
  Script,
  Show,
  Statement,
  TableDeclaration,
} from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { FUNCTION_NAMES } from '../functions/catalog.ts';
import { closeRanks } from '../relation/rank-bounds.ts';
import type { Relation } from '../relation/relation.ts';
import { didYouMean } from '../suggestion.ts';
import { alterTable } from './alter-table.ts';
import { bindCreateTable } from './create-table.ts';
import { fitToSink } from './insert.ts';
import { likeTable } from './like-table.ts';
import { bindQuery } from './query.ts';
import { renameColumns } from './rename-columns.ts';
import { type CatalogEntry, ScriptCatalog, type TableRole } from './script-catalog.ts';
import { ScriptFunctions } from './script-functions.ts';
import { checkSetting } from './setting.ts';
import type { BoundTable, BoundView } from './table.ts';
import { hintedOptions, withOptions } from './table-hint.ts';
import { tableOfQuery } from './table-of-query.ts';
import { checkWatermarkOptions } from './watermark-option.ts';

/** A query or INSERT that is only explained; `insert` is undefined of a query. */
interface Explained {
  readonly relation: Relation;
  readonly insert: BoundInsert | undefined;
}

/** What a statement that only asks is answered from, as the script stood where it is written. */
export type BoundInspection =
  | { readonly statement: Explain; readonly outputs: readonly Explained[]; readonly settings: BoundScript['settings'] }
  | {
      readonly statement: Show | Describe;
      readonly catalog: readonly CatalogEntry[];
      readonly functions: readonly UserFunction[];
      readonly settings: BoundScript['settings'];
    };

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
  /** What names mean at the end of the script. */
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
  readonly functions: readonly UserFunction[];
  /** Those not dropped again. */
  readonly callable: readonly UserFunction[];
  readonly inserts: readonly BoundInsert[];
  /** INSERTs without their sink and lone SELECTs, in the order of the text. */
  readonly queries: readonly { readonly isSelect: boolean; readonly relation: Relation }[];
  readonly inspections: readonly BoundInspection[];
  /** Which of the SELECTs and the statements that only ask stands last. */
  readonly lastAsked: 'query' | 'inspection' | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** What the job does with which tables, in the order of the text. */
  readonly uses: readonly TableRole[];
}

/** Statements in order: a name can be used after it is declared, as in Flink. */
export function bindScript(script: Script, report: Report): BoundScript {
  const binder = new ScriptBinder(report, script.unparsed);
  for (const statement of script.statements) binder.bind(statement);
  return binder.finish();
}

class ScriptBinder {
  readonly #report: Report;
  readonly #unparsed: boolean;
  readonly #catalog: ScriptCatalog;
  readonly #functions: ScriptFunctions;
  readonly #inserts: BoundInsert[] = [];
  readonly #queries: BoundScript['queries'][number][] = [];
  readonly #settings = new Map<string, string>();
  readonly #inspections: BoundInspection[] = [];
  #lastAsked: BoundScript['lastAsked'];

  constructor(report: Report, unparsed: boolean) {
    this.#report = report;
    this.#unparsed = unparsed;
    this.#catalog = new ScriptCatalog(report, unparsed);
    this.#functions = new ScriptFunctions(report);
  }

  bind(statement: Statement): void {
    switch (statement.kind) {
      case 'create-table':
        this.#createTable(statement);
        return;
      case 'create-view':
        this.#createView(statement);
        return;
      case 'create-function':
        this.#functions.declare(statement);
        return;
      case 'alter-table':
        this.#alterTable(statement);
        return;
      case 'alter-view':
        this.#alterView(statement);
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
        checkSetting(statement, this.#report);
        return;
      case 'reset':
        if (statement.key === undefined) this.#settings.clear();
        else this.#settings.delete(statement.key);
        return;
      case 'drop':
        this.#drop(statement);
        return;
      case 'use':
        return;
      case 'explain':
        this.#explain(statement);
        return;
      case 'show':
      case 'describe':
        this.#lastAsked = 'inspection';
        if (!this.#isKnown(statement)) return;
        this.#inspections.push({
          statement,
          catalog: [...this.#catalog.current.values()],
          functions: this.#functions.callable,
          settings: Object.fromEntries(this.#settings),
        });
        return;
    }
  }

  finish(): BoundScript {
    const { declared, current, uses } = this.#catalog;
    return {
      tables: declared.filter((entry) => entry.kind === 'table'),
      views: declared.filter((entry) => entry.kind === 'view'),
      catalog: current,
      functions: this.#functions.declared,
      callable: this.#functions.callable,
      inserts: this.#inserts,
      queries: this.#queries,
      inspections: this.#inspections,
      lastAsked: this.#lastAsked,
      settings: Object.fromEntries(this.#settings),
      uses,
    };
  }

  /** False after a report: what is asked about is not there. */
  #isKnown(statement: Show | Describe): boolean {
    const { kind, name } = statement;
    if (name === undefined || (kind === 'describe' && statement.what === 'catalog')) return true;
    if (kind === 'show' || statement.what === 'table') return this.#catalog.isDeclared(name);
    const names = [...this.#functions.callable.map((of) => of.name), ...FUNCTION_NAMES];
    if (names.some((known) => known.toUpperCase() === name.text.toUpperCase())) return true;
    const { hint, fix } = didYouMean(name.text, name, names);
    this.#report.error('sql.unknown-function', name, `No function ${name.text}.${hint}`, fix);
    return false;
  }

  #createTable(statement: CreateTable): void {
    const { like, query } = statement;
    if (query !== undefined) {
      this.#createTableAs(statement, query);
      return;
    }
    const declaration = like === undefined ? statement : this.#likeTable(statement, like);
    if (declaration === undefined) return;
    const table = bindCreateTable(declaration, this.#report);
    checkWatermarkOptions(table, this.#report);
    this.#catalog.declare(table, statement.ifNotExists);
  }

  #likeTable(statement: CreateTable, like: LikeClause): TableDeclaration | undefined {
    if (!this.#catalog.isDeclared(like.table)) return undefined;
    const source = this.#catalog.current.get(like.table.text);
    if (source?.kind === 'table')
      return source.declaration && likeTable(statement, like, source.declaration, this.#report);
    const message = `${like.table.text} is a view, and LIKE takes a table: write CREATE TABLE ... AS SELECT * FROM ${like.table.text}.`;
    return this.#report.error('sql.invalid-table', like.table, message);
  }

  /** The table of a query's columns, and the INSERT of the query into it. */
  #createTableAs(statement: CreateTable, query: Query): void {
    const { name, replaces } = statement;
    const bound = this.#bindQuery(query);
    const relation = bound && this.#complete(bound, query);
    if (replaces !== undefined) {
      const old = this.#catalog.find(name, 'table', 'REPLACE', replaces === 'create-or-replace');
      if (old !== undefined) this.#catalog.drop(old);
      else if (replaces === 'replace') return;
    }
    const table = relation && this.#tableOf(statement, query, relation);
    if (relation === undefined || table === undefined) return;
    if (!this.#catalog.declare(table, statement.ifNotExists)) return;
    this.#insert(insertInto(statement, query, relation), relation, table);
  }

  #tableOf(statement: CreateTable, query: Query, relation: Relation): BoundTable | undefined {
    const declaration = tableOfQuery(statement, query, relation, this.#report);
    const table = declaration && bindCreateTable(declaration, this.#report);
    if (table !== undefined) checkWatermarkOptions(table, this.#report);
    return table;
  }

  /** What CREATE TABLE AS query would run, with nothing declared. */
  #explainTableAs(statement: CreateTable, query: Query): Explained | undefined {
    const bound = this.#bindQuery(query, false);
    const given = bound && this.#complete(bound, query);
    const sink = given && this.#tableOf(statement, query, given);
    if (given === undefined || sink === undefined) return undefined;
    const insert = insertInto(statement, query, given);
    const relation = fitToSink(insert, given, sink, this.#report);
    return relation && { relation: given, insert: { statement: insert, sink, query: given, relation } };
  }

  #createView({ name, columns, query, ifNotExists, from, to }: CreateView): void {
    const bound = this.#bindQuery(query);
    const relation = bound && renameColumns(bound, columns, name, this.#report);
    const view = { kind: 'view', name: name.text, nameSpan: name, statementSpan: { from, to }, relation } as const;
    this.#catalog.declare(view, ifNotExists);
  }

  #alterTable({ name, ifExists, change }: AlterTable): void {
    const table = this.#catalog.find(name, 'table', 'ALTER', ifExists);
    if (table?.kind !== 'table' || table.declaration === undefined) return;
    const declaration = alterTable(table.declaration, change, this.#report);
    if (declaration === undefined) return;
    const altered = bindCreateTable(declaration, this.#report);
    checkWatermarkOptions(altered, this.#report);
    this.#catalog.replace(table, altered, name);
  }

  #alterView({ name, newName, query }: AlterView): void {
    const view = this.#catalog.find(name, 'view', 'ALTER', false);
    if (view?.kind !== 'view') return;
    if (newName !== undefined) this.#catalog.replace(view, { ...view, name: newName.text, nameSpan: newName }, name);
    if (query !== undefined) this.#catalog.replace(view, { ...view, relation: this.#bindQuery(query) }, name);
  }

  #drop({ what, name, ifExists }: Drop): void {
    if (what === 'function') {
      this.#functions.drop(name, ifExists);
      return;
    }
    const entry = this.#catalog.find(name, what, 'DROP', ifExists);
    if (entry !== undefined) this.#catalog.drop(entry);
  }

  /** Checked as if it ran; but nothing of it is read or written by the job. */
  #explain(statement: Explain): void {
    this.#lastAsked = 'inspection';
    const outputs = statement.statements.map((part): Explained | undefined => {
      if (part.kind === 'insert') {
        const insert = this.#fitInsert(part, false);
        return insert && { relation: insert.query, insert };
      }
      if (part.kind === 'create-table') return part.query && this.#explainTableAs(part, part.query);
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
      catalog: this.#catalog.current,
      report: this.#report,
      onUse: (use) => runs && this.#use(use),
      mayMissTables: this.#unparsed,
    });
  }

  #bindInsert(statement: Insert): void {
    const insert = this.#fitInsert(statement, true);
    if (insert !== undefined) this.#addInsert(insert);
  }

  #insert(statement: Insert, query: Relation, sink: BoundTable): void {
    this.#use({ table: sink, role: 'sink', at: statement.table });
    const relation = fitToSink(statement, query, sink, this.#report);
    if (relation !== undefined) this.#addInsert({ statement, sink, query, relation });
  }

  #addInsert(insert: BoundInsert): void {
    this.#queries.push({ isSelect: false, relation: insert.query });
    this.#inserts.push(insert);
  }

  /** An INSERT with its sink. `runs`: it is part of the job. Undefined after a report. */
  #fitInsert(insert: Insert, runs: boolean): BoundInsert | undefined {
    const bound = this.#bindQuery(insert.query, runs);
    const query = bound && this.#complete(bound, insert.query);
    const sink = this.#sinkOf(insert);
    if (sink === undefined) return undefined;
    if (runs) this.#use({ table: sink, role: 'sink', at: insert.table });
    if (query === undefined) return undefined;
    const relation = fitToSink(insert, query, sink, this.#report);
    return relation && { statement: insert, sink, query, relation };
  }

  #use(use: TableRole): void {
    if (use.table.hint !== undefined) checkWatermarkOptions(use.table, this.#report);
    this.#catalog.use(use);
  }

  /** The table an INSERT names, with the options of its hint. */
  #sinkOf({ table, hints }: Insert): BoundTable | undefined {
    const { current } = this.#catalog;
    const sink = current.get(table.text);
    if (sink === undefined) {
      const tables = [...current.values()].filter((entry) => entry.kind === 'table').map((entry) => entry.name);
      const { hint, fix } = didYouMean(table.text, table, tables);
      if (hint === '' && this.#unparsed) return undefined;
      const help = hint === '' ? ' Declare it with CREATE TABLE before this statement.' : hint;
      return this.#report.error('sql.unknown-table', table, `No table ${table.text}.${help}`, fix);
    }
    const options = hintedOptions(hints, this.#report);
    if (options === undefined) return undefined;
    if (sink.kind === 'table') return withOptions(sink, options);
    return this.#report.error('sql.sink-mismatch', table, `${sink.name} is a view: insert into a table.`);
  }

  /** What only has a meaning together with what stands around it: ROW_NUMBER(). Undefined after a report. */
  #complete(relation: Relation, query: Query): Relation | undefined {
    const closed = closeRanks(relation);
    if (closed !== undefined) return closed;
    const message =
      'ROW_NUMBER() numbers rows anew with every change: keep the first ones with WHERE rownum <= 10 in a query around it, or order by time.';
    return this.#report.error('sql.unsupported', query, message);
  }
}

/** The INSERT that CREATE TABLE AS query stands for. */
function insertInto({ name, from, to }: CreateTable, query: Query, { fields }: Relation): Insert {
  const columns = fields.map((field) => ({ text: field.name, from: name.from, to: name.to }));
  return { kind: 'insert', table: name, hints: [], partition: [], columns, query, from, to };
}
