import type { Clock, MetricGroup } from '@millrace/contracts';
import { METRIC_NAMES, METRICS, type MetricName } from '@millrace/model';

export type Labels = Readonly<Record<string, string>>;

/** The figures of one scope at one moment; a metric without a value yet is absent. */
export interface ScopeSnapshot {
  readonly labels: Labels;
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
}

/** Distinct label sets a registry keeps; the next one is refused, so a runaway label cannot fill the memory. */
const SCOPES_MAX = 10_000;

/** `records_in_total` feeds `records_in_per_second`, wherever the catalogue has both. */
const RATE_OF = new Map<MetricName, MetricName>(
  METRIC_NAMES.filter((name) => name.endsWith('_total')).flatMap((total) => {
    const rate = METRIC_NAMES.find((name) => name === total.replace(/_total$/, '_per_second'));
    return rate === undefined ? [] : [[total, rate] as const];
  }),
);

/**
 * The numbers of one process: counters and gauges by scope (a set of labels). Only catalogue names compile,
 * and a gauge cannot be counted up. Rates are per second since the previous snapshot, by the monotonic clock.
 */
export class MetricRegistry {
  readonly #clock: Clock;
  readonly #scopes = new Map<string, Scope>();
  readonly root: MetricGroup;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.root = this.#group({});
  }

  /** Every scope that has a figure, in the order they were first used. */
  snapshot(): readonly ScopeSnapshot[] {
    const at = this.#clock.monotonic();
    return [...this.#scopes.values()].map((scope) => ({ labels: scope.labels, values: scope.read(at) }));
  }

  /** Forgets the scopes that carry all of these labels, e.g. those of a task that ended. */
  remove(labels: Labels): void {
    for (const [key, scope] of this.#scopes) {
      if (Object.entries(labels).every(([name, value]) => scope.labels[name] === value)) this.#scopes.delete(key);
    }
  }

  #group(labels: Labels): MetricGroup {
    return {
      count: (name, by = 1) => this.#scope(labels).count(name, by),
      gauge: (name, read) => this.#scope(labels).gauge(name, read),
      scoped: (more) => this.#group({ ...labels, ...more }),
    };
  }

  #scope(labels: Labels): Scope {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    if (this.#scopes.size >= SCOPES_MAX) throw new Error(`more than ${SCOPES_MAX} metric scopes`);
    const scope = new Scope(labels, this.#clock.monotonic());
    this.#scopes.set(key, scope);
    return scope;
  }
}

class Scope {
  readonly labels: Labels;
  readonly #counters = new Map<MetricName, number>();
  readonly #gauges = new Map<MetricName, () => number | undefined>();
  #previous = new Map<MetricName, number>();
  #previousAt: number;

  constructor(labels: Labels, at: number) {
    this.labels = labels;
    this.#previousAt = at;
  }

  count(name: MetricName, by: number): void {
    if (METRICS[name].kind !== 'counter') throw new Error(`${name} is a ${METRICS[name].kind}, not a counter`);
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
  }

  /** For a counter that is kept elsewhere: the reader gives its total. */
  gauge(name: MetricName, read: () => number | undefined): void {
    this.#gauges.set(name, read);
  }

  read(at: number): Partial<Record<MetricName, number>> {
    const values: Partial<Record<MetricName, number>> = {};
    const seconds = (at - this.#previousAt) / 1_000;
    const totals = new Map(this.#counters);
    for (const [name, read] of this.#gauges) {
      const value = read();
      if (value === undefined || !Number.isFinite(value)) continue;
      if (METRICS[name].kind === 'counter') totals.set(name, value);
      else values[name] = value;
    }
    for (const [name, total] of totals) {
      values[name] = total;
      const rate = RATE_OF.get(name);
      if (rate !== undefined && seconds > 0) values[rate] = (total - (this.#previous.get(name) ?? 0)) / seconds;
    }
    if (seconds > 0) {
      this.#previous = totals;
      this.#previousAt = at;
    }
    return values;
  }
}
