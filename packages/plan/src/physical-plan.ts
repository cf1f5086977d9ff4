import type { EngineName, OperatorId } from '@millrace/model';
import type { LogicalNode } from './logical-plan.ts';
import type { UserFunction } from './user-function.ts';

export type Partitioning =
  /** Subtask i to subtask i; both ends have the same parallelism. */
  | { readonly kind: 'forward' }
  /** Whole batches round robin. */
  | { readonly kind: 'rebalance' }
  /** By key group of the hash of these columns of the upstream output. */
  | { readonly kind: 'hash'; readonly keyColumns: readonly number[] };

/**
 * One stage of the job: a tree of operators that call each other as functions, without a network hop.
 * The first node is a source or reads the vertex's input edges; the others read nodes of the same chain.
 */
export interface PhysicalVertex {
  readonly id: OperatorId;
  readonly label: string;
  readonly chain: readonly LogicalNode[];
  readonly parallelism: number;
  /** The functions that the chain calls. Absent: none, and no sandbox is opened for it. */
  readonly functions?: readonly UserFunction[];
}

export interface PhysicalEdge {
  readonly from: OperatorId;
  /** The node of the upstream chain whose output crosses this edge. */
  readonly fromNode: OperatorId;
  readonly to: OperatorId;
  /** Which input of the first node of the downstream chain this edge feeds (a union has several). */
  readonly input: number;
  readonly partitioning: Partitioning;
}

/** How one engine will do it. */
export interface PhysicalPlan {
  readonly engine: EngineName;
  readonly maxParallelism: number;
  readonly vertices: readonly PhysicalVertex[];
  readonly edges: readonly PhysicalEdge[];
}
