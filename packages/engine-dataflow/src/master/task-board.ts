import type { ContainerId, GraphReport, MetricName, OperatorId, SubtaskReport, TaskStatus } from '@millrace/model';
import { METRICS } from '@millrace/model';
import type { PhysicalPlan } from '@millrace/plan';
import { type TaskId, taskKey } from '../messages.ts';

interface Entry {
  readonly id: TaskId;
  status: TaskStatus;
  container: ContainerId | undefined;
  metrics: Readonly<Record<string, number>>;
}

/** Status and latest figures of every task of one execution. */
export class TaskBoard {
  readonly tasks: readonly TaskId[];
  readonly #plan: PhysicalPlan;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(plan: PhysicalPlan) {
    this.#plan = plan;
    this.tasks = plan.vertices.flatMap(({ id, parallelism }) =>
      Array.from({ length: parallelism }, (_, subtask) => ({ vertex: id, subtask })),
    );
    this.#entries = new Map(
      this.tasks.map((id) => [taskKey(id), { id, status: 'created', container: undefined, metrics: {} }]),
    );
  }

  set(task: TaskId, status: TaskStatus, container?: ContainerId): void {
    const entry = this.#entries.get(taskKey(task));
    if (entry === undefined) return;
    entry.status = status;
    if (container !== undefined) entry.container = container;
  }

  setMetrics(task: TaskId, metrics: Readonly<Record<string, number>>): void {
    const entry = this.#entries.get(taskKey(task));
    if (entry !== undefined) entry.metrics = metrics;
  }

  all(predicate: (status: TaskStatus) => boolean): boolean {
    for (const { status } of this.#entries.values()) if (!predicate(status)) return false;
    return true;
  }

  graph(): GraphReport {
    const { vertices, edges } = this.#plan;
    return {
      vertices: vertices.map((vertex) => ({
        id: vertex.id,
        label: vertex.label,
        operators: vertex.chain.map(({ id, kind, label }) => ({ id, kind, label })),
        parallelism: vertex.parallelism,
        subtasks: this.#of(vertex.id).map(
          ({ id, status, container, metrics }): SubtaskReport => ({ subtask: id.subtask, status, container, metrics }),
        ),
      })),
      edges: edges.map(({ from, to, partitioning }) => ({ from, to, partitioning: partitioning.kind })),
    };
  }

  /** Job-wide: what enters is counted at the sources, what leaves is what the sinks wrote; everything else as the catalogue says. */
  totals(): Record<string, number> {
    const sources = this.#verticesWith('source');
    const sinks = this.#verticesWith('sink');
    const totals: Record<string, number> = {};
    for (const name of Object.keys(METRICS) as MetricName[]) {
      if (name.startsWith('records_written_')) continue;
      const side = /^(records|bytes)_in_/.test(name) ? sources : name === 'bytes_out_total' ? sinks : undefined;
      const values = [...this.#entries.values()]
        .filter(({ id }) => side?.has(id.vertex) ?? true)
        .flatMap(({ metrics }) => metrics[WRITTEN[name] ?? name] ?? []);
      if (values.length > 0) totals[name] = combine(METRICS[name].across, values);
    }
    return totals;
  }

  #of(vertex: OperatorId): Entry[] {
    return [...this.#entries.values()].filter(({ id }) => id.vertex === vertex);
  }

  #verticesWith(kind: 'source' | 'sink'): ReadonlySet<OperatorId> {
    const found = this.#plan.vertices.filter(({ chain }) => chain.some((node) => node.kind === kind));
    return new Set(found.map(({ id }) => id));
  }
}

/** A task with a dead-letter sink also hands rows to other tasks: what it sends is not what the job gives out. */
const WRITTEN: Readonly<Partial<Record<MetricName, MetricName>>> = {
  records_out_total: 'records_written_total',
  records_out_per_second: 'records_written_per_second',
};

function combine(across: 'sum' | 'max' | 'min' | 'mean', values: readonly number[]): number {
  switch (across) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'mean':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}
