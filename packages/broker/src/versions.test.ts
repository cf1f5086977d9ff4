import { errorName, type Reader } from '@millrace/kafka-protocol';
import { describe, expect, it } from 'vitest';
import { APIS } from './apis/table.ts';
import { batchOf } from './testing/raw-client.ts';
import { runBroker } from './testing/running-broker.ts';

function readKeys(r: Reader) {
  const error = errorName(r.int16());
  const apis = r.array(() => {
    const range = [r.int16(), r.int16(), r.int16()] as const;
    r.tags();
    return range;
  });
  return { error, apis };
}

describe('versions', () => {
  it('are negotiated with clients of any age, the newest ones getting an answer they can read', async () => {
    await using run = await runBroker();
    const expected = APIS.map((api) => [api.key, ...api.versions]);
    expect(readKeys(await run.client.call(18, 0, () => {}))).toEqual({ error: 'NONE', apis: expected });
    const named = await run.client.call(18, 4, (w) => w.string('test').string('1.0').tags(), true);
    expect(readKeys(named)).toEqual({ error: 'NONE', apis: expected });
    expect([named.int32(), named.uvarint(), named.remaining]).toEqual([0, 0, 0]);
    const tooNew = await run.client.call(18, 99, (w) => w.string('test').string('1.0').tags());
    expect(readKeys(tooNew)).toEqual({ error: 'UNSUPPORTED_VERSION', apis: expected });
  });

  it('with topic ids lead to the same records as those with names', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    await run.client.produce('t', batchOf(['a']));
    const metadata = await run.client.call(
      3,
      12,
      (w) =>
        w
          .nullableArray(null, () => {})
          .boolean(false)
          .boolean(false)
          .tags(),
      true,
    );
    metadata.int32();
    metadata.array(() => {
      metadata.int32();
      metadata.string();
      metadata.int32();
      metadata.nullableString();
      metadata.tags();
    });
    metadata.nullableString();
    metadata.int32();
    expect([metadata.uvarint(), metadata.int16(), metadata.string()]).toEqual([2, 0, 't']);
    const id = metadata.uuid();
    const byId = async (topicId: string) => {
      const r = await run.client.call(
        1,
        16,
        (w) => {
          w.int32(0).int32(1).int32(1000).int8(0).int32(0).int32(-1);
          w.array([topicId], () => {
            w.uuid(topicId);
            w.array([0], () => w.int32(0).int32(-1).int64(0).int32(-1).int64(-1).int32(1000).tags()).tags();
          });
          w.array([], () => {})
            .string('')
            .tags();
        },
        true,
      );
      r.int32();
      r.int16();
      r.int32();
      expect([r.uvarint(), r.uuid(), r.uvarint(), r.int32()]).toEqual([2, topicId, 2, 0]);
      const error = errorName(r.int16());
      for (let i = 0; i < 3; i++) r.int64();
      r.nullableArray(() => r.raw(16));
      r.int32();
      return { error, bytes: r.bytes().toString('hex') };
    };
    const byName = await run.client.fetch('t', 0);
    expect(await byId(id)).toEqual({ error: 'NONE', bytes: byName.records.toString('hex') });
    expect((await byId('00000000-0000-0000-0000-000000000001')).error).toBe('UNKNOWN_TOPIC_ID');
  });
});
