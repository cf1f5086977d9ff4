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
});
