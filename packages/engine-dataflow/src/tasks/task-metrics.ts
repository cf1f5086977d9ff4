import type { Clock, MetricGroup } from '@millrace/contracts';
import type { MetricName } from '@millrace/model';

/** Counted, and told per second as well. */
const RATES = [
  ['records_in_total', 'records_in_per_second'],
  ['records_out_total', 'records_out_per_second'],
  ['records_written_total', 'records_written_per_second'],
] as const satisfies readonly (readonly [MetricName, MetricName])[];

/** Nothing yet is a known figure of these; only tasks with a sink write records. */
const EVERY_TASK_HAS: readonly (readonly [MetricName, number])[] = [
  ['records_in_total', 0],
  ['records_out_total', 0],
];

export type Occupation = 'busy' | 'idle' | 'backpressured';

/**
 * The figures of one task. Counts and gauges of its operators are kept here for the report to the master and
 * passed on to the worker's registry. Occupation is measured on the monotonic clock; time in which other
 * tasks of the worker had the event loop is nobody's.
 */
export class TaskMetrics implements MetricGroup {
  readonly #counts: Map<MetricName, number>;
  readonly #gauges: Map<MetricName, () => number | undefined>;
  readonly #onward: MetricGroup;
  readonly #clock: Clock;
  readonly #spent: Record<Occupation, number> = { busy: 0, idle: 0, backpressured: 0 };
  #occupation: Occupation | undefined;
  #since = 0;
  #reportedAt: number;
  readonly #countsBefore = new Map<MetricName, number>();

  constructor(onward: MetricGroup, clock: Clock, shared?: TaskMetrics) {
    this.#onward = onward;
    this.#clock = clock;
    this.#counts = shared === undefined ? new Map(EVERY_TASK_HAS) : shared.#counts;
    this.#gauges = shared === undefined ? new Map() : shared.#gauges;
    this.#reportedAt = clock.monotonic();
  }

  count(name: MetricName, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
    this.#onward.count(name, by);
  }

  gauge(name: MetricName, read: () => number | undefined): void {
    this.#gauges.set(name, read);
    this.#onward.gauge(name, read);
  }

  /** The present value of a gauge. */
  read(name: MetricName): number | undefined {
    return this.#gauges.get(name)?.();
  }

  scoped(labels: Readonly<Record<string, string>>): MetricGroup {
    return new TaskMetrics(this.#onward.scoped(labels), this.#clock, this);
  }

  /** From now on the task does this; undefined: it waits for its turn. */
  enter(occupation: Occupation | undefined): void {
    const now = this.#clock.monotonic();
    if (this.#occupation !== undefined) this.#spent[this.#occupation] += now - this.#since;
    this.#occupation = occupation;
    this.#since = now;
  }

  /** Figures since the last report; called once a second. */
  report(): Record<string, number> {
    this.enter(this.#occupation);
    const now = this.#clock.monotonic();
    const seconds = (now - this.#reportedAt) / 1_000;
    this.#reportedAt = now;
    const figures: Record<string, number> = Object.fromEntries(this.#counts);
    for (const [name, read] of this.#gauges) {
      const value = read();
      if (value !== undefined) figures[name] = value;
    }
    for (const [total, rate] of RATES) {
      const count = this.#counts.get(total);
      if (count !== undefined && seconds > 0) figures[rate] = (count - (this.#countsBefore.get(total) ?? 0)) / seconds;
      this.#countsBefore.set(total, count ?? 0);
    }
    return { ...figures, ...this.#ratios() };
  }

  #ratios(): Record<string, number> {
    const { busy, idle, backpressured } = this.#spent;
    const total = busy + idle + backpressured;
    this.#spent.busy = 0;
    this.#spent.idle = 0;
    this.#spent.backpressured = 0;
    if (total === 0) return {};
    return { busy_ratio: busy / total, idle_ratio: idle / total, backpressure_ratio: backpressured / total };
  }
}
