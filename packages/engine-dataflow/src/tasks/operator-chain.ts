import { type RecordBatch, selectedCount } from '@millrace/batch';
import { type KeyedState, MAX_WATERMARK, type Operator, type RejectedRows } from '@millrace/contracts';
import type { OperatorId, SplitId } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';
import { FanOut, type Receiver } from './receiver.ts';
import type { SinkDriver } from './sink-driver.ts';
import type { TaskMetrics } from './task-metrics.ts';

/** One opened operator of a chain. */
export interface ChainedOperator {
  readonly node: LogicalNode;
  readonly operator: Operator;
  readonly state: KeyedState;
}

/**
 * The nodes of one vertex wired into a tree of function calls. The head reads the source or the input edges;
 * every other node reads one node of the chain; what no operator turns into rows again ends in a sink or in an
 * output gate. Synchronous throughout: a call returns when all it caused inside this task is done.
 */
export class OperatorChain {
  readonly operators: readonly ChainedOperator[];
  readonly #outputs: ReadonlyMap<OperatorId, FanOut>;
  readonly #head: LogicalNode;
  readonly #deadLetter: FanOut | undefined;

  constructor(
    nodes: readonly LogicalNode[],
    operators: readonly ChainedOperator[],
    sinks: readonly SinkDriver[],
    gates: readonly { readonly fromNode: OperatorId; readonly gate: Receiver }[],
    metrics: TaskMetrics,
  ) {
    const [head] = nodes;
    if (head === undefined) throw new Error('a chain has at least one node');
    this.#head = head;
    this.operators = operators;
    const outputs = new Map(nodes.map((node) => [node.id, new FanOut()]));
    this.#outputs = outputs;
    for (const node of nodes.slice(1)) {
      // Rejected records enter through `reject`, not through the rows of their source.
      if (node.kind === 'dead-letter' || !('input' in node)) continue;
      const operator = operators.find((candidate) => candidate.node.id === node.id);
      const sink = sinks.find((candidate) => candidate.operator === node.id);
      const reader = operator === undefined ? sink : receiverOf(operator, this.#out(node.id));
      if (reader !== undefined) this.#out(node.input).add(reader);
    }
    for (const { fromNode, gate } of gates) this.#out(fromNode).add(counted(gate, metrics));
    this.#deadLetter = outputs.get(nodes.find((node) => node.kind === 'dead-letter')?.id ?? ('' as OperatorId));
    metrics.gauge('watermark', () => newest(outputs.values()));
    metrics.gauge('state_size_bytes', () => operators.reduce((sum, { state }) => sum + state.sizeBytes, 0));
  }

  process(batch: RecordBatch, input: number): void {
    const first = this.#headOperator;
    if (first === undefined) this.#out(this.#head.id).emit(batch);
    else first.operator.process(batch, input, this.#out(this.#head.id));
  }

  onWatermark(timestamp: number): void {
    const first = this.#headOperator;
    if (first === undefined) this.#out(this.#head.id).emitWatermark(timestamp);
    else first.operator.onWatermark(timestamp, this.#out(this.#head.id));
  }

  onIdle(idle: boolean): void {
    const first = this.#headOperator;
    if (first === undefined) this.#out(this.#head.id).emitIdle(idle);
    else first.operator.onIdle(idle, this.#out(this.#head.id));
  }

  get takesRejected(): boolean {
    return this.#deadLetter !== undefined;
  }

  /** `take` is given what operators of this chain put aside, before the call that made them do so returns. */
  onRejectedRows(take: (rejected: RejectedRows) => boolean): void {
    for (const { node } of this.operators) this.#out(node.id).onRejected = take;
  }

  /** Rows of the dead-letter schema. */
  reject(batch: RecordBatch): void {
    this.#deadLetter?.emit(batch);
  }

  onProcessingTime(now: number, caughtUp: readonly SplitId[]): void {
    for (const { node, operator } of this.operators) operator.onProcessingTime(now, caughtUp, this.#out(node.id));
  }

  /** What the reader at the head holds now; before its first rows and after each change. */
  onSplits(splits: readonly SplitId[]): void {
    for (const { node, operator } of this.operators) operator.onSplits?.(splits, this.#out(node.id));
  }

  /** Upstream first, so that what one operator lets go reaches the next before that one is flushed. */
  flush(): void {
    for (const { node, operator } of this.operators) operator.flush(this.#out(node.id));
  }

  /** Rows wait for answers from outside. */
  get isWaiting(): boolean {
    return this.operators.some(({ operator }) => (operator.answers?.held ?? 0) > 0);
  }

  /** An operator holds so many of them that nothing should be read. */
  get isFull(): boolean {
    return this.operators.some(({ operator }) => operator.answers?.isFull === true);
  }

  /** Lets rows go whose answers have come. */
  release(): void {
    for (const { node, operator } of this.operators) operator.answers?.release(this.#out(node.id));
  }

  /** As `flush`, and waits until nothing is held any more, wherever in the chain it waits for an answer. */
  async settle(signal: AbortSignal): Promise<void> {
    for (const { node, operator } of this.operators) {
      const out = this.#out(node.id);
      operator.flush(out);
      const { answers } = operator;
      while (answers !== undefined && answers.held > 0) {
        await answers.arrived(signal);
        answers.release(out);
      }
    }
  }

  async close(): Promise<void> {
    for (const { operator, state } of this.operators) {
      await operator.close();
      state.dispose();
    }
  }

  get #headOperator(): ChainedOperator | undefined {
    const [first] = this.operators;
    return first?.node.id === this.#head.id ? first : undefined;
  }

  #out(id: OperatorId): FanOut {
    const out = this.#outputs.get(id);
    if (out === undefined) throw new Error(`node ${id} is not part of this chain`);
    return out;
  }
}

/** The latest watermark any node of the chain gave out; MAX_WATERMARK (the input ended) is no time to show. */
function newest(outputs: Iterable<FanOut>): number | undefined {
  let watermark: number | undefined;
  for (const { watermark: given } of outputs) {
    if (given !== undefined && given < MAX_WATERMARK) watermark = Math.max(watermark ?? given, given);
  }
  return watermark;
}

function receiverOf({ operator }: ChainedOperator, out: FanOut): Receiver {
  return {
    process: (batch) => operator.process(batch, 0, out),
    onWatermark: (timestamp) => operator.onWatermark(timestamp, out),
    onIdle: (idle) => operator.onIdle(idle, out),
  };
}

function counted(gate: Receiver, metrics: TaskMetrics): Receiver {
  return {
    process: (batch) => {
      metrics.count('records_out_total', selectedCount(batch));
      gate.process(batch);
    },
    onWatermark: (timestamp) => gate.onWatermark(timestamp),
    onIdle: (idle) => gate.onIdle(idle),
  };
}
