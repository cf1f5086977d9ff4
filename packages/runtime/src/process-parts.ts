import type { ContainerConfig } from '@millrace/protocol';
import { createLogger, type Logger, MetricRegistry, systemClock } from '@millrace/telemetry';

/** What every container process has: a voice, a clock, numbers, and an ear for SIGTERM. */
export function processParts(config: ContainerConfig): {
  readonly log: Logger;
  readonly metrics: MetricRegistry;
  readonly clock: typeof systemClock;
  readonly stopping: AbortSignal;
} {
  const { role, application, container, attempt, token } = config;
  const log = createLogger({ name: role, fields: { application, container, attempt }, secrets: [token] });
  const metrics = new MetricRegistry(systemClock);
  metrics.root.gauge('memory_rss_bytes', () => process.memoryUsage.rss());
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info('asked to end', { signal });
      controller.abort(new Error(`the container was asked to end by ${signal}`));
    });
  }
  return { log, metrics, clock: systemClock, stopping: controller.signal };
}
