import { errorName, type Reader, RecordBatchWriter } from '@millrace/kafka-protocol';
import { describe, expect, it } from 'vitest';
import { batchOf, type RawClient } from '../testing/raw-client.ts';
import { runBroker } from '../testing/running-broker.ts';

/** A nullable list of `string topic · [int32 partition]`, then the answer's throttle time is skipped. */
async function ask(
  client: RawClient,
  key: number,
  version: number,
  topics: readonly (readonly [string, readonly number[]])[] | null,
  before: 'timeout' | 'none' = 'none',
  after: 'timeout' | 'none' = 'none',
): Promise<Reader> {
  const r = await client.call(
    key,
    version,
    (w) => {
      if (before === 'timeout') w.int32(1000);
      w.nullableArray(topics, ([topic, partitions]) =>
        w
          .string(topic)
          .array(partitions, (p) => w.int32(p))
          .tags(),
      );
      if (after === 'timeout') w.int32(1000);
      w.tags();
    },
    true,
  );
  r.int32();
  return r;
}

describe('the console sees', () => {
  it('how much is stored where, and how much room is left', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 2);
    await run.client.produce('t', batchOf(['a']), { partition: 1 });
    for (const wanted of [null, [['t', [0, 1, 7]] as const]]) {
      const r = await ask(run.client, 35, 4, wanted);
      expect(errorName(r.int16())).toBe('NONE');
      const directories = r.array(() => {
        const error = errorName(r.int16());
        const directory = r.string();
        const topics = r.array(() => {
          const topic = r.string();
          const sizes = r.array(() => {
            const size = [r.int32(), r.int64()];
            r.raw(9);
            r.tags();
            return size;
          });
          r.tags();
          return { topic, sizes };
        });
        const room = [r.int64(), r.int64()];
        r.tags();
        return { error, directory, topics, room };
      });
      expect(directories).toMatchObject([
        {
          error: 'NONE',
          directory: run.dataDir,
          topics: [
            {
              topic: 't',
              sizes: [
                [0, 0],
                [1, batchOf(['a']).length],
              ],
            },
          ],
        },
      ]);
      expect(directories[0]?.room[0]).toBeGreaterThan(directories[0]?.room[1] ?? 0);
    }
  });

  it('who writes to a partition and whose transaction is open', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const plain = await run.client.initProducer(null);
    const tx = await run.client.initProducer('tx');
    await run.client.addPartitions('tx', tx, 't');
    await run.client.produce('t', batchOf(['a', 'b'], { ...plain, baseSequence: 0 }));
    const open = batchOf(['c'], { ...tx, baseSequence: 0, transactional: true });
    await run.client.produce('t', open, { transactionalId: 'tx' });
    const describe = async () => {
      const r = await ask(run.client, 61, 0, [['t', [0, 5]]]);
      const [topic] = r.array(() => {
        r.string();
        const partitions = r.array(() => {
          const [partition, error] = [r.int32(), errorName(r.int16())];
          r.nullableString();
          const producers = r.array(() => {
            const [producerId, epoch, lastSequence] = [r.int64(), r.int32(), r.int32()];
            const [timestampMs, coordinatorEpoch, openFrom] = [r.int64(), r.int32(), r.int64()];
            r.tags();
            return { producerId, epoch, lastSequence, timestampMs, coordinatorEpoch, openFrom };
          });
          r.tags();
          return { partition, error, producers };
        });
        r.tags();
        return partitions;
      });
      return topic;
    };
    const timestampMs = 1_760_000_000_000;
    const first = { producerId: plain.producerId, epoch: 0, lastSequence: 1, timestampMs: timestampMs + 1 };
    const second = { producerId: tx.producerId, epoch: 0, lastSequence: 0, timestampMs };
    expect(await describe()).toEqual([
      {
        partition: 0,
        error: 'NONE',
        producers: [
          { ...first, coordinatorEpoch: -1, openFrom: -1 },
          { ...second, coordinatorEpoch: -1, openFrom: 2 },
        ],
      },
      { partition: 5, error: 'UNKNOWN_TOPIC_OR_PARTITION', producers: [] },
    ]);
    await run.client.endTxn('tx', tx, true);
    expect((await describe())?.[0]?.producers[1]).toMatchObject({ coordinatorEpoch: 0, openFrom: -1 });
  });

  it('transactions: which there are, by state, producer and age, and what each of them touches', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 2);
    await run.client.initProducer('idle');
    const tx = await run.client.initProducer('busy', 45_000);
    await run.client.addPartitions('busy', tx, 't', [0, 1]);
    const list = async (states: readonly string[], producers: readonly number[], olderMs = -1) => {
      const r = await run.client.call(
        66,
        1,
        (w) =>
          w
            .array(states, (state) => w.string(state))
            .array(producers, (id) => w.int64(id))
            .int64(olderMs)
            .tags(),
        true,
      );
      r.int32();
      expect(errorName(r.int16())).toBe('NONE');
      const unknown = r.array(() => r.string());
      const found = r.array(() => {
        const entry = [r.string(), r.int64(), r.string()];
        r.tags();
        return entry.join(' ');
      });
      return { unknown, found: found.sort() };
    };
    const busy = `busy ${tx.producerId} Ongoing`;
    expect((await list([], [])).found).toEqual([busy, 'idle 0 Empty']);
    expect(await list(['Ongoing', 'Nonsense', 'Dead'], [])).toEqual({ unknown: ['Nonsense'], found: [busy] });
    expect((await list([], [0])).found).toEqual(['idle 0 Empty']);
    expect((await list([], [], 3_600_000)).found).toEqual([]);
    const r = await run.client.call(
      65,
      0,
      (w) => w.array(['busy', 'idle', 'absent'], (id) => w.string(id)).tags(),
      true,
    );
    r.int32();
    const described = r.array(() => {
      const [error, id, state, timeoutMs] = [errorName(r.int16()), r.string(), r.string(), r.int32()];
      const [startedAtMs, producerId, epoch] = [r.int64(), r.int64(), r.int16()];
      const topics = r.array(() => {
        const topic = [r.string(), r.array(() => r.int32())];
        r.tags();
        return topic;
      });
      r.tags();
      return { error, id, state, timeoutMs, started: startedAtMs > 0, producerId, epoch, topics };
    });
    expect(described).toEqual([
      {
        ...{ error: 'NONE', id: 'busy', state: 'Ongoing', timeoutMs: 45_000, started: true },
        ...{ producerId: tx.producerId, epoch: 0, topics: [['t', [0, 1]]] },
      },
      expect.objectContaining({ error: 'NONE', id: 'idle', state: 'Empty', started: false, topics: [] }),
      expect.objectContaining({ error: 'TRANSACTIONAL_ID_NOT_FOUND', id: 'absent' }),
    ]);
  });

  it('topics page by page, every partition once', async () => {
    await using run = await runBroker();
    for (const [name, partitions] of [
      ['b', 3],
      ['a', 2],
      ['c', 4],
    ] as const)
      await run.client.createTopic(name, partitions);
    const page = async (names: readonly string[], limit: number, cursor?: readonly [string, number]) => {
      const r = await run.client.call(
        75,
        0,
        (w) => {
          w.array(names, (name) => w.string(name).tags()).int32(limit);
          if (cursor === undefined) w.int8(-1);
          else w.int8(1).string(cursor[0]).int32(cursor[1]).tags();
          w.tags();
        },
        true,
      );
      r.int32();
      const topics = r.array(() => {
        const [error, name] = [errorName(r.int16()), r.nullableString()];
        r.uuid();
        r.boolean();
        const partitions = r.array(() => {
          r.int16();
          const partition = r.int32();
          r.raw(8);
          for (let i = 0; i < 2; i++) r.array(() => r.int32());
          for (let i = 0; i < 2; i++) expect(r.nullableArray(() => r.int32())).toEqual([]);
          r.array(() => r.int32());
          r.tags();
          return `${name}-${partition}`;
        });
        r.int32();
        r.tags();
        return { name, error, partitions };
      });
      const next = r.int8() < 0 ? undefined : ([r.string(), r.int32()] as const);
      return { topics, next };
    };
    const seen: string[] = [];
    let cursor: readonly [string, number] | undefined;
    do {
      const { topics, next } = await page([], 2, cursor);
      seen.push(...topics.flatMap(({ partitions }) => partitions));
      expect(topics.flatMap(({ partitions }) => partitions).length).toBeLessThanOrEqual(2);
      cursor = next;
    } while (cursor !== undefined);
    expect(seen).toEqual(['a-0', 'a-1', 'b-0', 'b-1', 'b-2', 'c-0', 'c-1', 'c-2', 'c-3']);
    const { topics } = await page(['c', 'absent', 'no way'], 100);
    expect(topics.map(({ name, error }) => `${name} ${error}`)).toEqual([
      'absent UNKNOWN_TOPIC_OR_PARTITION',
      'c NONE',
      'no way INVALID_TOPIC_EXCEPTION',
    ]);
  });
});

describe('one broker says honestly', () => {
  it('that nobody else can lead or hold a partition', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const elected = await run.client.call(
      43,
      2,
      (w) =>
        w
          .int8(0)
          .array(['t'], () =>
            w
              .string('t')
              .array([0, 4], (p) => w.int32(p))
              .tags(),
          )
          .int32(1000)
          .tags(),
      true,
    );
    elected.int32();
    const readErrors = (r: Reader) => {
      r.string();
      const errors = r.array(() => {
        const answer = [r.int32(), errorName(r.int16())];
        r.nullableString();
        r.tags();
        return answer;
      });
      r.tags();
      return errors;
    };
    expect(errorName(elected.int16())).toBe('NONE');
    expect(elected.array(() => readErrors(elected))).toEqual([
      [
        [0, 'ELECTION_NOT_NEEDED'],
        [4, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ],
    ]);
    const moved = await run.client.call(
      45,
      0,
      (w) =>
        w
          .int32(1000)
          .array([[1], [2], null], (replicas) => {
            w.string('t')
              .array([replicas], () =>
                w
                  .int32(0)
                  .nullableArray(replicas, (id) => w.int32(id))
                  .tags(),
              )
              .tags();
          })
          .tags(),
      true,
    );
    moved.int32();
    moved.int16();
    moved.nullableString();
    expect(moved.array(() => readErrors(moved)).flat()).toEqual([
      [0, 'NONE'],
      [0, 'INVALID_REPLICA_ASSIGNMENT'],
      [0, 'NO_REASSIGNMENT_IN_PROGRESS'],
    ]);
    const going = await ask(run.client, 46, 0, null, 'timeout');
    expect([errorName(going.int16()), going.nullableString(), going.array(() => 0)]).toEqual(['NONE', null, []]);
  });
});

describe('a producer is told', () => {
  it('which of its records are to blame', async () => {
    await using run = await runBroker();
    await run.client.createTopic('compacted', 1, { 'cleanup.policy': 'compact' });
    await run.client.createTopic('t');
    const produce = async (topic: string, records: readonly (readonly [string | null, number])[]) => {
      const writer = new RecordBatchWriter();
      for (const [key, ageMs] of records) {
        writer.append(Date.now() - ageMs, key === null ? null : Buffer.from(key), Buffer.from('v'));
      }
      const batch = Buffer.from(writer.seal({ compression: 'gzip' }));
      const r = await run.client.call(0, 8, (w) =>
        w
          .nullableString(null)
          .int16(-1)
          .int32(5000)
          .array([topic], () => w.string(topic).array([batch], () => w.int32(0).bytes(batch))),
      );
      const [answer] = r.array(() => {
        r.string();
        return r.array(() => {
          r.int32();
          const error = errorName(r.int16());
          r.raw(24);
          const blamed = r.array(() => {
            const index = r.int32();
            r.nullableString();
            return index;
          });
          r.nullableString();
          return { error, blamed };
        });
      });
      return answer?.[0];
    };
    const ahead = -3_700_000;
    expect(
      await produce('compacted', [
        ['k', 0],
        [null, 0],
        ['k', 0],
        [null, 0],
      ]),
    ).toEqual({
      error: 'INVALID_RECORD',
      blamed: [1, 3],
    });
    expect(
      await produce('t', [
        ['k', 0],
        ['k', ahead],
      ]),
    ).toEqual({ error: 'INVALID_TIMESTAMP', blamed: [1] });
    expect(
      await produce('t', [
        ['k', 1e12],
        [null, -3_500_000],
      ]),
    ).toEqual({ error: 'NONE', blamed: [] });
  });
});
