import { keyGroupsOf } from '@millrace/batch';
import type {
  ChannelId,
  ConnectorRegistry,
  OutputChannel,
  Sink,
  Source,
  UserFunctions,
  WorkerHost,
} from '@millrace/contracts';
import { type OperatorId, StreamError } from '@millrace/model';
import { inputsOf, type LogicalNode, type SinkNode, type SourceNode } from '@millrace/plan';
import type { OutputEdge, TaskDescriptor } from '../messages.ts';
import type { CreateOperator } from './create-operator.ts';
import { type Input, InputGate } from './input-gate.ts';
import { type ChainedOperator, OperatorChain } from './operator-chain.ts';
import { OutputGate } from './output-gate.ts';
import { SinkDriver } from './sink-driver.ts';
import { SourceDriver } from './source-driver.ts';
import type { TaskMetrics } from './task-metrics.ts';

/** Everything a running task holds. `close` ends all of it, also when only part was opened. */
export interface OpenTask {
  readonly chain: OperatorChain;
  readonly gates: readonly OutputGate[];
  readonly sinks: readonly SinkDriver[];
  readonly source: SourceDriver | undefined;
}

export interface TaskResources {
  readonly host: WorkerHost;
  readonly metrics: TaskMetrics;
  readonly createOperator: CreateOperator;
  /** Ends the task's sleep: an operator got an answer. */
  wake(): void;
  /** Called with everything opened, at once, so that a failure half way leaks nothing. */
  onOpened(close: () => Promise<void> | void): void;
}

/** Registers the receiving ends. Synchronous, before anything else, so that no sender finds the door shut. */
export function openInputs(
  descriptor: TaskDescriptor,
  execution: number,
  host: WorkerHost,
  onAvailable: () => void,
): InputGate {
  const inputs = descriptor.inputs.flatMap((edge) =>
    edge.fromSubtasks.map((fromSubtask): Input => {
      const channel: ChannelId = {
        execution,
        from: edge.from,
        fromSubtask,
        to: descriptor.vertex.id,
        toSubtask: descriptor.subtask,
        input: edge.input,
      };
      return { channel: host.exchange.accept(channel, edge.schema), input: edge.input };
    }),
  );
  return new InputGate(inputs, onAvailable);
}

/** Restores state, connects the outputs, opens operators, writers and the reader, in that order. */
export async function openTask(
  descriptor: TaskDescriptor,
  execution: number,
  resources: TaskResources,
  signal: AbortSignal,
): Promise<OpenTask> {
  const { vertex } = descriptor;
  const gates: { readonly fromNode: OperatorId; readonly gate: OutputGate }[] = [];
  for (const edge of descriptor.outputs) {
    const channels = await connectAll(descriptor, execution, edge, resources, signal);
    gates.push({
      fromNode: edge.fromNode,
      gate: new OutputGate(channels, edge.partitioning, descriptor.maxParallelism),
    });
  }
  const functions = await openFunctions(descriptor, resources);
  const operators: ChainedOperator[] = [];
  for (const node of vertex.chain) {
    if (node.kind === 'source' || node.kind === 'sink' || node.kind === 'dead-letter') continue;
    operators.push(await openOperator(descriptor, node, functions, resources));
  }
  const sinks: SinkDriver[] = [];
  for (const node of vertex.chain) {
    if (node.kind === 'sink') sinks.push(await openSink(descriptor, node, resources));
  }
  const chain = new OperatorChain(vertex.chain, operators, sinks, gates, resources.metrics);
  resources.onOpened(() => chain.close());
  const [head] = vertex.chain;
  const source = head?.kind === 'source' ? openSource(descriptor, head, chain, resources) : undefined;
  return { chain, gates: gates.map(({ gate }) => gate), sinks, source };
}

export function sinkOf(connectors: ConnectorRegistry, node: SinkNode, guarantee: TaskDescriptor['guarantee']): Sink {
  const sink = connectors.get(node.connector)?.createSink?.(node.options, node.schema, guarantee);
  if (sink === undefined) throw unknownConnector(node, 'written');
  return sink;
}

export function sourceOf(connectors: ConnectorRegistry, node: SourceNode): Source {
  const source = connectors.get(node.connector)?.createSource?.(node.options, node.schema, node.filter);
  if (source === undefined) throw unknownConnector(node, 'read');
  return source;
}

function unknownConnector(node: SourceNode | SinkNode, verb: string): StreamError {
  return new StreamError(
    'options.unknown-connector',
    `${node.table}: no connector "${node.connector}" that can be ${verb}. Correct the option 'connector' of the table.`,
    { domain: 'user', retry: 'never' },
  );
}

async function connectAll(
  descriptor: TaskDescriptor,
  execution: number,
  edge: OutputEdge,
  { host, onOpened }: TaskResources,
  signal: AbortSignal,
): Promise<OutputChannel[]> {
  const schema = descriptor.vertex.chain.find((node) => node.id === edge.fromNode)?.schema;
  if (schema === undefined) throw new Error(`edge from ${edge.fromNode}, which vertex ${descriptor.vertex.id} has not`);
  return Promise.all(
    edge.targets.map(async ({ subtask, address }) => {
      const { vertex, subtask: fromSubtask } = descriptor;
      const id = { execution, from: vertex.id, fromSubtask, to: edge.to, toSubtask: subtask, input: edge.input };
      const channel = await host.exchange.connect(id, address, schema, signal);
      onOpened(() => channel.close());
      return channel;
    }),
  );
}

/** One sandbox for the whole chain: its operators call each other and never at the same time. */
async function openFunctions(
  { vertex }: TaskDescriptor,
  { host, onOpened }: TaskResources,
): Promise<UserFunctions | undefined> {
  if (vertex.functions === undefined) return undefined;
  const functions = await host.userCode.load(vertex.functions);
  onOpened(() => functions.close());
  return functions;
}

async function openOperator(
  descriptor: TaskDescriptor,
  node: LogicalNode,
  functions: UserFunctions | undefined,
  { host, metrics, createOperator, wake, onOpened }: TaskResources,
): Promise<ChainedOperator> {
  const { vertex, subtask, maxParallelism } = descriptor;
  const operator = createOperator(node, inputSchemas(descriptor, node), functions);
  const scope = {
    operator: node.id,
    subtask,
    keyGroups: keyGroupsOf(subtask, vertex.parallelism, maxParallelism),
    maxParallelism,
    descriptors: operator.state,
  };
  const handles = descriptor.state.find((state) => state.operator === node.id)?.handles ?? [];
  const state = await host.stateBackend.open(scope, handles, host.snapshots.reader);
  onOpened(() => state.dispose());
  operator.open({
    subtask,
    parallelism: vertex.parallelism,
    keyGroups: scope.keyGroups,
    maxParallelism,
    state,
    metrics: metrics.scoped({ operator: node.id }),
    clock: host.clock,
    outside: {
      connectors: host.connectors,
      log: host.log,
      owner: `${descriptor.jobName} / ${node.label}`,
      wake,
    },
  });
  return { node, operator, state };
}

function inputSchemas(descriptor: TaskDescriptor, node: LogicalNode): LogicalNode['schema'][] {
  if (node.id === descriptor.vertex.id) {
    return [...descriptor.inputs].sort((a, b) => a.input - b.input).map((edge) => edge.schema);
  }
  return inputsOf(node).map((id) => {
    const input = descriptor.vertex.chain.find((candidate) => candidate.id === id);
    if (input === undefined) throw new Error(`node ${node.id} reads ${id}, which is not part of its chain`);
    return input.schema;
  });
}

async function openSink(
  descriptor: TaskDescriptor,
  node: SinkNode,
  { host, metrics, onOpened }: TaskResources,
): Promise<SinkDriver> {
  const writer = await sinkOf(host.connectors, node, descriptor.guarantee).createWriter({
    job: descriptor.job,
    application: host.application,
    operator: node.id,
    subtask: descriptor.subtask,
    attempt: descriptor.writerAttempt,
    guarantee: descriptor.guarantee,
    clock: host.clock,
    metrics: metrics.scoped({ operator: node.id }),
    log: host.log,
  });
  const input = descriptor.vertex.chain.find(({ id }) => id === node.input);
  const takes = input?.kind === 'dead-letter' ? 'dead letters' : 'results';
  const driver = new SinkDriver(node.id, writer, descriptor.guarantee, metrics, takes);
  onOpened(() => driver.close());
  return driver;
}

function openSource(
  descriptor: TaskDescriptor,
  node: SourceNode,
  chain: OperatorChain,
  { host, metrics, onOpened }: TaskResources,
): SourceDriver {
  const source = sourceOf(host.connectors, node);
  const reader = source.createReader({
    subtask: descriptor.subtask,
    clock: host.clock,
    metrics: metrics.scoped({ operator: node.id }),
    log: host.log,
    owner: `${descriptor.jobName} / ${node.label}`,
  });
  const driver = new SourceDriver({ node, reader, source, chain, metrics, clock: host.clock, log: host.log });
  onOpened(() => driver.close());
  driver.addSplits(descriptor.splits);
  return driver;
}
