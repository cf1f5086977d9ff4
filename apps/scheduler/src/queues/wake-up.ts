import type { Log } from '@millrace/contracts';
import { type Database, takeOutbox } from '@millrace/database';
import { WAKE_UP_QUEUE, wakeUpSchema } from '@millrace/protocol';
import type { MessageQueue, MessageWorker, QueueBackend } from './backend.ts';

const BATCH = 200;

export function wakeUpQueue(backend: QueueBackend): MessageQueue {
  return backend.queue(WAKE_UP_QUEUE);
}

/**
 * Passes what the outbox holds on to the queue, until it is empty. Rows leave the outbox only when the queue has
 * them; a crash in between passes them on twice, which is harmless.
 */
export async function relayOutbox(database: Database, queue: MessageQueue, log: Log): Promise<void> {
  for (let more = true; more; ) {
    more = await database.transaction(async (transaction) => {
      const rows = await takeOutbox(transaction, BATCH);
      const messages = rows.flatMap(({ id, message }) => {
        const parsed = wakeUpSchema.safeParse(message);
        if (!parsed.success) log.warn('a wake-up was not understood', { id, message });
        return parsed.success ? [{ id: `outbox-${id}`, name: parsed.data.reason, data: parsed.data }] : [];
      });
      if (messages.length > 0) await queue.add(messages);
      return rows.length === BATCH;
    });
  }
}

/** Takes wake-ups and calls; what changed is read from the tables. */
export function wakeUpWorker(backend: QueueBackend, call: () => void): MessageWorker {
  return backend.worker(WAKE_UP_QUEUE, async () => call());
}
