import type { JobId, QueueName } from './id.ts';
import type { Resource } from './resource.ts';

/** The engines that exist in this repository. */
export const ENGINES = ['dataflow'] as const;
export type EngineName = (typeof ENGINES)[number];

export const GUARANTEES = ['at-least-once', 'exactly-once'] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** How one version of a job is to run; written once per version, never edited in place. Times in ms. */
export interface JobSettings {
  readonly engine: EngineName;
  readonly guarantee: Guarantee;
  readonly parallelism: number;
  readonly queue: QueueName;
  readonly containers: { readonly master: Resource; readonly worker: Resource };
  readonly checkpoint: { readonly intervalMs: number; readonly timeoutMs: number; readonly retainedCount: number };
  readonly restart: { readonly attemptsMax: number; readonly delayMs: number };
  /** Topic for records that could not be decoded; absent: the job fails on the first of them. */
  readonly deadLetterTopic?: string;
}

/** What a master is given: one version of a job. `plan` is a `LogicalPlan`, parsed by `@millrace/plan`. */
export interface JobSpec {
  readonly id: JobId;
  readonly name: string;
  readonly version: number;
  readonly settings: JobSettings;
  readonly plan: unknown;
}

/** What the owner wants. Observed state is `JobStatus`; the two are never mixed. */
export const DESIRED_STATES = ['running', 'suspended', 'canceled'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/** Every status a job can have, and every status it may move to next. */
export const JOB_TRANSITIONS = {
  created: ['submitted', 'canceled'],
  /** Waits for admission into its queue; `waitingReason` says why. */
  submitted: ['accepted', 'canceling', 'failed'],
  /** Admitted; waits for containers. */
  accepted: ['starting', 'restarting', 'canceling', 'failed'],
  starting: ['running', 'restarting', 'canceling', 'failed', 'finished'],
  running: ['restarting', 'suspending', 'canceling', 'failed', 'finished'],
  restarting: ['accepted', 'starting', 'running', 'suspending', 'canceling', 'failed'],
  /** Stopping with a savepoint. */
  suspending: ['suspended', 'restarting', 'running', 'canceling', 'failed', 'finished'],
  suspended: ['submitted', 'canceled'],
  canceling: ['canceled', 'failed'],
  canceled: ['submitted'],
  failed: ['submitted', 'canceled'],
  finished: ['submitted'],
} as const satisfies Record<string, readonly string[]>;

export type JobStatus = keyof typeof JOB_TRANSITIONS;
export const JOB_STATUSES = Object.keys(JOB_TRANSITIONS) as readonly JobStatus[];

export function canMove(from: JobStatus, to: JobStatus): boolean {
  const next: readonly string[] = JOB_TRANSITIONS[from];
  return next.includes(to);
}

/** Nothing runs and nothing will, until somebody asks again. */
export function isTerminal(status: JobStatus): boolean {
  return status === 'canceled' || status === 'failed' || status === 'finished';
}

/** The job holds, or is waiting for, containers. */
export function isActive(status: JobStatus): boolean {
  return !isTerminal(status) && status !== 'created' && status !== 'suspended';
}

export function isStartable(status: JobStatus): boolean {
  return status === 'created' || status === 'suspended' || isTerminal(status);
}
