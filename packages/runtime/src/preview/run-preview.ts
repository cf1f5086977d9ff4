import { forEachRow, type RecordBatch, selectedCount, valueAt } from '@millrace/batch';
import type {
  Clock,
  ConnectorRegistry,
  Log,
  MetricGroup,
  RejectedRecord,
  SourceReader,
  StateBackend,
  UserCode,
  UserFunctions,
} from '@millrace/contracts';
import type { CreateOperator } from '@millrace/engine-dataflow';
import { formatDataType, type OperatorId, type SplitId, StreamError } from '@millrace/model';
import {
  changelogOf,
  functionsCalled,
  inputsOf,
  type LogicalNode,
  type LogicalPlan,
  parseLogicalPlan,
  type SinkNode,
  type SourceNode,
} from '@millrace/plan';
import type { PreviewMessage, PreviewRequest } from '@millrace/protocol';
import { formatValue, type PreviewValue } from './format-value.ts';
import { Pipeline } from './pipeline.ts';

const POLL_ROWS = 1_024;
const POLL_WAIT_MS = 100;
/** What one message carries. */
const ROWS_PER_MESSAGE = 100;

export interface PreviewParts {
  readonly connectors: ConnectorRegistry;
  readonly createOperator: CreateOperator;
  readonly stateBackend: StateBackend;
  readonly userCode: UserCode;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricGroup;
  readonly send: (message: PreviewMessage) => void;
}

/**
 * Runs a plan for its first rows: all sources with the splits they have now, at the table's startup position; nothing is
 * written anywhere, no position is committed. Ends at the row limit, the time limit, the end of the input, or with the
 * signal. Windows show what the watermark has closed; at the time limit nothing is emitted early, because it would be wrong.
 */
export async function runPreview(request: PreviewRequest, parts: PreviewParts, signal: AbortSignal): Promise<void> {
  const plan = parseLogicalPlan(request.plan);
  const sink = onlySink(plan);
  const nodes = plan.nodes.filter((node) => ancestorsOf(plan, sink).has(node.id));
  const { send } = parts;
  const isChangelog = changelogOf(plan).modes.get(sink.id) !== 'append';
  const columns = sink.schema.fields.map(({ name, type }) => ({ name, type: formatDataType(type) }));
  send({ kind: 'schema', columns: isChangelog ? [CHANGE_COLUMN, ...columns] : columns });
  const over = new AbortController();
  const timer = setTimeout(() => over.abort('time'), request.maxMs);
  const cancel = (): void => over.abort('canceled');
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const preview = new Preview(parts, request.maxRows, sink, isChangelog, () => over.abort('rows'));
  try {
    await preview.run({ ...plan, nodes }, over.signal);
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
  if (over.signal.reason === 'canceled') return;
  preview.sendRejected();
  const reason = over.signal.reason === 'rows' ? 'rows' : over.signal.aborted ? 'time' : 'input-ended';
  send({ kind: 'end', reason, recordsRead: preview.recordsRead });
}

/** What each row does to the result so far, where a query does more than add rows; Flink's SQL client shows it as `op`. */
const CHANGE_COLUMN = { name: 'op', type: 'change' };
const CHANGE_SIGNS = ['+I', '-U', '+U', '-D'];

class Preview {
  readonly #parts: PreviewParts;
  readonly #maxRows: number;
  readonly #timeZone: string | undefined;
  readonly #isChangelog: boolean;
  readonly #onFull: () => void;
  #rows = 0;
  #rejected = 0;
  #example: RejectedRecord | undefined;
  recordsRead = 0;

  constructor(parts: PreviewParts, maxRows: number, sink: SinkNode, isChangelog: boolean, onFull: () => void) {
    this.#parts = parts;
    this.#maxRows = maxRows;
    this.#timeZone = sink.options['time-zone'];
    this.#isChangelog = isChangelog;
    this.#onFull = onFull;
  }

  async run({ nodes, functions: declared = [] }: LogicalPlan, signal: AbortSignal): Promise<void> {
    const called = functionsCalled(nodes);
    const wanted = declared.filter(({ name }) => called.has(name));
    const functions = wanted.length === 0 ? undefined : await this.#parts.userCode.load(wanted);
    try {
      await this.#runNodes(nodes, functions, signal);
    } finally {
      functions?.close();
    }
  }

  async #runNodes(
    nodes: readonly LogicalNode[],
    functions: UserFunctions | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const pipeline = await Pipeline.open({
      ...this.#parts,
      nodes,
      functions,
      onResult: (batch) => this.#show(batch),
    });
    try {
      const sources = nodes.filter((node): node is SourceNode => node.kind === 'source');
      await Promise.all(sources.map((node) => this.#read(node, pipeline, signal)));
    } finally {
      await pipeline.close();
    }
  }

  /** All of it that could not be decoded, once: how many, and the first of them. */
  sendRejected(): void {
    const example = this.#example;
    if (example === undefined) return;
    const text = `${example.split}, ${example.position}: ${example.error}`;
    this.#parts.send({ kind: 'rejected', count: this.#rejected, example: text });
  }

  async #read(node: SourceNode, pipeline: Pipeline, signal: AbortSignal): Promise<void> {
    const { connectors, clock, log, metrics } = this.#parts;
    const source = connectors.get(node.connector)?.createSource?.(node.options, node.schema, node.filter);
    if (source === undefined) throw unknownConnector(node);
    const splits = await unlessAborted(source.discover(signal), signal);
    const scope = metrics.scoped({ operator: node.id });
    const reader = source.createReader({ subtask: 0, clock, log, metrics: scope, owner: `preview / ${node.label}` });
    try {
      reader.addSplits(splits);
      const open = new Set(splits.map(({ id }) => id));
      const isBounded = source.boundedness === 'bounded';
      if (open.size > 0 || !isBounded) pipeline.setSplits(node.id, [...open]);
      while (!signal.aborted && (open.size > 0 || !isBounded)) {
        await this.#poll({ id: node.id, isBounded }, reader, open, pipeline, signal);
      }
      if (!signal.aborted) pipeline.end(node.id);
      await pipeline.settle(signal);
    } finally {
      await reader.close();
    }
  }

  async #poll(
    { id, isBounded }: { readonly id: OperatorId; readonly isBounded: boolean },
    reader: SourceReader,
    open: Set<SplitId>,
    pipeline: Pipeline,
    signal: AbortSignal,
  ): Promise<void> {
    const { batch, leftOut = 0, rejected, finishedSplits } = await reader.poll(POLL_ROWS, POLL_WAIT_MS, signal);
    if (signal.aborted) return;
    this.#rejected += rejected.length;
    this.#example ??= rejected[0];
    this.recordsRead += leftOut;
    if (batch !== undefined) {
      this.recordsRead += selectedCount(batch);
      pipeline.push(id, batch);
    }
    for (const split of finishedSplits) open.delete(split);
    // A bounded source without splits is at its end, not idle: what follows is the last watermark.
    const isOver = open.size === 0 && isBounded;
    if (finishedSplits.length > 0 && !isOver) pipeline.setSplits(id, [...open]);
    const caughtUp = reader.progress().filter((progress) => progress.caughtUp);
    pipeline.turn(
      id,
      caughtUp.map(({ split }) => split),
    );
    await pipeline.settle(signal);
    // Let timers and stdin have their say: a source that always has data never waits.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #show(batch: RecordBatch): void {
    let rows: PreviewValue[][] = [];
    const flush = (): void => {
      if (rows.length > 0) this.#parts.send({ kind: 'rows', rows });
      rows = [];
    };
    forEachRow(batch, (row) => {
      if (this.#rows >= this.#maxRows) return;
      this.#rows++;
      const { fields } = batch.schema;
      const values = batch.columns.map((column, index) => {
        const type = fields[index]?.type;
        return type === undefined ? null : formatValue(valueAt(column, type, row), type, this.#timeZone);
      });
      rows.push(this.#isChangelog ? [CHANGE_SIGNS[batch.changes?.[row] ?? 0] ?? '+I', ...values] : values);
      if (rows.length === ROWS_PER_MESSAGE) flush();
    });
    flush();
    if (this.#rows >= this.#maxRows) this.#onFull();
  }
}

function onlySink(plan: LogicalPlan): SinkNode {
  const sinks = plan.nodes.filter((node): node is SinkNode => node.kind === 'sink');
  const [sink] = sinks;
  if (sinks.length === 1 && sink?.connector === 'preview') return sink;
  throw new StreamError('preview.not-previewable', 'A preview needs a plan whose only sink is the preview.', {
    domain: 'internal',
    retry: 'never',
  });
}

function ancestorsOf(plan: LogicalPlan, sink: SinkNode): ReadonlySet<OperatorId> {
  const wanted = new Set<OperatorId>([sink.id]);
  for (const node of plan.nodes.toReversed()) {
    if (wanted.has(node.id)) for (const input of inputsOf(node)) wanted.add(input);
  }
  return wanted;
}

function unknownConnector(node: SourceNode): StreamError {
  return new StreamError(
    'options.unknown-connector',
    `${node.table}: no connector "${node.connector}" that can be read. Correct the option 'connector' of the table.`,
    { domain: 'user', retry: 'never' },
  );
}

/** A discovery that hangs must not hold up the time limit. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
