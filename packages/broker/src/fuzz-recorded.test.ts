import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { relayFrames } from './testing/frame-relay.ts';
import { batchOf, type RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { eventually, runBroker } from './testing/running-broker.ts';
import { printedSeed, seededRandom } from './testing/seeded-random.ts';

const FRAMES = 4000;
const EXTREMES = [-1, -2, 0, 1, 0x7f, 0x7fff_ffff, -0x8000_0000];

/** What kafkajs says to a broker when it administers, writes, reads as a group and works in transactions. */
async function recordRequests(): Promise<readonly Buffer[]> {
  let brokerPort = 0;
  await using relay = await relayFrames(() => brokerPort);
  await using run = await runBroker({ listeners: [{ protocol: 'PLAINTEXT', advertisedPort: relay.port }] });
  brokerPort = run.port;
  const kafka = new Kafka({ brokers: [`127.0.0.1:${relay.port}`], logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer({ idempotent: true, transactionalId: 'recorded' })];
  const consumer = kafka.consumer({ groupId: 'recorded', maxWaitTimeInMs: 50 });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  await admin.createTopics({ topics: [{ topic: 'recorded', numPartitions: 2 }] });
  const transaction = await producer.transaction();
  await transaction.send({ topic: 'recorded', messages: [{ key: 'k', value: 'v', headers: { h: 'x' } }] });
  const topics = [{ topic: 'recorded', partitions: [{ partition: 0, offset: '1' }] }];
  await transaction.sendOffsets({ consumerGroupId: 'other', topics });
  await transaction.commit();
  await consumer.subscribe({ topic: 'recorded', fromBeginning: true });
  let seen = 0;
  await consumer.run({ eachMessage: async () => void seen++ });
  await eventually(
    async () => seen,
    (count) => count > 0,
  );
  await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: 2, name: 'recorded' }] });
  await admin.fetchOffsets({ groupId: 'recorded', topics: ['recorded'] });
  await admin.describeGroups(['recorded']);
  await consumer.disconnect();
  await admin.deleteTopicRecords({ topic: 'recorded', partitions: [{ partition: 0, offset: '1' }] });
  await admin.deleteGroups(['recorded']);
  await admin.deleteTopics({ topics: ['recorded'] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return [...relay.requests];
}

/** A request with some of its bytes, numbers or its length changed, or its version. */
function damaged(request: Buffer, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const frame = Buffer.from(request);
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(frame.length);
    switch (below(5)) {
      case 0:
        frame[at] = below(256);
        break;
      case 1:
        frame[at] = (frame[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        if (at + 4 <= frame.length) frame.writeInt32BE(EXTREMES[below(EXTREMES.length)] ?? 0, at);
        break;
      case 3:
        frame.writeInt16BE(below(14), 2);
        break;
      case 4:
        return random() < 0.5 ? frame.subarray(0, at) : Buffer.concat([frame, frame.subarray(at)]);
    }
  }
  return frame;
}

it('no request of a real client, damaged in any way, stops the broker or reaches the data of others', async () => {
  const seed = printedSeed('fuzz of recorded requests');
  const random = seededRandom(seed);
  const requests = await recordRequests();
  const kinds = new Set(requests.map((request) => request.readInt16BE(0)));
  expect(kinds.size, 'kinds of requests that are damaged').toBeGreaterThanOrEqual(20);
  const problems: string[] = [];
  await using run = await runBroker({ log: (line) => problems.push(line), retentionScanMs: 50 });
  await run.client.createTopic('t', 1, { 'retention.ms': '-1' });
  await run.client.produce('t', batchOf(['kept']));
  let client: RawClient | undefined;
  for (let i = 0; i < FRAMES; i++) {
    client ??= await run.connect();
    const request = requests[Math.floor(random() * requests.length)] ?? Buffer.alloc(0);
    client.send(random() < 0.2 ? request : damaged(request, random));
    if (i % 10 !== 9) continue;
    client.close();
    client = undefined;
  }
  // Most got through; a connection that was ended took those behind with it.
  expect(run.broker.metrics().requests).toBeGreaterThan(FRAMES / 3);
  const alive = await run.connect();
  expect((await alive.produce('t', batchOf(['after']))).error, `SEED=${seed}`).toBe('NONE');
  const values = (await readLog(alive, 't')).map(({ value }) => value);
  expect(values, `SEED=${seed}`).toEqual(['kept', 'after']);
  expect(problems, `SEED=${seed}`).toEqual([]);
  // What was made of them can be taken up again.
  await run.restart();
  expect((await readLog(run.client, 't')).length, `SEED=${seed}`).toBe(2);
}, 60_000);
