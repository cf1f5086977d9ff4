import type { Schema } from '@millrace/model';
import type { LogicalPlan } from '@millrace/plan';
import type { Script } from './ast.ts';
import { type BoundScript, bindScript } from './bind/script.ts';
import type { BoundTable } from './bind/table.ts';
import { type Diagnostic, Report } from './diagnostic.ts';
import { parseScript } from './parser/script.ts';
import { buildPlan, connectorOptions, METADATA_OPTION_PREFIX } from './plan-builder.ts';
import { type TableDefinition, tableDefinition } from './table-definition.ts';

export type TableRole = 'source' | 'sink' | 'unused';

/** A WITH option a connector refuses: `message` says what is wrong and what is allowed. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

export interface CompileOptions {
  /** A script without INSERT is an error: it is to be launched. */
  readonly sinks?: 'required';
  /**
   * Asks whoever knows connectors about the options of a table, once per role; metadata columns come as
   * `metadata.<column>`. Not called for a table without a connector.
   */
  readonly checkOptions?: (
    connector: string,
    options: Readonly<Record<string, string>>,
    role: TableRole,
  ) => readonly OptionProblem[];
}

export interface Compilation {
  /** All INSERTs as one plan; absent when there is an error or no INSERT. */
  readonly plan?: LogicalPlan;
  /** The last SELECT, else the query of the last INSERT, into a sink with connector `preview`; absent when there is an error. */
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
  const preview = previewPlan(bound, undefined);
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

/**
 * A plan whose single sink has connector `preview` and the query's own columns: of the SELECT or INSERT that is statement
 * `statementIndex` (from 0, in the order of the text), or the one `compile` chooses. Undefined when there is an error or no query.
 */
export function previewOf(text: string, statementIndex?: number): LogicalPlan | undefined {
  const { bound, report } = check(text, {});
  return report.hasErrors ? undefined : previewPlan(bound, statementIndex);
}

function previewPlan(bound: BoundScript, statementIndex: number | undefined): LogicalPlan | undefined {
  const chosen =
    statementIndex === undefined
      ? (bound.queries.findLast((query) => query.isSelect) ?? bound.queries.at(-1))
      : bound.queries.find((query) => query.statement === statementIndex);
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
    for (const table of bound.tables) reportOptions(table, rolesOf(table, bound), options.checkOptions, report);
  }
  if (options.sinks === 'required' && bound.inserts.length === 0 && !report.hasErrors) {
    const at = { from: text.trimEnd().length, to: text.trimEnd().length };
    report.error('sql.nothing-to-run', at, 'Nothing to run: add INSERT INTO table SELECT ...');
  }
  return { script, bound, report };
}

function rolesOf(table: BoundTable, bound: BoundScript): readonly TableRole[] {
  const roles: TableRole[] = [];
  if (bound.read.has(table.name)) roles.push('source');
  if (bound.written.has(table.name)) roles.push('sink');
  return roles.length === 0 ? ['unused'] : roles;
}

function reportOptions(
  table: BoundTable,
  roles: readonly TableRole[],
  ask: NonNullable<CompileOptions['checkOptions']>,
  report: Report,
): void {
  for (const role of roles) {
    const options = connectorOptions(table, role === 'sink' ? [] : table.columns.keys());
    if (options.connector === undefined) continue;
    for (const { option, message } of ask(options.connector, options, role)) {
      report.error('sql.invalid-option', spanOfOption(table, option), message);
    }
  }
}

/** The value of the option where it stands, the column of a metadata option, else the word WITH. */
function spanOfOption(table: BoundTable, option: string) {
  const entry = table.options.find(({ key }) => key === option);
  if (entry !== undefined) return { from: entry.from, to: entry.to };
  if (option.startsWith(METADATA_OPTION_PREFIX) || table.optionsSpan === undefined) return table.nameSpan;
  return { from: table.optionsSpan.from, to: table.optionsSpan.from + 'WITH'.length };
}
