import type { ContainerId, OperatorId } from './id.ts';

/** Flink's ExecutionState, without the phases this engine does not have. */
export const TASK_STATUSES = ['created', 'deploying', 'running', 'finished', 'canceled', 'failed'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Latest figures of one subtask. Rates are per second over the last report interval; absent = unknown. */
export interface SubtaskReport {
  readonly subtask: number;
  readonly status: TaskStatus;
  readonly container: ContainerId | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One vertex of the running graph: a chain of operators with the figures of its subtasks. */
export interface VertexReport {
  readonly id: OperatorId;
  readonly label: string;
  readonly operators: readonly { readonly id: OperatorId; readonly kind: string; readonly label: string }[];
  readonly parallelism: number;
  readonly subtasks: readonly SubtaskReport[];
}

export interface GraphReport {
  readonly vertices: readonly VertexReport[];
  readonly edges: readonly { readonly from: OperatorId; readonly to: OperatorId; readonly partitioning: string }[];
}
