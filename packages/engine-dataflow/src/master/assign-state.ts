import { keyGroupsOf } from '@millrace/batch';
import { type CompletedCheckpoint, type OperatorId, type StateHandle, StreamError } from '@millrace/model';
import type { PhysicalPlan } from '@millrace/plan';

/** The handles one subtask of one operator must read: all that overlap its key groups, whoever wrote them. Pure. */
export function handlesFor(
  from: CompletedCheckpoint | undefined,
  operator: OperatorId,
  subtask: number,
  parallelism: number,
  maxParallelism: number,
): readonly StateHandle[] {
  const { first, last } = keyGroupsOf(subtask, parallelism, maxParallelism);
  return (from?.subtasks ?? [])
    .filter((snapshot) => snapshot.operator === operator)
    .flatMap((snapshot) => snapshot.state)
    .filter(({ keyGroups }) => keyGroups.first <= last && keyGroups.last >= first);
}

/** Throws `checkpoint.incompatible` when something the checkpoint holds would be lost by this plan. Pure. */
export function checkRestorable(plan: PhysicalPlan, from: CompletedCheckpoint): void {
  if (from.maxParallelism !== plan.maxParallelism) {
    throw incompatible(from, `it has ${from.maxParallelism} key groups and the job ${plan.maxParallelism}`);
  }
  const operators = new Set(plan.vertices.flatMap((vertex) => vertex.chain.map((node) => node.id)));
  for (const { operator, state, committables } of from.subtasks) {
    if (operators.has(operator)) continue;
    if (state.length > 0) throw incompatible(from, `it holds state of step ${operator}, which the job no longer has`);
    if (committables.length > 0)
      throw incompatible(from, `it holds output of sink ${operator}, which the job no longer has`);
  }
}

function incompatible(from: CompletedCheckpoint, reason: string): StreamError {
  return new StreamError(
    'checkpoint.incompatible',
    `${from.kind} ${from.id} cannot be restored: ${reason}. Start without it, or undo the change to the job.`,
    { domain: 'user', retry: 'never' },
  );
}
