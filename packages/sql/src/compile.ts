import type { Schema } from '@millrace/model';
import type { ConnectorOptions, LogicalPlan } from '@millrace/plan';
import { type Answer, answerOf } from './answer.ts';
import type { Script } from './ast.ts';
import { type BoundInsert, type BoundScript, bindScript } from './bind/script.ts';
import { mayRepeatChanges, REPEATED_CHANGES_SETTING } from './bind/setting.ts';
import { addPart, type BoundTable, optionOf, quotedName } from './bind/table.ts';
import { changesRead, connectorOptions } from './connector-options.ts';
import { type Diagnostic, Report } from './diagnostic.ts';
import { type CheckOptions, reportOptions } from './option-check.ts';
import { parseScript } from './parser/script.ts';
import { buildPlan } from './plan/build-plan.ts';
import { isAppendOnly } from './relation/changes.ts';
import { uniqueColumns } from './relation/unique-columns.ts';
import type { Span } from './source-text.ts';
import { type TableDefinition, tableDefinition } from './table-definition.ts';

export interface CompileOptions {
  /** A script without INSERT is an error: it is to be launched. */
  readonly sinks?: 'required';
  /**
   * Asks whoever knows connectors about the options of a table, once per role it has in the script; metadata columns come
   * as `metadata.<column>`. For a table nobody reads or writes yet, only what is wrong in both roles is reported.
   * Not called for a table without a connector.
   */
  readonly checkOptions?: CheckOptions;
  /** What a sink of a connector takes: INSERTs only (`append`), each key's row as it is now (`upsert`), or `any` change. Absent: not checked. */
  readonly sinkChanges?: (connector: string, options: ConnectorOptions) => 'append' | 'upsert' | 'any';
  /** Which of the SELECT and INSERT statements `preview` is of, from 0 in the order of the text; absent: see `Compilation.preview`. */
  readonly previewStatement?: number;
}

export interface Compilation {
  /** All INSERTs as one plan; absent when there is an error or no INSERT. */
  readonly plan?: LogicalPlan;
  /**
   * One query without its sink, into a sink with connector `preview` and the query's own columns: the statement asked
   * for, else the last SELECT, else the last INSERT. Absent when there is an error or no such statement.
   */
  readonly preview?: LogicalPlan;
  /** Instead of `preview`, when the last statement that asks is EXPLAIN, SHOW or DESCRIBE. */
  readonly answer?: Answer;
  readonly diagnostics: readonly Diagnostic[];
  readonly tables: readonly TableDefinition[];
  readonly settings: Readonly<Record<string, string>>;
}

/** A script of Flink SQL to a plan, with every problem at its place. Pure; never throws on bad text. */
export function compile(text: string, options: CompileOptions = {}): Compilation {
  const { bound, report } = check(text, options);
  const diagnostics = report.diagnostics();
  const tables = bound.tables.map((table) => tableDefinition(table, bound));
  const common = { diagnostics, tables, settings: bound.settings };
  if (report.hasErrors) return common;
  const outputs = bound.inserts.map(({ relation, sink }) => ({
    relation,
    sink: { kind: 'table', table: sink, writesByKey: writesByKey(sink, options) } as const,
  }));
  const asked = options.previewStatement === undefined && bound.lastAsked === 'inspection';
  const inspection = asked ? bound.inspections.at(-1) : undefined;
  const preview = asked ? undefined : previewPlan(bound, options.previewStatement);
  return {
    ...common,
    ...(outputs.length === 0 ? {} : { plan: buildPlan(outputs, bound.settings, bound.functions) }),
    ...(preview === undefined ? {} : { preview }),
    ...(inspection === undefined ? {} : { answer: answerOf(inspection, text) }),
  };
}

/** Every problem of a script, in the order of the text. */
export function diagnose(text: string, options: CompileOptions = {}): readonly Diagnostic[] {
  return check(text, options).report.diagnostics();
}

/** `compile(text).preview` alone. */
export function previewOf(text: string, previewStatement?: number): LogicalPlan | undefined {
  const { bound, report } = check(text, {});
  return report.hasErrors ? undefined : previewPlan(bound, previewStatement);
}

function writesByKey(sink: BoundTable, { sinkChanges }: CompileOptions): boolean {
  return sinkChanges?.(optionOf(sink, 'connector') ?? '', connectorOptions(sink, [])) === 'upsert';
}

function previewPlan(bound: BoundScript, statement: number | undefined): LogicalPlan | undefined {
  const chosen =
    statement === undefined
      ? (bound.queries.findLast((query) => query.isSelect) ?? bound.queries.at(-1))
      : bound.queries[statement];
  if (chosen === undefined) return undefined;
  const schema: Schema = { fields: chosen.relation.fields };
  return buildPlan([{ relation: chosen.relation, sink: { kind: 'preview', schema } }], bound.settings, bound.functions);
}

/** A script read and resolved, its problems collected. */
export interface CheckedScript {
  readonly script: Script;
  readonly bound: BoundScript;
  readonly report: Report;
}

export function check(text: string, options: CompileOptions): CheckedScript {
  const report = new Report(text);
  const script = parseScript(text, report);
  const bound = bindScript(script, report);
  if (options.checkOptions !== undefined) {
    reportOptions(bound, options.checkOptions, report);
  }
  const used = new Set(bound.uses.flatMap(({ table, role }) => (role === 'lookup' ? [] : [table.name])));
  for (const table of bound.tables) if (used.has(table.name)) reportMissingKey(table, bound.settings, report);
  if (options.sinkChanges !== undefined) {
    for (const insert of bound.inserts) reportChanges(insert, options.sinkChanges, report);
    for (const insert of explainedInserts(bound)) reportChanges(insert, options.sinkChanges, report);
  }
  if (bound.inserts.length > 0) for (const { statement } of bound.inspections) warnIgnored(statement, report);
  if (options.sinks === 'required' && bound.inserts.length === 0 && !report.hasErrors) {
    const at = { from: text.trimEnd().length, to: text.trimEnd().length };
    report.error('sql.nothing-to-run', at, 'Nothing to run: add INSERT INTO table SELECT ...');
  }
  return { script, bound, report };
}

function explainedInserts(bound: BoundScript): readonly BoundInsert[] {
  return bound.inspections.flatMap((inspection) => {
    return 'outputs' in inspection ? inspection.outputs.flatMap(({ insert }) => insert ?? []) : [];
  });
}

/** Rows that replace each other are known by their key. */
function reportMissingKey(table: BoundTable, settings: BoundScript['settings'], report: Report): void {
  const records = changesRead(table);
  const mayRepeat = records === 'retract' && mayRepeatChanges(settings);
  if ((records !== 'upsert' && !mayRepeat) || table.primaryKey !== undefined) return;
  const why = mayRepeat
    ? `'${REPEATED_CHANGES_SETTING}' tells rows by their key`
    : `'${optionOf(table, 'connector')}' tells rows by their key`;
  const message = `${why}: ${table.name} needs a PRIMARY KEY (...) NOT ENFORCED.`;
  const first = table.columns.find(({ kind }) => kind === 'physical');
  const fix = first && addPart(table, `PRIMARY KEY (${quotedName(first.name)}) NOT ENFORCED`);
  report.error('sql.invalid-table', table.nameSpan, message, fix);
}

/** A job has nobody to answer to. */
function warnIgnored({ kind, from }: Span & { readonly kind: string }, report: Report): void {
  const word = kind.toUpperCase();
  const length = /^\w+/.exec(report.source.text.slice(from, from + word.length))?.[0].length ?? 0;
  const at = { from, to: from + length };
  report.warning('sql.no-effect', at, `${word} answers in the preview; the job that runs ignores it.`);
}

/** A query that takes rows back needs a sink that can forget them. */
function reportChanges(
  { statement, sink, relation }: BoundInsert,
  sinkChanges: NonNullable<CompileOptions['sinkChanges']>,
  report: Report,
): void {
  const options = connectorOptions(sink, []);
  const { connector } = options;
  if (connector === undefined || isAppendOnly(relation)) return;
  const takes = sinkChanges(connector, options);
  if (takes === 'any' || (takes === 'upsert' && sink.primaryKey !== undefined)) return;
  const why = 'The query replaces rows it gave before';
  const message =
    takes === 'upsert'
      ? `${why}: ${sink.name} needs a PRIMARY KEY (...) NOT ENFORCED that tells which row is replaced.`
      : `${why}, and '${connector}' can only add rows: aggregate in a window, or write to a table with a PRIMARY KEY ('upsert-kafka', 'jdbc') or of changes ('format' = 'debezium-json').`;
  const key =
    takes === 'upsert' ? uniqueColumns(relation, 'declared')?.map((at) => relation.fields[at]?.name ?? '') : undefined;
  const names = key?.map(quotedName).join(', ') ?? '';
  const fix = names === '' ? undefined : addPart(sink, `PRIMARY KEY (${names}) NOT ENFORCED`);
  report.error('sql.sink-mismatch', statement.table, message, fix);
}
