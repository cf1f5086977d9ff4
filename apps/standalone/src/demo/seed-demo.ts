import { Kafka, logLevel } from 'kafkajs';
import type { ApiClient } from '../api-client.ts';
import { DEMO_TOPICS, demoJobs } from './demo-jobs.ts';

/** Creates the demo's topics and jobs and starts them; what exists already is left as it is. */
export async function seedDemo(
  api: ApiClient,
  kafkaBrokers: string,
  results: Parameters<typeof demoJobs>[0],
): Promise<void> {
  await createTopics(kafkaBrokers);
  const { items } = await api.call<{ items: { name: string }[] }>('GET', '/jobs?pageSize=100');
  const known = new Set(items.map((job) => job.name));
  for (const demo of demoJobs(results).filter((job) => !known.has(job.name))) {
    const { id } = await api.call<{ id: string }>('POST', '/jobs', {
      name: demo.name,
      comment: demo.comment,
      sql: demo.sql,
      settings: {
        queue: 'root.demo',
        parallelism: demo.parallelism,
        guarantee: demo.guarantee,
        ...(demo.deadLetterTopic === undefined ? {} : { deadLetterTopic: demo.deadLetterTopic }),
      },
    });
    await api.call('POST', `/jobs/${id}/start`, {});
  }
}

async function createTopics(brokers: string): Promise<void> {
  const admin = new Kafka({ clientId: 'millrace-demo', brokers: brokers.split(','), logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const topics = DEMO_TOPICS.filter((topic) => !existing.has(topic)).map((topic) => ({
      topic,
      numPartitions: 4,
      replicationFactor: 1,
    }));
    if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}
