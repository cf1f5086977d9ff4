import { Writer } from '@millrace/kafka-protocol';
import { expect, it } from 'vitest';
import { APIS } from './apis/table.ts';
import { batchOf, RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { runBroker } from './testing/running-broker.ts';
import { printedSeed, seededRandom } from './testing/seeded-random.ts';

const FRAMES = 1500;

it('no frame, however damaged, stops the broker or reaches the data of others', async () => {
  const seed = printedSeed('fuzz');
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const problems: string[] = [];
  await using run = await runBroker({
    ...{ log: (line: string) => problems.push(line), defaultPartitions: 1, retentionScanMs: 50 },
    // Rules, which random bytes may spell, are read and refused.
    ...{ authorizer: 'off', failedAuthenticationDelayMs: 1 },
    listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }],
  });
  const loginPort = run.broker.listeners[1]?.port ?? 0;
  const connect = () => (random() < 0.3 ? RawClient.connect(loginPort) : run.connect());
  await run.client.createTopic('t', 1, { 'retention.ms': '-1' });
  await run.client.produce('t', batchOf(['kept']));
  let client = await connect();
  for (let i = 0; i < FRAMES; i++) {
    const api = APIS[below(APIS.length)] ?? APIS[0];
    // Deleting and altering are legal requests; random bytes may spell them.
    if (api === undefined || [20, 21, 33, 44].includes(api.key)) continue;
    const body = Buffer.from(Array.from({ length: below(60) }, () => (random() < 0.5 ? below(4) : below(256))));
    const version = api.versions[0] + below(api.versions[1] - api.versions[0] + 2);
    client.send(new Writer().int16(api.key).int16(version).int32(i).nullableString('fuzz').raw(body).toBuffer());
    if (i % 20 === 0) {
      if (random() < 0.3) client.sendBytes(Buffer.from(Array.from({ length: 8 }, () => below(256))));
      client.close();
      client = await connect();
      // Half of those who must log in have begun to.
      if (random() < 0.5) void client.call(17, below(2), (w) => w.string('SCRAM-SHA-256')).catch(() => {});
    }
  }
  const alive = await run.connect();
  expect((await alive.produce('t', batchOf(['after']))).error, `SEED=${seed}`).toBe('NONE');
  expect(
    (await readLog(alive, 't')).map((r) => r.value),
    `SEED=${seed}`,
  ).toEqual(['kept', 'after']);
  // Every refusal is a decision: an unexpected exception would have been reported.
  expect(problems, `SEED=${seed}`).toEqual([]);
});

it('a size beyond the limit ends the connection without allocating it', async () => {
  await using run = await runBroker({ requestBytesMax: 1024 });
  const client = await run.connect();
  client.sendBytes(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
  await client.closed;
  expect((await run.client.initProducer(null)).error).toBe('NONE');
});
