import type { PlanResult } from '@millrace/contracts';
import type { JobSettings, OperatorId } from '@millrace/model';
import {
  type Distribution,
  distributionsOf,
  functionsCalled,
  inputsOf,
  type LogicalNode,
  type LogicalPlan,
  markInsertOnly,
  type Partitioning,
  type PhysicalEdge,
  type PhysicalVertex,
  splitAggregates,
  type UserFunction,
} from '@millrace/plan';
import { refusals } from './plan-refusals.ts';

/** Number of key groups; fixed for the life of a job, the limit of its parallelism (Flink's default). */
export const MAX_PARALLELISM = 128;

interface Chain {
  readonly nodes: LogicalNode[];
}

/**
 * Cuts the logical plan into chains. A node joins the chain of its input unless it has none (source),
 * several (union, joins), or needs its rows by key; dead-letter nodes and their sinks thus stay
 * with their source. All vertices have the parallelism of the job, so uncut edges are forward edges. Where rows would cross to
 * the subtask that owns their key, aggregates that allow it are computed in two phases. Pure.
 */
export function planJob(settings: JobSettings, logical: LogicalPlan): PlanResult {
  const reasons = refusals(settings, logical, MAX_PARALLELISM);
  if (reasons.length > 0) return { ok: false, reasons };
  const chains: Chain[] = [];
  const chainOf = new Map<OperatorId, Chain>();
  const edges: PhysicalEdge[] = [];
  const place = (node: LogicalNode, chain: Chain): void => {
    chain.nodes.push(node);
    chainOf.set(node.id, chain);
  };
  const cut = (node: LogicalNode): void => {
    const chain: Chain = { nodes: [] };
    chains.push(chain);
    const distributions = distributionsOf(node);
    for (const [input, fromNode] of inputsOf(node).entries()) {
      const from = chainOf.get(fromNode)?.nodes[0]?.id ?? fromNode;
      edges.push({ from, fromNode, to: node.id, input, partitioning: partitioningOf(distributions[input]) });
    }
    place(node, chain);
  };
  const whole = markInsertOnly(logical);
  const { nodes } = settings.parallelism > 1 ? splitAggregates(whole) : whole;
  for (const node of nodes) {
    const [input, ...others] = inputsOf(node);
    const needsKeys = distributionsOf(node).some(({ kind }) => kind === 'key');
    const chain = input === undefined ? undefined : chainOf.get(input);
    if (chain === undefined || others.length > 0 || needsKeys || node.kind === 'union') cut(node);
    else place(node, chain);
  }
  const vertices = chains.map((chain) => vertexOf(chain.nodes, settings.parallelism, logical.functions ?? []));
  return { ok: true, plan: { engine: 'dataflow', maxParallelism: MAX_PARALLELISM, vertices, edges } };
}

function partitioningOf(distribution: Distribution | undefined): Partitioning {
  if (distribution === undefined || distribution.kind === 'any') return { kind: 'forward' };
  return { kind: 'hash', keyColumns: distribution.keyColumns };
}

/** A vertex is called after its first node: that one decides what the whole chain reads. */
function vertexOf(
  chain: readonly LogicalNode[],
  parallelism: number,
  declared: readonly UserFunction[],
): PhysicalVertex {
  const id = chain[0]?.id ?? ('' as OperatorId);
  const label = chain.map((node) => node.label).join(' → ');
  const called = functionsCalled(chain);
  const functions = declared.filter(({ name }) => called.has(name));
  return { id, label, chain, parallelism, ...(functions.length === 0 ? {} : { functions }) };
}
