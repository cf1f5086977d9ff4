import type { Split } from '@millrace/contracts';
import type {
  CheckpointId,
  Guarantee,
  JobId,
  OperatorId,
  SplitId,
  SplitSnapshot,
  StateHandle,
  StreamErrorData,
  TaskStatus,
} from '@millrace/model';
import type { Partitioning, PhysicalVertex } from '@millrace/plan';
import { z } from 'zod';

/** What master and worker say to each other over a `MessageLink`. Every message names its execution; others are stale. */

export interface InputEdge {
  readonly from: OperatorId;
  readonly fromNode: OperatorId;
  /** Subtasks of `from` that send to this task. */
  readonly fromSubtasks: readonly number[];
  readonly input: number;
  readonly schema: PhysicalVertex['chain'][number]['schema'];
}

export interface OutputEdge {
  readonly to: OperatorId;
  readonly fromNode: OperatorId;
  readonly input: number;
  readonly partitioning: Partitioning;
  /** Receiving subtasks and the exchange address of the worker each lives in. */
  readonly targets: readonly { readonly subtask: number; readonly address: string }[];
}

export interface TaskId {
  readonly vertex: OperatorId;
  readonly subtask: number;
}

/** Everything a worker needs to run one parallel copy of one vertex. */
export interface TaskDescriptor {
  readonly job: JobId;
  readonly jobName: string;
  /** Fences writers: grows with every master and with every execution within a master. */
  readonly writerAttempt: number;
  /** The master's attempt: part of the names of checkpoint files. */
  readonly attempt: number;
  readonly guarantee: Guarantee;
  readonly vertex: PhysicalVertex;
  readonly subtask: number;
  readonly maxParallelism: number;
  readonly inputs: readonly InputEdge[];
  readonly outputs: readonly OutputEdge[];
  readonly splits: readonly Split[];
  /** Splits an earlier execution read to their end. */
  readonly finishedSplits: readonly SplitId[];
  /** State of every operator of the chain that overlaps this subtask's key groups. */
  readonly state: readonly { readonly operator: OperatorId; readonly handles: readonly StateHandle[] }[];
}

/** What one operator of a task gives to a checkpoint; committables say at which barrier they were sealed. */
export interface OperatorSnapshot {
  readonly operator: OperatorId;
  readonly state: readonly StateHandle[];
  readonly splits: readonly SplitSnapshot[];
  readonly committables: readonly { readonly checkpoint: CheckpointId; readonly committable: unknown }[];
}

export type MasterMessage =
  | { readonly kind: 'deploy'; readonly execution: number; readonly tasks: readonly TaskDescriptor[] }
  | {
      readonly kind: 'add-splits';
      readonly execution: number;
      readonly task: TaskId;
      readonly splits: readonly Split[];
    }
  | {
      readonly kind: 'trigger-checkpoint';
      readonly execution: number;
      readonly checkpoint: CheckpointId;
      readonly savepoint: boolean;
      readonly stop: boolean;
    }
  | { readonly kind: 'checkpoint-complete'; readonly execution: number; readonly checkpoint: CheckpointId }
  | { readonly kind: 'cancel'; readonly execution: number };

export interface TaskMetricsReport {
  readonly task: TaskId;
  readonly metrics: Readonly<Record<string, number>>;
}

export type WorkerMessage =
  | {
      readonly kind: 'task-status';
      readonly execution: number;
      readonly task: TaskId;
      readonly status: TaskStatus;
      /** With status `failed`. */
      readonly error?: StreamErrorData;
    }
  | {
      readonly kind: 'acknowledge';
      readonly execution: number;
      readonly checkpoint: CheckpointId;
      readonly task: TaskId;
      readonly operators: readonly OperatorSnapshot[];
    }
  | {
      readonly kind: 'decline';
      readonly execution: number;
      readonly checkpoint: CheckpointId;
      readonly task: TaskId;
      readonly error: StreamErrorData;
    }
  | { readonly kind: 'metrics'; readonly execution: number; readonly tasks: readonly TaskMetricsReport[] }
  /** All tasks of the execution have ended and closed what they held. */
  | { readonly kind: 'canceled'; readonly execution: number };

const task = z.object({ vertex: z.string(), subtask: z.int().min(0) });
const execution = z.int().positive();
const checkpoint = z.int().positive();
const split = z.looseObject({ id: z.string() });
const handle = z.object({
  location: z.string(),
  keyGroups: z.object({ first: z.int(), last: z.int() }),
  sizeBytes: z.number(),
  sha256: z.string(),
  shared: z.literal(true).optional(),
});
const error = z.object({
  code: z.string(),
  message: z.string(),
  domain: z.enum(['user', 'external', 'internal']),
  retry: z.enum(['never', 'backoff']),
  detail: z.string().optional(),
});
const node = z.looseObject({
  kind: z.string(),
  id: z.string(),
  schema: z.looseObject({ fields: z.array(z.unknown()) }),
});
const partitioning = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('forward') }),
  z.object({ kind: z.literal('rebalance') }),
  z.object({ kind: z.literal('hash'), keyColumns: z.array(z.int()) }),
]);

const descriptor = z.object({
  job: z.string(),
  jobName: z.string(),
  writerAttempt: z.int(),
  attempt: z.int(),
  guarantee: z.enum(['at-least-once', 'exactly-once']),
  vertex: z.object({
    id: z.string(),
    label: z.string(),
    parallelism: z.int(),
    chain: z.array(node).min(1),
    functions: z.array(z.looseObject({ name: z.string(), body: z.string() })).optional(),
  }),
  subtask: z.int(),
  maxParallelism: z.int(),
  inputs: z.array(
    z.object({
      from: z.string(),
      fromNode: z.string(),
      fromSubtasks: z.array(z.int()),
      input: z.int(),
      schema: node.shape.schema,
    }),
  ),
  outputs: z.array(
    z.object({
      to: z.string(),
      fromNode: z.string(),
      input: z.int(),
      partitioning,
      targets: z.array(z.object({ subtask: z.int(), address: z.string() })),
    }),
  ),
  splits: z.array(split),
  finishedSplits: z.array(z.string()),
  state: z.array(z.object({ operator: z.string(), handles: z.array(handle) })),
});

const masterMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deploy'), execution, tasks: z.array(descriptor) }),
  z.object({ kind: z.literal('add-splits'), execution, task, splits: z.array(split) }),
  z.object({
    kind: z.literal('trigger-checkpoint'),
    execution,
    checkpoint,
    savepoint: z.boolean(),
    stop: z.boolean(),
  }),
  z.object({ kind: z.literal('checkpoint-complete'), execution, checkpoint }),
  z.object({ kind: z.literal('cancel'), execution }),
]);

const operatorSnapshot = z.object({
  operator: z.string(),
  state: z.array(handle),
  splits: z.array(z.object({ id: z.string(), split: z.unknown() })),
  committables: z.array(z.object({ checkpoint, committable: z.unknown() })),
});

const workerMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('task-status'),
    execution,
    task,
    status: z.enum(['created', 'deploying', 'running', 'finished', 'canceled', 'failed']),
    error: error.optional(),
  }),
  z.object({ kind: z.literal('acknowledge'), execution, checkpoint, task, operators: z.array(operatorSnapshot) }),
  z.object({ kind: z.literal('decline'), execution, checkpoint, task, error }),
  z.object({
    kind: z.literal('metrics'),
    execution,
    tasks: z.array(z.object({ task, metrics: z.record(z.string(), z.number()) })),
  }),
  z.object({ kind: z.literal('canceled'), execution }),
]);

/** Throws a ZodError when the message is none of ours. Brands of ids and the insides of plan nodes exist only in types. */
export function parseMasterMessage(message: unknown): MasterMessage {
  return masterMessage.parse(message) as unknown as MasterMessage;
}

export function parseWorkerMessage(message: unknown): WorkerMessage {
  return workerMessage.parse(message) as unknown as WorkerMessage;
}

/** Name of a task for maps and logs. */
export function taskKey(id: TaskId): string {
  return `${id.vertex}[${id.subtask}]`;
}

/** A split that was read to its end, as it stands in a checkpoint: discovery must not hand it out again. */
export function finishedSplit(id: SplitId): SplitSnapshot {
  return { id, split: null };
}
