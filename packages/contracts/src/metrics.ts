import type { MetricName } from '@millrace/model';

/** Only names from the catalogue compile. Calls are cheap enough for once per batch, not once per record. */
export interface MetricGroup {
  count(name: MetricName, by?: number): void;
  /** Read at each report. Setting it again replaces the reader. */
  gauge(name: MetricName, read: () => number | undefined): void;
  scoped(labels: Readonly<Record<string, string>>): MetricGroup;
}

/** One line per call, JSON on the container's stdout; the portal's log tab reads it. Never pass a secret. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
