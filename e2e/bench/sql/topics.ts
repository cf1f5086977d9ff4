import type { Kafka } from 'kafkajs';
import type { EngineStack } from '../engine/stack.ts';
import { fillScript, STREAMS, type Stream } from './nexmark.ts';

const PARTITIONS = 4;

/** The topics of the three streams. */
export async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = STREAMS.map((stream) => ({ topic: `nexmark_${stream}`, numPartitions: PARTITIONS }));
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
}

/** The engine fills its topics itself, by a job per stream; how many records each has. */
export async function fillTopics(
  kafka: Kafka,
  stack: EngineStack,
  events: number,
): Promise<ReadonlyMap<Stream, number>> {
  const admin = kafka.admin();
  await admin.connect();
  const counts = new Map<Stream, number>();
  for (const stream of STREAMS) {
    await stack.run(fillScript(stream, events, stack.port), { parallelism: 1 });
    const offsets = await admin.fetchTopicOffsets(`nexmark_${stream}`);
    counts.set(
      stream,
      offsets.reduce((sum, { high }) => sum + Number(high), 0),
    );
  }
  await admin.disconnect();
  return counts;
}
