import { type Database, rollUpMetrics } from '@millrace/database';
import type { MessageQueue, MessageWorker, QueueBackend } from './backend.ts';

const NAME = 'metric-rollup';

export const METRIC_ROLLUP_EVERY_MS = 10_000;

export function metricRollupQueue(backend: QueueBackend): MessageQueue {
  return backend.queue(NAME);
}

/** 1 s points become 10 s points, those become 60 s points and what is too old goes. Twice is as good as once. */
export function metricRollupWorker(backend: QueueBackend, database: Database): MessageWorker {
  return backend.worker(NAME, async () => {
    await rollUpMetrics(database.client);
  });
}
