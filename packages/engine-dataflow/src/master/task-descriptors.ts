import type { CompletedCheckpoint, Guarantee, JobId, OperatorId } from '@millrace/model';
import type { PhysicalEdge, PhysicalPlan, PhysicalVertex } from '@millrace/plan';
import type { InputEdge, OutputEdge, TaskDescriptor } from '../messages.ts';
import { assignSplits, type KnownSplits } from './assign-splits.ts';
import { handlesFor } from './assign-state.ts';

export interface DeploymentFacts {
  readonly job: { readonly id: JobId; readonly name: string };
  readonly plan: PhysicalPlan;
  readonly guarantee: Guarantee;
  readonly attempt: number;
  readonly writerAttempt: number;
  readonly splits: ReadonlyMap<OperatorId, KnownSplits>;
  readonly from: CompletedCheckpoint | undefined;
  /** Exchange address of the worker that runs subtask i of every vertex. */
  readonly addresses: readonly string[];
}

/** The tasks of each worker: worker i runs subtask i of every vertex (slot sharing). Pure. */
export function planDeployment(facts: DeploymentFacts): readonly (readonly TaskDescriptor[])[] {
  return facts.addresses.map((_, worker) =>
    facts.plan.vertices
      .filter((vertex) => worker < vertex.parallelism)
      .map((vertex) => describeTask(facts, vertex, worker)),
  );
}

function describeTask(facts: DeploymentFacts, vertex: PhysicalVertex, subtask: number): TaskDescriptor {
  const { plan, from, attempt, writerAttempt, guarantee, job } = facts;
  const known = facts.splits.get(vertex.id) ?? { open: [], finished: [] };
  return {
    job: job.id,
    jobName: job.name,
    attempt,
    writerAttempt,
    guarantee,
    vertex,
    subtask,
    maxParallelism: plan.maxParallelism,
    inputs: plan.edges.filter((edge) => edge.to === vertex.id).map((edge) => inputEdge(plan, edge, subtask)),
    outputs: plan.edges.filter((edge) => edge.from === vertex.id).map((edge) => outputEdge(facts, edge, subtask)),
    splits: assignSplits(known.open, vertex.parallelism)[subtask] ?? [],
    finishedSplits: assignSplits(known.finished, vertex.parallelism)[subtask] ?? [],
    state: vertex.chain.map((node) => ({
      operator: node.id,
      handles: handlesFor(from, node.id, subtask, vertex.parallelism, plan.maxParallelism),
    })),
  };
}

function inputEdge(plan: PhysicalPlan, edge: PhysicalEdge, subtask: number): InputEdge {
  const from = plan.vertices.find((vertex) => vertex.id === edge.from);
  const schema = from?.chain.find((node) => node.id === edge.fromNode)?.schema;
  if (from === undefined || schema === undefined) throw new Error(`edge from unknown node ${edge.fromNode}`);
  const all = Array.from({ length: from.parallelism }, (_, index) => index);
  const fromSubtasks = edge.partitioning.kind === 'forward' ? [subtask] : all;
  return { from: edge.from, fromNode: edge.fromNode, fromSubtasks, input: edge.input, schema };
}

function outputEdge(facts: DeploymentFacts, edge: PhysicalEdge, subtask: number): OutputEdge {
  const { to, fromNode, input, partitioning } = edge;
  const parallelism = facts.plan.vertices.find((vertex) => vertex.id === to)?.parallelism ?? 0;
  const all = Array.from({ length: parallelism }, (_, index) => index);
  const targets = (partitioning.kind === 'forward' ? [subtask] : all).map((target) => ({
    subtask: target,
    address: facts.addresses[target] ?? '',
  }));
  return { to, fromNode, input, partitioning, targets };
}
