import { errorName, type Writer } from '@millrace/kafka-protocol';
import { describe, expect, it } from 'vitest';
import { batchOf, type RawClient } from '../testing/raw-client.ts';
import { runBroker } from '../testing/running-broker.ts';
import { FetchSessions, type SessionRequest } from './fetch-sessions.ts';
import type { Wanted } from './wanted.ts';

type Place = readonly [topic: string, partition: number, offset: number];

/** One Fetch v11 as part of a session, without waiting: the session and what was told. */
async function fetchIn(
  client: RawClient,
  session: number,
  epoch: number,
  wanted: readonly Place[],
  forgotten: readonly Place[] = [],
  maxBytes = 1 << 20,
) {
  const named = (w: Writer, places: readonly Place[], each: (place: Place) => void) =>
    w.array(places, (place) => w.string(place[0]).array([place], each));
  const r = await client.call(1, 11, (w) => {
    w.int32(-1).int32(0).int32(1).int32(maxBytes).int8(0).int32(session).int32(epoch);
    named(w, wanted, ([, partition, offset]) =>
      w
        .int32(partition)
        .int32(-1)
        .int64(offset)
        .int64(-1)
        .int32(1 << 20),
    );
    named(w, forgotten, ([, partition]) => w.int32(partition));
    w.string('');
  });
  r.int32();
  const error = errorName(r.int16());
  const sessionId = r.int32();
  const told = r.array(() => {
    const topic = r.string();
    return r.array(() => {
      const partition = r.int32();
      const failure = errorName(r.int16());
      const highWatermark = r.int64();
      r.raw(16);
      r.nullableArray(() => r.raw(16));
      r.int32();
      return [`${topic}-${partition}`, failure, highWatermark, r.bytes().length > 0] as const;
    });
  });
  return { error, sessionId, told: told.flat() };
}

describe('a fetch session', () => {
  it('tells everything once, then only what is new, and follows what the client changes', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 2);
    const all: Place[] = [
      ['t', 0, 0],
      ['t', 1, 0],
    ];
    const first = await fetchIn(run.client, 0, 0, all);
    expect(first.told).toEqual([
      ['t-0', 'NONE', 0, false],
      ['t-1', 'NONE', 0, false],
    ]);
    expect(first.sessionId).toBeGreaterThan(0);
    const id = first.sessionId;
    expect(await fetchIn(run.client, id, 1, [])).toEqual({ error: 'NONE', sessionId: id, told: [] });
    await run.client.produce('t', batchOf(['a']), { partition: 1 });
    expect((await fetchIn(run.client, id, 2, [])).told).toEqual([['t-1', 'NONE', 1, true]]);
    // The client has it and moves on; nothing is new.
    expect((await fetchIn(run.client, id, 3, [['t', 1, 1]])).told).toEqual([]);
    await run.client.produce('t', batchOf(['b']), { partition: 0 });
    expect((await fetchIn(run.client, id, 4, [], [['t', 0, 0]])).told).toEqual([]);
    // An unknown partition is told again and again, until it is forgotten.
    for (const epoch of [5, 6]) {
      const wanted: Place[] = epoch === 5 ? [['t', 9, 0]] : [];
      expect((await fetchIn(run.client, id, epoch, wanted)).told).toEqual([
        ['t-9', 'UNKNOWN_TOPIC_OR_PARTITION', -1, false],
      ]);
    }
    expect((await fetchIn(run.client, id, 7, [], [['t', 9, 0]])).told).toEqual([]);
  });

  it('refuses epochs out of order and sessions nobody knows, and ends when it is told to', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t');
    const { sessionId: id } = await fetchIn(run.client, 0, 0, [['t', 0, 0]]);
    expect((await fetchIn(run.client, id, 2, [])).error).toBe('INVALID_FETCH_SESSION_EPOCH');
    expect((await fetchIn(run.client, id, 1, [])).error).toBe('NONE');
    expect((await fetchIn(run.client, id, 1, [])).error).toBe('INVALID_FETCH_SESSION_EPOCH');
    expect((await fetchIn(run.client, id + 1, 1, [])).error).toBe('FETCH_SESSION_ID_NOT_FOUND');
    const last = await fetchIn(run.client, id, -1, [['t', 0, 0]]);
    expect([last.sessionId, last.told.length]).toEqual([0, 1]);
    expect((await fetchIn(run.client, id, 2, [])).error).toBe('FETCH_SESSION_ID_NOT_FOUND');
  });

  it('gives every partition its turn when the answer has no room for all', async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', 3);
    for (const partition of [0, 1, 2]) await run.client.produce('t', batchOf(['x'.repeat(100)]), { partition });
    const places = [0, 1, 2].map((partition): Place => ['t', partition, 0]);
    const first = await fetchIn(run.client, 0, 0, places, [], 100);
    const withRecords = [first.told.find(([, , , some]) => some)?.[0]];
    for (const epoch of [1, 2]) {
      const { told } = await fetchIn(run.client, first.sessionId, epoch, [], [], 100);
      withRecords.push(told.find(([, , , some]) => some)?.[0]);
    }
    expect(withRecords.sort()).toEqual(['t-0', 't-1', 't-2']);
  });

  it('is given up for a new one only when it was idle, and never are there too many', () => {
    const sessions = new FetchSessions();
    const wanted: Wanted[] = [{ topicKey: 't', partition: 0, leaderEpoch: -1, offset: 0, maxBytes: 1 }];
    const request: SessionRequest = { sessionId: 0, epoch: 0, byId: false, wanted, forgotten: [] };
    const open = (nowMs: number) => {
      const decision = sessions.resolve(request, nowMs);
      return decision.kind === 'read' ? decision.session : undefined;
    };
    for (let i = 0; i < 1000; i++) expect(open(0)).toBeDefined();
    expect(open(119_999)).toBeUndefined();
    expect(open(120_000)).toBeDefined();
    expect(sessions.size).toBe(1000);
  });
});
