import { Kafka, logLevel } from 'kafkajs';
import { KafkaClient } from '../../../packages/connectors/src/kafka/client.ts';
import { Producer } from '../../../packages/connectors/src/kafka/producer.ts';
import { NetworkPolicy } from '../../../packages/connectors/src/network/network-policy.ts';
import { orderJson } from '../orders.ts';

const PARTITIONS = 4;
/** Records that follow one another in a partition. */
const RUN = 2_000;

/** Topic `bench_orders` with `records` orders, and an empty one for each name in `outputs`. */
export async function fillOrders(port: number, records: number, outputs: readonly string[]): Promise<void> {
  const broker = `127.0.0.1:${port}`;
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  const topics = ['bench_orders', ...outputs].map((topic) => ({ topic, numPartitions: PARTITIONS }));
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
  const signal = new AbortController().signal;
  const client = new KafkaClient(
    { brokers: [broker], clientId: undefined, tls: undefined, sasl: undefined, network: new NetworkPolicy([broker]) },
    'bench',
  );
  await client.open(['bench_orders'], signal);
  const { producerId, producerEpoch } = await client.initProducerId(signal);
  const destinations = client.partitionsOf('bench_orders').map((partition) => ({ topic: 'bench_orders', partition }));
  const producer = new Producer(client, destinations, async () => undefined);
  producer.begin({ transactionalId: null, producerId: Number(producerId), producerEpoch });
  const none = new Uint8Array(0);
  for (let number = 0; number < records; number++) {
    const value = Buffer.from(orderJson(number));
    producer.append(Math.floor(number / RUN) % PARTITIONS, Date.now(), none, -1, -1, value, 0, value.length);
    if (!producer.hasRoom) await producer.waitForRoom();
  }
  await producer.flush();
  await producer.close();
  await client.close();
}
