import { BatchBuilder, CHANGE, forEachRow, isRetraction, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { Clock, ConnectorRegistry, MetricGroup, UserFunctions } from '@millrace/contracts';
import { formatDataType, type OperatorId, type SplitId } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { type LogicalPlan, markInsertOnly, type SourceNode, splitAggregates } from '@millrace/plan';
import { compile } from '@millrace/sql';
import { HeapStateBackend } from '@millrace/state';
import { SILENT_LOG } from '@millrace/testing/memory-cluster';
import type { SeededRandom } from '@millrace/testing/seeded-random';
import { createUserCode } from '@millrace/user-code';
import { formatValue } from '../preview/format-value.ts';
import { Pipeline } from '../preview/pipeline.ts';

/** A finite input: rows with a value per column of the table, in order of arrival. */
export interface Input {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

const SPLIT = 'all' as SplitId;
const SETTLE_MS_MAX = 30_000;
const clock: Clock = { now: () => 1_795_478_400_000, monotonic: () => 0, sleep: () => Promise.reject(new Error('no')) };
const metrics: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => metrics };

/**
 * The last SELECT of a script over finite inputs: compiled, run through the real operators, its changes added up. Rows as text, one
 * per line, sorted. Inputs arrive in batches cut and interleaved by `random`. Throws when a row is taken back that was never given, and when the
 * aggregates in two phases answer otherwise.
 * `connectors`: of tables that are looked up.
 */
export async function answerOf(
  script: string,
  inputs: readonly Input[],
  random: SeededRandom,
  connectors: ConnectorRegistry = new Map(),
): Promise<string[]> {
  const { preview, diagnostics } = compile(script);
  const [problem] = diagnostics.filter(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new Error(`${problem.message} (${script.slice(problem.from, problem.to)})`);
  if (preview === undefined) throw new Error('the script has no SELECT');
  return answerOfPlan(preview, inputs, random, connectors);
}

/** The same of a plan with one sink. */
export async function answerOfPlan(
  plan: LogicalPlan,
  inputs: readonly Input[],
  random: SeededRandom,
  connectors: ConnectorRegistry = new Map(),
): Promise<string[]> {
  const whole = await runPlan(plan, inputs, random, connectors);
  const split = splitAggregates(markInsertOnly(plan));
  if (split.nodes.length === plan.nodes.length) return whole;
  const inPhases = await runPlan(split, inputs, random, connectors);
  if (inPhases.join('\n') !== whole.join('\n'))
    throw new Error(`in two phases: ${inPhases.join('; ')}\nwhole: ${whole.join('; ')}`);
  return whole;
}

async function runPlan(
  plan: LogicalPlan,
  inputs: readonly Input[],
  random: SeededRandom,
  connectors: ConnectorRegistry,
): Promise<string[]> {
  const functions = plan.functions && (await createUserCode().load(plan.functions));
  try {
    return await runWith(functions, plan, inputs, random, connectors);
  } finally {
    functions?.close();
  }
}

async function runWith(
  functions: UserFunctions | undefined,
  plan: LogicalPlan,
  inputs: readonly Input[],
  random: SeededRandom,
  connectors: ConnectorRegistry,
): Promise<string[]> {
  const result = new Map<string, number>();
  const pipeline = await Pipeline.open({
    nodes: plan.nodes,
    functions,
    createOperator,
    stateBackend: new HeapStateBackend(),
    connectors,
    log: SILENT_LOG,
    clock,
    metrics,
    onResult: (batch) => addUp(batch, result),
  });
  const signal = AbortSignal.timeout(SETTLE_MS_MAX);
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const waiting = sources.map((source) => ({ source, batches: batchesOf(source, inputs, random) }));
  for (const source of sources) pipeline.setSplits(source.id, [SPLIT]);
  while (waiting.some(({ batches }) => batches.length > 0)) {
    const next = random.pick(waiting.filter(({ batches }) => batches.length > 0));
    const batch = next.batches.shift();
    if (batch !== undefined) pipeline.push(next.source.id, batch);
    if (random.integer(3) === 0) pipeline.turn('' as OperatorId, []);
    if (random.integer(3) === 0) await pipeline.settle(signal);
  }
  for (const { source } of waiting) pipeline.end(source.id);
  await pipeline.settle(signal);
  await pipeline.close();
  return [...result].flatMap(([row, count]) => Array<string>(count).fill(row)).sort();
}

function batchesOf(source: SourceNode, inputs: readonly Input[], random: SeededRandom): RecordBatch[] {
  // What is never true reads an empty VALUES.
  if (source.connector === 'values' && source.options.rows === '[]') return [];
  const input = inputs.find(({ table }) => table === source.table);
  if (input === undefined) throw new Error(`no input for ${source.table}`);
  const places = source.schema.fields.map(({ name }) => input.columns.indexOf(name));
  const batches: RecordBatch[] = [];
  for (let at = 0; at < input.rows.length; ) {
    const builder = new BatchBuilder(source.schema);
    const size = 1 + random.integer(random.integer(4) === 0 ? 40 : 6);
    for (const row of input.rows.slice(at, at + size)) builder.append(places.map((place) => row[place] ?? null));
    const batch = builder.finish();
    batches.push({ ...batch, runs: [{ split: SPLIT, from: 0, to: batch.rows }] });
    at += size;
  }
  return batches;
}

function addUp(batch: RecordBatch, result: Map<string, number>): void {
  forEachRow(batch, (row) => {
    const text = batch.columns
      .map((column, index) => {
        const type = batch.schema.fields[index]?.type;
        if (type === undefined) throw new Error('a column without a type');
        return textOf(formatValue(valueAt(column, type, row), type), formatDataType(type));
      })
      .join(' | ');
    const change = batch.changes?.[row] ?? CHANGE.insert;
    const count = (result.get(text) ?? 0) + (isRetraction(change) ? -1 : 1);
    if (count < 0) throw new Error(`taken back before it was given: ${text}`);
    if (count === 0) result.delete(text);
    else result.set(text, count);
  });
}

/** One way to write a value, whoever computed it: doubles to 9 digits, everything else exactly. */
export function textOf(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'NULL';
  if (/^(DOUBLE|FLOAT)/.test(type))
    return Number(value) === 0
      ? '0'
      : Number(value)
          .toPrecision(9)
          .replace(/\.?0+($|e)/, '$1');
  return String(value);
}
