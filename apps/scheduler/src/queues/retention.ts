import { type Database, deleteExpiredSessions, forgetOld } from '@millrace/database';
import type { MessageQueue, MessageWorker, QueueBackend } from './backend.ts';

const NAME = 'retention';

export const RETENTION_EVERY_MS = 3_600_000;

export function retentionQueue(backend: QueueBackend): MessageQueue {
  return backend.queue(NAME);
}

/** What is over and old goes, so that tables do not grow for ever. */
export function retentionWorker(backend: QueueBackend, database: Database): MessageWorker {
  return backend.worker(NAME, async () => {
    await forgetOld(database.client);
    await deleteExpiredSessions(database.client);
  });
}
