import { RecordBatchWriter } from '@millrace/kafka-protocol';
import { expect, it } from 'vitest';
import { batchOf } from '../../testing/raw-client.ts';
import { readLog } from '../../testing/read-log.ts';
import { eventually, runBroker } from '../../testing/running-broker.ts';

function keyless(): Buffer {
  const writer = new RecordBatchWriter();
  writer.append(Date.now(), Buffer.from('k'), Buffer.from('with'));
  writer.append(Date.now(), null, Buffer.from('without'));
  return Buffer.from(writer.seal({ compression: 'gzip' }));
}

it('a compacted topic refuses records without a key, and shrinks by itself while it is used', async () => {
  await using run = await runBroker({ retentionScanMs: 20 });
  const config = { 'cleanup.policy': 'compact', 'segment.bytes': '1000', 'min.cleanable.dirty.ratio': '0.1' };
  await run.client.createTopic('t', 1, config);
  await run.client.createTopic('plain');
  expect((await run.client.produce('plain', keyless())).error).toBe('NONE');
  expect((await run.client.produce('t', keyless())).error).toBe('INVALID_RECORD');
  for (let i = 0; i < 100; i++) await run.client.produce('t', batchOf([`${i}`]));
  const left = await eventually(
    () => readLog(run.client, 't'),
    (records) => records.length < 20,
  );
  expect(left.at(-1)).toMatchObject({ offset: 99, value: '99' });
  expect((await run.client.listOffset('t', -2)).offset).toBe(0);
  await run.restart();
  expect((await readLog(run.client, 't')).at(-1)).toMatchObject({ offset: 99, value: '99' });
});
