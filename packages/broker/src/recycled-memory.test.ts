import { batchesOf, findBatchDefect, type RecordBatchView } from '@millrace/kafka-protocol';
import { expect, it } from 'vitest';
import { batchOf, type RawClient } from './testing/raw-client.ts';
import { readLog } from './testing/read-log.ts';
import { runBroker } from './testing/running-broker.ts';

const ROUNDS = 30;
const VALUE_BYTES = 300_000;

/** What record n of a partition looks like: long, and unlike any other. */
const longValue = (partition: number, n: number) => `${partition}/${n} `.repeat(VALUE_BYTES / 6).slice(0, VALUE_BYTES);

async function write(client: RawClient, partition: number): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) {
    const { error, baseOffset } = await client.produce('t', batchOf([longValue(partition, n)]), { partition });
    expect([error, baseOffset]).toEqual(['NONE', n]);
  }
}

/** The offset of a batch whose every byte is right. */
function soundOffset({ buffer, start, sizeBytes, baseOffset }: RecordBatchView): number {
  expect(findBatchDefect(buffer, start, start + sizeBytes)).toBeUndefined();
  return baseOffset;
}

async function read(client: RawClient, partition: number): Promise<void> {
  for (let n = 0; n < ROUNDS; ) {
    const { records } = await client.fetch('t', n, { partition, maxWaitMs: 50, maxBytes: 1 << 20 });
    for (const batch of batchesOf(records)) if (soundOffset(batch) === n) n++;
  }
}

it('large requests and answers share recycled memory, and none ever shows the bytes of another', async () => {
  await using run = await runBroker();
  const partitions = [0, 1, 2];
  await run.client.createTopic('t', partitions.length);
  await Promise.all(
    partitions.flatMap((partition) => [
      run.connect().then((client) => write(client, partition)),
      ...[1, 2].map(() => run.connect().then((client) => read(client, partition))),
    ]),
  );
  for (const partition of partitions) {
    const seen = await readLog(run.client, 't', { partition });
    expect(seen.map(({ value }, n) => value === longValue(partition, n))).toEqual(Array(ROUNDS).fill(true));
  }
});

it('an answer that waits for a slow client keeps its bytes while others come and go', async () => {
  await using run = await runBroker();
  await run.client.createTopic('t', 2);
  await write(run.client, 0);
  const slow = await run.connect();
  slow.stopReading();
  const offsets = Array.from({ length: ROUNDS }, (_, n) => n);
  const late = offsets.map((n) => slow.fetch('t', n, { maxBytes: 1 }));
  await Promise.all([write(run.client, 1), read(await run.connect(), 0)]);
  slow.readOn();
  const seen = (await Promise.all(late)).map(({ records }) => [...batchesOf(records)].map(soundOffset));
  expect(seen).toEqual(offsets.map((n) => [n]));
});
