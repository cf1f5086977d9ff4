import type { RecordBatch } from '@millrace/batch';
import {
  type Clock,
  type Collector,
  type ConnectorRegistry,
  type Log,
  MAX_WATERMARK,
  type MetricGroup,
  type Operator,
  type StateBackend,
  type UserFunctions,
} from '@millrace/contracts';
import type { CreateOperator } from '@millrace/engine-dataflow';
import type { OperatorId, Schema, SplitId } from '@millrace/model';
import { type ValveOutput, WatermarkValve } from '@millrace/operators';
import { distributionsOf, inputsOf, type LogicalNode } from '@millrace/plan';

/** Key groups of the only subtask; any number would do. */
const MAX_PARALLELISM = 128;
const KEY_GROUPS = { first: 0, last: MAX_PARALLELISM - 1 };

export interface PipelineParts {
  readonly nodes: readonly LogicalNode[];
  /** What the nodes call, if anything; whoever opened them closes them. */
  readonly functions: UserFunctions | undefined;
  readonly createOperator: CreateOperator;
  readonly stateBackend: StateBackend;
  readonly connectors: ConnectorRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricGroup;
  readonly onResult: (batch: RecordBatch) => void;
}

/** One node and who reads it. */
interface Stage {
  readonly node: LogicalNode;
  readonly operator: Operator | undefined;
  readonly out: Output;
  /** The source whose rows arrive here unmixed: only there idleness of splits means something. */
  readonly source: OperatorId | undefined;
}

/** The whole plan in one process with parallelism 1: every edge is a function call. */
export class Pipeline {
  readonly #stages: readonly Stage[];
  readonly #clock: Clock;

  private constructor(stages: readonly Stage[], clock: Clock) {
    this.#stages = stages;
    this.#clock = clock;
  }

  static async open(parts: PipelineParts): Promise<Pipeline> {
    const stages: Stage[] = [];
    const byId = new Map<OperatorId, Stage>();
    for (const node of parts.nodes) {
      const inputs = inputsOf(node).map((id) => required(byId.get(id)));
      const operator = await openOperator(
        node,
        inputs.map((stage) => stage.node.schema),
        parts,
      );
      const [first] = inputs;
      const mixed = inputs.length > 1 || distributionsOf(node).some(({ kind }) => kind === 'key');
      const source = node.kind === 'source' ? node.id : mixed ? undefined : first?.source;
      const stage: Stage = { node, operator, out: new Output(), source };
      stages.push(stage);
      byId.set(node.id, stage);
      connect(stage, inputs, parts.onResult);
    }
    return new Pipeline(stages, parts.clock);
  }

  /** Rows of a source. */
  push(node: OperatorId, batch: RecordBatch): void {
    this.#stages.find((stage) => stage.node.id === node)?.out.emit(batch);
  }

  /** The splits of `source` that are still read; one that has not delivered yet holds the watermark back. */
  setSplits(source: OperatorId, splits: readonly SplitId[]): void {
    for (const stage of this.#stages) {
      if (stage.source === source) stage.operator?.onSplits?.(splits, stage.out);
    }
  }

  /** Time passed, and nothing more came from `source`: what is held back for fuller batches is let go. */
  turn(source: OperatorId, caughtUp: readonly SplitId[]): void {
    const now = this.#clock.now();
    for (const { operator, out, source: from } of this.#stages) {
      operator?.onProcessingTime(now, from === source ? caughtUp : [], out);
      operator?.flush(out);
    }
  }

  /** The input of this source has ended: every window that waits for it fires. */
  end(source: OperatorId): void {
    this.turn(source, []);
    this.#stages.find((stage) => stage.node.id === source)?.out.emitWatermark(MAX_WATERMARK);
    this.turn(source, []);
  }

  /** Waits until nothing is held back by requests to the outside world. Several sources may wait at once. */
  async settle(signal: AbortSignal): Promise<void> {
    for (const { operator, out } of this.#stages) {
      const answers = operator?.answers;
      while (answers !== undefined && answers.held > 0) {
        await answers.arrived(signal);
        answers.release(out);
      }
    }
  }

  async close(): Promise<void> {
    for (const { operator } of this.#stages) await operator?.close();
  }
}

/** The output of one node, to any number of readers. */
class Output implements Collector {
  readonly #readers: Collector[] = [];

  add(reader: Collector): void {
    this.#readers.push(reader);
  }

  emit(batch: RecordBatch): void {
    for (const reader of this.#readers) reader.emit(batch);
  }

  emitWatermark(timestamp: number): void {
    for (const reader of this.#readers) reader.emitWatermark(timestamp);
  }

  emitIdle(idle: boolean): void {
    for (const reader of this.#readers) reader.emitIdle(idle);
  }
}

function connect(stage: Stage, inputs: readonly Stage[], onResult: (batch: RecordBatch) => void): void {
  const { operator, out, node } = stage;
  if (node.kind === 'sink') inputs[0]?.out.add({ emit: onResult, emitWatermark() {}, emitIdle() {} });
  if (operator === undefined) return;
  const valve = new WatermarkValve(inputs.length);
  const pass = ({ watermark, idle }: ValveOutput): void => {
    if (watermark !== undefined) operator.onWatermark(watermark, out);
    if (idle !== undefined) operator.onIdle(idle, out);
  };
  for (const [input, { out: upstream }] of inputs.entries()) {
    upstream.add({
      emit(batch) {
        // A record makes its input active again.
        pass(valve.onIdle(input, false));
        operator.process(batch, input, out);
      },
      emitWatermark: (timestamp) => pass(valve.onWatermark(input, timestamp)),
      emitIdle: (idle) => pass(valve.onIdle(input, idle)),
    });
  }
}

async function openOperator(
  node: LogicalNode,
  inputs: readonly Schema[],
  { createOperator, functions, stateBackend, connectors, clock, log, metrics }: PipelineParts,
): Promise<Operator | undefined> {
  if (node.kind === 'source' || node.kind === 'sink' || node.kind === 'dead-letter') return undefined;
  const operator = createOperator(node, inputs, functions);
  const scope = { operator: node.id, subtask: 0, keyGroups: KEY_GROUPS, maxParallelism: MAX_PARALLELISM };
  const nothing = { read: () => Promise.reject(new Error('a preview restores nothing')) };
  const state = await stateBackend.open({ ...scope, descriptors: operator.state }, [], nothing);
  const where = { subtask: 0, parallelism: 1, keyGroups: KEY_GROUPS, maxParallelism: MAX_PARALLELISM };
  const outside = { connectors, log, owner: `preview / ${node.label}`, wake: () => undefined };
  operator.open({ ...where, state, metrics: metrics.scoped({ operator: node.id }), clock, outside });
  return operator;
}

function required(stage: Stage | undefined): Stage {
  if (stage === undefined) throw new Error('a node stands before its input');
  return stage;
}
