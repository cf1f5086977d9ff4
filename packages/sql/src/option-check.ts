import type { DataType } from '@millrace/model';
import { addOption } from './bind/create-table.ts';
import type { BoundScript } from './bind/script.ts';
import type { TableRole as TableUse } from './bind/script-catalog.ts';
import type { BoundTable } from './bind/table.ts';
import { planName } from './bind/table-hint.ts';
import { connectorOptions, METADATA_OPTION_PREFIX, PARTITIONS_OPTION, sinkOptions } from './connector-options.ts';
import type { Fix, Report } from './diagnostic.ts';

/** `lookup`: asked for rows by key. */
export type TableRole = 'source' | 'sink' | 'lookup';

/** A WITH option a connector refuses: `message` says what is wrong and what is allowed. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
  readonly reason?: 'unknown' | 'missing' | 'invalid';
  /** The option an unknown one was probably meant to be. */
  readonly guess?: string;
}

/** Whoever knows connectors, asked about the options of a table in a role. `columns`: the types of its columns by name. */
export type CheckOptions = (
  connector: string,
  options: Readonly<Record<string, string>>,
  role: TableRole,
  columns: ReadonlyMap<string, DataType>,
) => readonly OptionProblem[];

/** Tells of every option that the connector of its table refuses in a role the table has; with a hint, as the hint makes it. */
export function reportOptions(bound: BoundScript, ask: CheckOptions, report: Report): void {
  const used = new Map<string, TableUse[]>();
  for (const use of bound.uses) used.set(planName(use.table), [...(used.get(planName(use.table)) ?? []), use]);
  for (const uses of used.values()) reportUsed(uses, ask, report);
  const names = new Set(bound.uses.map(({ table }) => table.name));
  for (const table of bound.tables) if (!names.has(table.name)) reportUnused(table, ask, report);
}

function reportUsed(uses: readonly TableUse[], ask: CheckOptions, report: Report): void {
  const [first] = uses;
  const problems: OptionProblem[] = [];
  for (const role of ['source', 'sink', 'lookup'] as const) {
    const here = uses.filter((use) => use.role === role);
    if (first === undefined || here.length === 0) continue;
    const found = problemsOf(first.table, role, ask);
    const cannot = role === 'lookup' ? found.find(({ option }) => option === 'connector') : undefined;
    for (const { at } of cannot === undefined ? [] : here) report.error('sql.invalid-table', at, cannot?.message ?? '');
    problems.push(...found.filter((problem) => problem !== cannot && !isKnown(problem, problems)));
  }
  if (first !== undefined) tell(first.table, problems, report);
}

/** Of a table that nobody reads or writes yet only what is wrong either way. */
function reportUnused(table: BoundTable, ask: CheckOptions, report: Report): void {
  const asSink = problemsOf(table, 'sink', ask);
  const asSource = problemsOf(table, 'source', ask);
  tell(
    table,
    asSource.filter(({ message }) => asSink.some((other) => other.message === message)),
    report,
  );
}

function problemsOf(table: BoundTable, role: TableRole, ask: CheckOptions): readonly OptionProblem[] {
  const options = role === 'sink' ? sinkOptions(table) : connectorOptions(table, table.columns.keys());
  const { connector } = options;
  if (connector === undefined) return [];
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  return ask(connector, options, role, types).map((problem) => {
    if (role !== 'sink' || problem.reason !== 'unknown' || !problem.option.startsWith(METADATA_OPTION_PREFIX))
      return problem;
    const column = problem.option.slice(METADATA_OPTION_PREFIX.length);
    const message = `'${connector}' writes no metadata: declare the column ${column} VIRTUAL, or store it without METADATA.`;
    return { option: problem.option, message };
  });
}

function tell(table: BoundTable, problems: readonly OptionProblem[], report: Report): void {
  for (const problem of problems) {
    if (problem.reason === 'missing' && table.optionsIncomplete) continue;
    report.error(
      'sql.invalid-option',
      spanOfOption(table, problem.option),
      problem.message,
      mendOption(table, problem),
    );
  }
}

function mendOption(table: BoundTable, { option, reason, guess }: OptionProblem): Fix | undefined {
  if (reason === 'missing') return addOption({ ...table, to: table.statementSpan.to }, option);
  const entry = table.options.find(({ key }) => key === option);
  if (guess === undefined || entry === undefined) return undefined;
  return { title: `Change to '${guess}'`, insert: `'${guess}'`, ...entry.keySpan };
}

/** A table in two roles is told of a problem once. */
function isKnown({ option, message }: OptionProblem, problems: readonly OptionProblem[]): boolean {
  return problems.some((other) => other.option === option && other.message === message);
}

/** The value of the option where it stands, the column of a metadata option, PARTITIONED BY of its own, else the word WITH. */
function spanOfOption(table: BoundTable, option: string) {
  const entry = table.options.find(({ key }) => key === option);
  if (entry !== undefined) return { from: entry.from, to: entry.to };
  if (option.startsWith(METADATA_OPTION_PREFIX)) {
    const name = option.slice(METADATA_OPTION_PREFIX.length);
    return table.declaration?.columns.find((column) => column.name.text === name)?.name ?? table.nameSpan;
  }
  if (option === PARTITIONS_OPTION) return table.declaration?.partitionedBy ?? table.nameSpan;
  if (table.optionsSpan === undefined) return table.nameSpan;
  return { from: table.optionsSpan.from, to: table.optionsSpan.from + 'WITH'.length };
}
