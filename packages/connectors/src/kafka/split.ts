import type { Split } from '@millrace/contracts';
import { type SplitId, StreamError } from '@millrace/model';
import { z } from 'zod';
import { keyOf } from './client.ts';

const position = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  /** The next offset to read. */
  offset: z.int().nonnegative(),
});

/** Where a reader stands in one partition. */
export type KafkaPosition = z.infer<typeof position>;
export type KafkaSplit = Split<KafkaPosition>;

export function splitOf(start: KafkaPosition, stopOffset: number | undefined): KafkaSplit {
  const id = keyOf(start) as SplitId;
  return stopOffset === undefined ? { id, start } : { id, start, stop: { ...start, offset: stopOffset } };
}

/** A split as it comes out of a checkpoint. Throws `kafka.bad-split`. */
export function parseSplit(split: Split): KafkaSplit {
  const start = position.safeParse(split.start);
  const stop = position.optional().safeParse(split.stop);
  if (!start.success || !stop.success) {
    const message = `the checkpoint holds a position for split '${split.id}' that is not Kafka's; start the job without it`;
    throw new StreamError('kafka.bad-split', message, { domain: 'internal', retry: 'never' });
  }
  return splitOf(start.data, stop.data?.offset);
}
