import type { Schema } from '@millrace/model';
import type { LogicalPlan } from '@millrace/plan';
import type { Script } from './ast.ts';
import { type BoundScript, bindScript } from './bind/script.ts';
import type { BoundTable } from './bind/table.ts';
import { type Diagnostic, Report } from './diagnostic.ts';
import { parseScript } from './parser/script.ts';
import { buildPlan, connectorOptions, METADATA_OPTION_PREFIX } from './plan-builder.ts';
import { isAppendOnly } from './relation/changes.ts';
import { type TableDefinition, tableDefinition } from './table-definition.ts';

export type TableRole = 'source' | 'sink';

/** A WITH option a connector refuses: `message` says what is wrong and what is allowed. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

export interface CompileOptions {
  /** A script without INSERT is an error: it is to be launched. */
  readonly sinks?: 'required';
  /**
   * Asks whoever knows connectors about the options of a table, once per role it has in the script; metadata columns come
   * as `metadata.<column>`. For a table nobody reads or writes yet, only what is wrong in both roles is reported.
   * Not called for a table without a connector.
   */
  readonly checkOptions?: (
    connector: string,
    options: Readonly<Record<string, string>>,
    role: TableRole,
  ) => readonly OptionProblem[];
  /** What a sink of a connector takes: INSERTs only (`append`), each key's row as it is now (`upsert`), or `any` change. Absent: not checked. */
  readonly sinkChanges?: (connector: string) => 'append' | 'upsert' | 'any';
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
    sink: { kind: 'table', table: sink } as const,
  }));
  const preview = previewPlan(bound, options.previewStatement);
  return {
    ...common,
    ...(outputs.length === 0 ? {} : { plan: buildPlan(outputs, bound.settings) }),
    ...(preview === undefined ? {} : { preview }),
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

function previewPlan(bound: BoundScript, statement: number | undefined): LogicalPlan | undefined {
  const chosen =
    statement === undefined
      ? (bound.queries.findLast((query) => query.isSelect) ?? bound.queries.at(-1))
      : bound.queries[statement];
  if (chosen === undefined) return undefined;
  const schema: Schema = { fields: chosen.relation.fields };
  return buildPlan([{ relation: chosen.relation, sink: { kind: 'preview', schema } }], bound.settings);
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
    for (const table of bound.tables) reportOptions(table, bound, options.checkOptions, report);
  }
  if (options.sinkChanges !== undefined) {
    for (const insert of bound.inserts) reportChanges(insert, options.sinkChanges, report);
  }
  if (options.sinks === 'required' && bound.inserts.length === 0 && !report.hasErrors) {
    const at = { from: text.trimEnd().length, to: text.trimEnd().length };
    report.error('sql.nothing-to-run', at, 'Nothing to run: add INSERT INTO table SELECT ...');
  }
  return { script, bound, report };
}

/** A query that takes rows back needs a sink that can forget them. */
function reportChanges(
  { statement, sink, relation }: BoundScript['inserts'][number],
  sinkChanges: NonNullable<CompileOptions['sinkChanges']>,
  report: Report,
): void {
  const { connector } = connectorOptions(sink, []);
  if (connector === undefined || isAppendOnly(relation)) return;
  const takes = sinkChanges(connector);
  if (takes === 'any' || (takes === 'upsert' && sink.primaryKey !== undefined)) return;
  const why = 'The query replaces rows it gave before';
  const message =
    takes === 'upsert'
      ? `${why}: ${sink.name} needs a PRIMARY KEY (...) NOT ENFORCED that tells which row is replaced.`
      : `${why}, and '${connector}' can only add rows: aggregate in a window, or write to a table with a PRIMARY KEY ('upsert-kafka', 'jdbc').`;
  report.error('sql.sink-mismatch', statement.table, message);
}

function reportOptions(
  table: BoundTable,
  bound: BoundScript,
  ask: NonNullable<CompileOptions['checkOptions']>,
  report: Report,
): void {
  const { connector } = connectorOptions(table, []);
  if (connector === undefined) return;
  const asSource = ask(connector, connectorOptions(table, table.columns.keys()), 'source');
  const asSink = ask(connector, connectorOptions(table, []), 'sink');
  const problems: OptionProblem[] = [];
  if (bound.read.has(table.name)) problems.push(...asSource);
  if (bound.written.has(table.name)) problems.push(...asSink);
  if (!bound.read.has(table.name) && !bound.written.has(table.name)) {
    problems.push(...asSource.filter(({ message }) => asSink.some((other) => other.message === message)));
  }
  for (const { option, message } of problems) report.error('sql.invalid-option', spanOfOption(table, option), message);
}

/** The value of the option where it stands, the column of a metadata option, else the word WITH. */
function spanOfOption(table: BoundTable, option: string) {
  const entry = table.options.find(({ key }) => key === option);
  if (entry !== undefined) return { from: entry.from, to: entry.to };
  if (option.startsWith(METADATA_OPTION_PREFIX) || table.optionsSpan === undefined) return table.nameSpan;
  return { from: table.optionsSpan.from, to: table.optionsSpan.from + 'WITH'.length };
}
