import type { ChannelId } from '@millrace/contracts';
import { z } from 'zod';

/** One string per channel of one execution. Unambiguous: the parts travel as JSON. */
export function channelKey(channel: ChannelId): string {
  const { execution, from, fromSubtask, to, toSubtask, input } = channel;
  return JSON.stringify([execution, from, fromSubtask, to, toSubtask, input]);
}

/** For people and logs: `src[0] -> agg[1]`. */
export function channelLabel(channel: ChannelId): string {
  return `${channel.from}[${channel.fromSubtask}] -> ${channel.to}[${channel.toSubtask}]`;
}

/** A `ChannelId` as it arrives on the wire. */
export const channelIdSchema = z
  .object({
    execution: z.int(),
    from: z.string(),
    fromSubtask: z.int().min(0),
    to: z.string(),
    toSubtask: z.int().min(0),
    input: z.int().min(0),
  })
  .transform((channel) => channel as ChannelId);
