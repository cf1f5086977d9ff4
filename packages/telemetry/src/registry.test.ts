import type { Clock } from '@millrace/contracts';
import { describe, expect, it } from 'vitest';
import { formatPrometheus } from './prometheus.ts';
import { MetricRegistry } from './registry.ts';

function manualClock(): Clock & { advance(ms: number): void } {
  let at = 5_000;
  return {
    now: () => 1,
    monotonic: () => at,
    sleep: () => Promise.resolve(),
    advance(ms) {
      at += ms;
    },
  };
}

describe('the registry', () => {
  it('gives rates per second since the previous snapshot, by the monotonic clock', () => {
    const clock = manualClock();
    const registry = new MetricRegistry(clock);
    const task = registry.root.scoped({ vertex: 'v', subtask: '1' });
    task.count('records_in_total', 100);
    clock.advance(2_000);
    expect(registry.snapshot()).toEqual([
      { labels: { vertex: 'v', subtask: '1' }, values: { records_in_total: 100, records_in_per_second: 50 } },
    ]);
    task.count('records_in_total', 10);
    clock.advance(500);
    expect(registry.snapshot()[0]?.values.records_in_per_second).toBe(20);
  });

  it('reads gauges at the snapshot, leaves out unknown ones, and takes the newest reader', () => {
    const registry = new MetricRegistry(manualClock());
    registry.root.gauge('watermark', () => 1);
    registry.root.gauge('watermark', () => 2);
    registry.root.gauge('source_lag_ms', () => undefined);
    expect(registry.snapshot()[0]?.values).toEqual({ watermark: 2 });
  });

  it('counts the same labels in any order into one scope, and forgets a scope on request', () => {
    const registry = new MetricRegistry(manualClock());
    registry.root.scoped({ a: '1' }).scoped({ b: '2' }).count('restarts_total');
    registry.root.scoped({ b: '2', a: '1' }).count('restarts_total');
    expect(registry.snapshot().map((scope) => scope.values)).toEqual([{ restarts_total: 2 }]);
    registry.remove({ a: '1' });
    expect(registry.snapshot()).toEqual([]);
  });

  it('gives the rate of a counter that is kept elsewhere, too', () => {
    const clock = manualClock();
    const registry = new MetricRegistry(clock);
    let total = 10;
    registry.root.gauge('records_in_total', () => total);
    clock.advance(1_000);
    registry.snapshot();
    total = 40;
    clock.advance(1_000);
    expect(registry.snapshot()[0]?.values).toEqual({ records_in_total: 40, records_in_per_second: 30 });
  });

  it('refuses a gauge as a counter', () => {
    expect(() => new MetricRegistry(manualClock()).root.count('watermark')).toThrow('is a gauge');
  });

  it('is readable by Prometheus', () => {
    const registry = new MetricRegistry(manualClock());
    registry.root.scoped({ vertex: 'a"b' }).count('records_in_total', 3);
    expect(formatPrometheus(registry.snapshot())).toBe(
      '# HELP millrace_records_in_total Records taken from upstream.\n' +
        '# TYPE millrace_records_in_total counter\n' +
        'millrace_records_in_total{vertex="a\\"b"} 3\n',
    );
  });
});
