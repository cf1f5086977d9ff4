import { z } from 'zod';

/**
 * BullMQ says "look again", nothing more: losing or doubling a wake-up is harmless, because the
 * reconciler also sweeps every 5 s and decides from the database alone.
 */
export const WAKE_UP_QUEUE = 'scheduler-wake-up';

export const wakeUpSchema = z.object({
  /** What changed; absent = look at everything. */
  jobId: z.string().optional(),
  reason: z.enum(['job-changed', 'queue-changed', 'node-changed']),
});
export type WakeUp = z.infer<typeof wakeUpSchema>;
