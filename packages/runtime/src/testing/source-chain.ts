import { forEachRow, type RecordBatch, valueAt } from '@millrace/batch';
import type { Clock, Collector, MetricGroup, Operator, RejectedRecord, Source } from '@millrace/contracts';
import { createOperator } from '@millrace/operators';
import { inputsOf, type LogicalNode, type LogicalPlan, type SourceNode } from '@millrace/plan';
import { SILENT_LOG } from '@millrace/testing/memory-cluster';

/** What a source and the steps right above it give, up to the first filter; one line per event, in order. */
export interface ChainOutcome {
  readonly events: readonly string[];
  /** Why records were rejected and where they stood, by the source or by the watermark. */
  readonly rejected: readonly string[];
  readonly recordsRead: number;
  readonly leftOut: number;
}

const metrics: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => metrics };
const POLLS_MAX = 10_000;
/** By the number of the change; an INSERT is said by none. */
const KINDS = ['', '-U ', '+U ', '-D '];

/** The nodes from the only source of a plan to its first filter, that one included; without one, those that only pass rows on. */
export function sourceChain({ nodes }: LogicalPlan): readonly LogicalNode[] {
  const filter = nodes.findIndex(({ kind }) => kind === 'filter');
  const first = nodes.findIndex(({ kind }) => !['source', 'project', 'watermark'].includes(kind));
  return nodes.slice(0, filter < 0 ? first : filter + 1);
}

/**
 * Reads a bounded source to its end, `rowsPerPoll` records at a time, through the operators of its chain. Events are the rows that pass the filter,
 * the watermarks and the idleness behind it, each with the number of the poll that brought it.
 */
export async function runChain(
  source: Source,
  nodes: readonly LogicalNode[],
  clock: Clock,
  { rowsPerPoll, takesRejected }: { readonly rowsPerPoll: number; readonly takesRejected: boolean },
): Promise<ChainOutcome> {
  const events: string[] = [];
  const rejected: string[] = [];
  let poll = 0;
  const show = (batch: RecordBatch): void => {
    forEachRow(batch, (row) => {
      const values = batch.schema.fields.map(({ type }, at) => {
        const column = batch.columns[at];
        return column === undefined ? undefined : valueAt(column, type, row);
      });
      const change = KINDS[batch.changes?.[row] ?? 0];
      events.push(`${poll}: ${change}${values.map(String).join(' | ')}`);
    });
  };
  let out: Collector = {
    emit: show,
    emitWatermark: (time) => events.push(`${poll}: watermark ${time}`),
    emitIdle: (idle) => events.push(`${poll}: idle ${idle}`),
  };
  const operators: Operator[] = [];
  for (const node of nodes.slice(1).toReversed()) {
    const operator = opened(node, nodes, clock);
    operators.unshift(operator);
    const below = out;
    const own: Collector = {
      ...below,
      reject: ({ rows, error, errorCode }) => {
        if (takesRejected) rejected.push(...rows.map((row) => `${poll}: ${errorCode}: ${error(row)}`));
        return takesRejected;
      },
    };
    out = {
      emit: (batch) => operator.process(batch, 0, own),
      emitWatermark: (time) => operator.onWatermark(time, own),
      emitIdle: (idle) => operator.onIdle(idle, own),
    };
  }
  const signal = AbortSignal.timeout(30_000);
  const reader = source.createReader({ subtask: 0, clock, metrics, log: SILENT_LOG, owner: 'test' });
  const splits = await source.discover(signal);
  reader.addSplits(splits);
  let recordsRead = 0;
  let leftOut = 0;
  try {
    for (let open = splits.length; open > 0 && poll < POLLS_MAX; ) {
      const read = await reader.poll(rowsPerPoll, 100, signal);
      if (read.batch !== undefined || read.rejected.length > 0 || (read.leftOut ?? 0) > 0) poll++;
      recordsRead += (read.leftOut ?? 0) + (read.batch?.rows ?? 0);
      leftOut += read.leftOut ?? 0;
      rejected.push(...read.rejected.map(describeRejection));
      if (read.batch !== undefined) out.emit(read.batch);
      open -= read.finishedSplits.length;
    }
  } finally {
    await reader.close();
  }
  return { events, rejected, recordsRead, leftOut };
}

function describeRejection({ position, errorCode, error, value }: RejectedRecord): string {
  return `${position}: ${errorCode}: ${error}: ${Buffer.from(value ?? []).toString('hex')}`;
}

function opened(node: LogicalNode, nodes: readonly LogicalNode[], clock: Clock): Operator {
  const schemas = inputsOf(node).flatMap((id) => nodes.find((other) => other.id === id)?.schema ?? []);
  const operator = createOperator(node, schemas);
  operator.open({
    subtask: 0,
    parallelism: 1,
    keyGroups: { first: 0, last: 0 },
    maxParallelism: 1,
    state: {} as never,
    metrics,
    clock,
    outside: { connectors: new Map(), log: SILENT_LOG, owner: 'test', wake: () => {} },
  });
  return operator;
}

/** The same source without what it is asked to leave out. */
export function withoutFilter({ filter: _, ...source }: SourceNode): SourceNode {
  return source;
}
