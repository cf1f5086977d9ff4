/** How a rate is measured (quota.window.num, quota.window.size.seconds): over so many windows of so many milliseconds. */
export interface RateWindows {
  readonly windows: number;
  readonly windowMs: number;
}

/** Nobody rests longer than this for one request, however much it was. */
const REST_MS_MAX = 3_600_000;

interface Sample {
  startMs: number;
  value: number;
}

/**
 * Kafka's measure of a rate (org.apache.kafka.common.metrics.stats.Rate): what was recorded in the last windows, by the
 * time since the oldest of them began, which counts as at least all windows but one. So a client may spend that much at
 * once after a rest, and no more.
 */
export class Rate {
  private readonly samples: Sample[] = [];
  private readonly measure: RateWindows;

  constructor(measure: RateWindows) {
    this.measure = measure;
  }

  record(value: number, nowMs: number): void {
    const current = this.samples.at(-1);
    if (current !== undefined && nowMs - current.startMs < this.measure.windowMs) current.value += value;
    else this.samples.push({ startMs: nowMs, value });
    this.forget(nowMs);
  }

  /** What was recorded, per second. */
  perSecond(nowMs: number): number {
    return (this.total(nowMs) / this.spanMs(nowMs)) * 1000;
  }

  /** How long nothing may be recorded until the rate is down to `limit` per second; 0 when it is. */
  excessMs(limit: number, nowMs: number): number {
    const excess = this.perSecond(nowMs) - limit;
    return excess <= 0 ? 0 : Math.min(REST_MS_MAX, Math.round((excess / limit) * this.spanMs(nowMs)));
  }

  /** What was recorded in the windows that count. */
  total(nowMs: number): number {
    this.forget(nowMs);
    return this.samples.reduce((sum, { value }) => sum + value, 0);
  }

  private spanMs(nowMs: number): number {
    const sinceMs = nowMs - (this.samples[0]?.startMs ?? nowMs);
    const { windows, windowMs } = this.measure;
    const missing = windows - 1 - Math.floor(sinceMs / windowMs);
    return sinceMs + Math.max(0, missing) * windowMs;
  }

  private forget(nowMs: number): void {
    const { windows, windowMs } = this.measure;
    while (this.samples[0] !== undefined && nowMs - this.samples[0].startMs >= windows * windowMs) this.samples.shift();
  }
}

/** What may be spent at once after a rest, at `limit` per second. */
export function burstOf(limit: number, { windows, windowMs }: RateWindows): number {
  return (limit * (windows - 1) * windowMs) / 1000;
}
