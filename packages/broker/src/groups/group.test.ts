import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Group } from './group.ts';
import type { JoinRequest } from './group-messages.ts';

const PROTOCOLS = [{ name: 'range', metadata: Buffer.from('m') }];

function request(change: Partial<JoinRequest> = {}): JoinRequest {
  return {
    ...{
      memberId: '',
      instanceId: null,
      clientId: 'c',
      clientHost: 'h',
      sessionTimeoutMs: 1000,
      rebalanceTimeoutMs: 5000,
    },
    ...{
      protocolType: 'consumer',
      protocols: PROTOCOLS,
      memberIdRequired: false,
      skipAssignmentSupported: false,
      ...change,
    },
  };
}

/** A group with one stable member. */
async function stable(change: Partial<JoinRequest> = {}) {
  const group = new Group('g', 0);
  const leader = await group.join(request(change));
  await group.sync(
    leader.memberId,
    change.instanceId ?? null,
    leader.generation,
    new Map([[leader.memberId, Buffer.from('all')]]),
  );
  return { group, leader };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a consumer group', () => {
  it('asks a new member to come again with the id it was given', async () => {
    const group = new Group('g', 0);
    const first = await group.join(request({ memberIdRequired: true }));
    expect(first.error).toBe('MEMBER_ID_REQUIRED');
    const joined = await group.join(request({ memberIdRequired: true, memberId: first.memberId }));
    expect([joined.error, joined.generation, joined.leader]).toEqual(['NONE', 1, first.memberId]);
    group.close();
  });

  it('tells its members to rejoin when somebody comes, and gives each what the leader decided', async () => {
    const { group, leader } = await stable();
    const second = group.join(request());
    expect(group.heartbeat(leader.memberId, null, 1)).toBe('REBALANCE_IN_PROGRESS');
    const again = await group.join(request({ memberId: leader.memberId }));
    const { memberId, generation } = await second;
    expect([again.generation, generation, again.members.length]).toEqual([2, 2, 2]);
    const follower = group.sync(memberId, null, 2, new Map());
    const plan = new Map([
      [leader.memberId, Buffer.from('0')],
      [memberId, Buffer.from('1')],
    ]);
    expect((await group.sync(leader.memberId, null, 2, plan)).assignment.toString()).toBe('0');
    expect((await follower).assignment.toString()).toBe('1');
    expect(group.heartbeat(memberId, null, 2)).toBe('NONE');
    group.close();
  });

  it('removes a member that is silent, and goes on without one that does not rejoin in time', async () => {
    const { group, leader } = await stable();
    const second = group.join(request({ rebalanceTimeoutMs: 300 }));
    vi.advanceTimersByTime(1000);
    expect((await second).members).toHaveLength(1);
    expect(group.heartbeat(leader.memberId, null, 1)).toBe('UNKNOWN_MEMBER_ID');
    vi.advanceTimersByTime(1000);
    expect([group.state, group.members.size]).toEqual(['Empty', 0]);
    group.close();
  });

  it('refuses commits of former generations and of strangers', async () => {
    const { group, leader } = await stable();
    expect(group.checkCommit(leader.memberId, null, 1)).toBe('NONE');
    expect(group.checkCommit(leader.memberId, null, 0)).toBe('ILLEGAL_GENERATION');
    expect(group.checkCommit('stranger', null, 1)).toBe('UNKNOWN_MEMBER_ID');
    expect(group.checkCommit('', null, -1)).toBe('UNKNOWN_MEMBER_ID');
    group.close();
    expect(new Group('g', 0).checkCommit('', null, -1)).toBe('NONE');
  });

  it('lets a restarted static member take its place without a rebalance and fences its former self', async () => {
    const { group, leader } = await stable({ instanceId: 'i' });
    const again = await group.join(request({ instanceId: 'i', skipAssignmentSupported: true }));
    expect([again.error, again.generation, again.skipAssignment]).toEqual(['NONE', 1, true]);
    expect((await group.sync(again.memberId, 'i', 1, new Map())).assignment.toString()).toBe('all');
    expect(group.heartbeat(leader.memberId, 'i', 1)).toBe('FENCED_INSTANCE_ID');
    group.close();
  });

  it('refuses members that share no protocol with the others', async () => {
    const { group } = await stable();
    const other = [{ name: 'sticky', metadata: Buffer.alloc(0) }];
    expect((await group.join(request({ protocols: other }))).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect((await group.join(request({ protocolType: 'connect' }))).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    group.close();
  });

  it('changes hands in two steps when members rebalance incrementally, without anybody losing its generation', async () => {
    const { group, leader } = await stable();
    const owning = (text: string) => [{ name: 'range', metadata: Buffer.from(text) }];
    const newcomer = group.join(request());
    const first = group.join(request({ memberId: leader.memberId, protocols: owning('0,1') }));
    const { memberId } = await newcomer;
    expect((await first).members.map((m) => m.metadata.toString()).sort()).toEqual(['0,1', 'm']);
    const shareOf = (mine: string, theirs: string) =>
      new Map([
        [leader.memberId, Buffer.from(mine)],
        [memberId, Buffer.from(theirs)],
      ]);
    // First generation: the owner keeps what it may, the newcomer gets nothing yet.
    const waiting = group.sync(memberId, null, 2, new Map());
    expect((await group.sync(leader.memberId, null, 2, shareOf('0', ''))).assignment.toString()).toBe('0');
    expect((await waiting).assignment.toString()).toBe('');
    // The owner has given up a partition and says so by joining again; the newcomer learns of it by its heartbeat.
    const again = group.join(request({ memberId: leader.memberId, protocols: owning('0') }));
    expect(group.heartbeat(memberId, null, 2)).toBe('REBALANCE_IN_PROGRESS');
    expect(group.checkCommit(memberId, null, 2)).toBe('NONE');
    const follower = group.join(request({ memberId }));
    expect([(await again).generation, (await follower).generation]).toEqual([3, 3]);
    const share = group.sync(memberId, null, 3, new Map());
    await group.sync(leader.memberId, null, 3, shareOf('0', '1'));
    expect((await share).assignment.toString()).toBe('1');
    group.close();
  });

  it('does not disturb the others while a static member restarts, keeps its place, and drops it after its session', async () => {
    const { group, leader } = await stable();
    const second = group.join(request({ instanceId: 'i', sessionTimeoutMs: 2000 }));
    await group.join(request({ memberId: leader.memberId }));
    const { memberId, generation } = await second;
    const assigned = group.sync(memberId, 'i', generation, new Map());
    await group.sync(leader.memberId, null, generation, new Map([[memberId, Buffer.from('1')]]));
    await assigned;
    vi.advanceTimersByTime(900);
    expect(group.heartbeat(leader.memberId, null, generation)).toBe('NONE');
    const restarted = await group.join(request({ instanceId: 'i', sessionTimeoutMs: 2000 }));
    expect([restarted.error, restarted.generation]).toEqual(['NONE', generation]);
    expect(restarted.memberId).not.toBe(memberId);
    expect((await group.sync(restarted.memberId, 'i', generation, new Map())).assignment.toString()).toBe('1');
    expect(group.heartbeat(leader.memberId, null, generation)).toBe('NONE');
    expect(group.checkCommit(memberId, 'i', generation)).toBe('FENCED_INSTANCE_ID');
    // Gone for good: the group learns of it when the session is over, and not before.
    for (let ms = 0; ms < 1800; ms += 600) {
      vi.advanceTimersByTime(600);
      expect(group.heartbeat(leader.memberId, null, generation)).toBe('NONE');
    }
    vi.advanceTimersByTime(300);
    expect(group.heartbeat(leader.memberId, null, generation)).toBe('REBALANCE_IN_PROGRESS');
    group.close();
  });

  it('keeps the places of static members that are all restarting, and lets them be removed by name', async () => {
    const { group, leader } = await stable({ instanceId: 'i', sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 1000 });
    const dynamic = group.join(request({ sessionTimeoutMs: 500, rebalanceTimeoutMs: 1000 }));
    vi.advanceTimersByTime(1000);
    const { memberId, members } = await dynamic;
    expect(members.map((m) => m.instanceId)).toEqual(['i', null]);
    expect(group.leave(memberId, null)).toBe('NONE');
    vi.advanceTimersByTime(2500);
    expect([group.state, group.members.size]).toEqual(['PreparingRebalance', 1]);
    const back = group.join(request({ instanceId: 'i' }));
    expect((await back).members).toHaveLength(1);
    expect(group.leave('', 'nobody')).toBe('UNKNOWN_MEMBER_ID');
    expect(group.leave(leader.memberId, 'i')).toBe('FENCED_INSTANCE_ID');
    expect(group.leave('', 'i')).toBe('NONE');
    expect(group.state).toBe('Empty');
    group.close();
  });
});
