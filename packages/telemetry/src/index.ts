export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { formatPrometheus } from './prometheus.ts';
export { type Labels, MetricRegistry, type ScopeSnapshot } from './registry.ts';
export { systemClock } from './system-clock.ts';
