import { randomUUID } from 'node:crypto';
import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { decideJoin } from './decide-join.ts';
import { GROUP_MOVES, type GroupState, MEMBER_ANSWERS } from './group-lifecycle.ts';
import { type JoinRequest, type JoinResult, joinError, NOTHING, type SyncResult, syncError } from './group-messages.ts';
import { Member } from './member.ts';
import { Membership } from './membership.ts';

/**
 * One classic consumer group: the state machine of {@link GROUP_MOVES}, its timers and its parked requests.
 *
 * A member is heard from by any request; silence for its session timeout removes it and starts a rebalance. Members live
 * in memory only: after a restart of the broker they are told UNKNOWN_MEMBER_ID and join again.
 */
export class Group {
  readonly id: string;
  readonly members = new Membership();
  generation = 0;
  protocolType: string | null = null;
  protocol: string | null = null;
  private current: GroupState = 'Empty';
  private readonly expected = new Map<string, NodeJS.Timeout>();
  private rebalanceTimer: NodeJS.Timeout | undefined;
  private readonly initialDelayMs: number;

  constructor(id: string, initialDelayMs: number) {
    this.id = id;
    this.initialDelayMs = initialDelayMs;
  }

  get state(): GroupState {
    return this.current;
  }

  /** Nobody is in the group and nobody is about to be. */
  get isIdle(): boolean {
    return this.current === 'Empty' && this.expected.size === 0;
  }

  join(request: JoinRequest): Promise<JoinResult> {
    const { state, protocolType, members, expected } = this;
    const decision = decideJoin(request, { state, protocolType, members, expected });
    switch (decision.kind) {
      case 'refuse':
        return Promise.resolve(joinError(decision.error, request.memberId));
      case 'hand-out-id':
        return Promise.resolve(joinError('MEMBER_ID_REQUIRED', this.expect(request)));
      case 'add':
        return this.add(decision.memberId ?? newMemberId(request), request);
      case 'rejoin':
        return this.rejoin(decision.member, request);
      case 'take-over':
        return this.takeOver(decision.former, request);
    }
  }

  sync(
    memberId: string,
    instanceId: string | null,
    generation: number,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<SyncResult> {
    const stranger = this.members.findStranger(memberId, instanceId, generation, this.generation);
    const member = this.members.get(memberId);
    if (stranger !== undefined || member === undefined) {
      return Promise.resolve(syncError(stranger ?? 'UNKNOWN_MEMBER_ID'));
    }
    const answer = MEMBER_ANSWERS[this.current].sync;
    if (answer !== 'park' && answer !== 'answer') return Promise.resolve(syncError(answer));
    this.touch(member);
    if (answer === 'answer') return Promise.resolve(this.syncResult(member));
    const parked = member.parkSync();
    if (memberId === this.members.leader) this.becomeStable(assignments);
    return parked;
  }

  /** A member that believes in another protocol than the group's; a null claims nothing. For strangers, sync has the answer. */
  findDisagreement(
    memberId: string,
    generation: number,
    claimed: { readonly protocolType: string | null; readonly protocol: string | null },
  ): 'INCONSISTENT_GROUP_PROTOCOL' | undefined {
    if (this.members.get(memberId) === undefined || generation !== this.generation) return undefined;
    const agrees =
      (claimed.protocolType ?? this.protocolType) === this.protocolType &&
      (claimed.protocol ?? this.protocol) === this.protocol;
    return agrees ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
  }

  heartbeat(memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    return this.hear(memberId, instanceId, generation) ?? MEMBER_ANSWERS[this.current].heartbeat;
  }

  /** Whether offsets may be committed by this member. A commit without member is allowed while nobody is in the group. */
  checkCommit(memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    if (generation < 0 && memberId === '') return this.current === 'Empty' ? 'NONE' : 'UNKNOWN_MEMBER_ID';
    return this.hear(memberId, instanceId, generation) ?? MEMBER_ANSWERS[this.current].commit;
  }

  leave(memberId: string, instanceId: string | null): KafkaErrorName {
    if (this.expected.has(memberId)) {
      this.forgetExpected(memberId);
      return 'NONE';
    }
    const member = instanceId === null ? this.members.get(memberId) : this.members.ofInstance(instanceId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    if (memberId !== '' && member.id !== memberId) return 'FENCED_INSTANCE_ID';
    this.remove(member);
    return 'NONE';
  }

  /** Ends all timers and parked requests: the broker stops or the group is deleted. */
  close(): void {
    this.move('Dead');
    clearTimeout(this.rebalanceTimer);
    for (const timer of this.expected.values()) clearTimeout(timer);
    for (const member of this.members.values()) member.dismiss('COORDINATOR_NOT_AVAILABLE');
    this.members.clear();
  }

  private move(to: GroupState): void {
    if (!GROUP_MOVES[this.current].includes(to)) throw new Error(`group ${this.id}: ${this.current} -> ${to}`);
    this.current = to;
  }

  /** Notes that a member is alive; or says why the sender is none. */
  private hear(memberId: string, instanceId: string | null, generation: number): KafkaErrorName | undefined {
    const stranger = this.members.findStranger(memberId, instanceId, generation, this.generation);
    const member = this.members.get(memberId);
    if (stranger === undefined && member !== undefined) this.touch(member);
    return stranger;
  }

  private touch(member: Member): void {
    member.touch(() => this.remove(member));
  }

  /** Hands out an id that must be used within the session timeout. */
  private expect(request: JoinRequest): string {
    const id = newMemberId(request);
    this.expected.set(
      id,
      setTimeout(() => this.forgetExpected(id), request.sessionTimeoutMs),
    );
    return id;
  }

  private forgetExpected(id: string): void {
    clearTimeout(this.expected.get(id));
    this.expected.delete(id);
    this.completeJoinWhenReady();
  }

  private add(id: string, request: JoinRequest): Promise<JoinResult> {
    clearTimeout(this.expected.get(id));
    this.expected.delete(id);
    const member = new Member(id, request);
    this.members.add(member);
    this.protocolType = request.protocolType;
    return this.parkJoin(member);
  }

  private rejoin(member: Member, request: JoinRequest): Promise<JoinResult> {
    const changed = member.update(request);
    this.touch(member);
    const leads = member.id === this.members.leader;
    const settled = !changed && (this.current === 'CompletingRebalance' || (this.current === 'Stable' && !leads));
    return settled ? Promise.resolve(this.joinResult(member)) : this.parkJoin(member);
  }

  /** A static member that was restarted takes over its old place under a new id, without a rebalance when it can. */
  private takeOver(former: Member, request: JoinRequest): Promise<JoinResult> {
    const formerId = former.id;
    former.dismiss('FENCED_INSTANCE_ID');
    const led = this.members.leader === formerId;
    this.members.rename(former, newMemberId(request));
    const changed = former.update(request);
    this.touch(former);
    if (this.current !== 'Stable' || changed) return this.parkJoin(former);
    const result = this.joinResult(former);
    if (!led) return Promise.resolve(result);
    // A leader that cannot be told to skip the assignment must believe that somebody else leads.
    const kept = request.skipAssignmentSupported ? { skipAssignment: true } : { leader: formerId, members: [] };
    return Promise.resolve({ ...result, ...kept });
  }

  private parkJoin(member: Member): Promise<JoinResult> {
    const parked = member.parkJoin();
    this.prepareRebalance();
    return parked;
  }

  private prepareRebalance(): void {
    if (this.current !== 'PreparingRebalance') {
      const wasEmpty = this.current === 'Empty';
      this.move('PreparingRebalance');
      for (const member of this.members.values()) member.answerSync(syncError('REBALANCE_IN_PROGRESS'));
      const waitsForMore = wasEmpty && this.initialDelayMs > 0;
      this.awaitRebalance(
        () => this.completeJoin(),
        waitsForMore ? this.initialDelayMs : this.members.rebalanceTimeoutMs,
      );
      if (waitsForMore) return;
    }
    this.completeJoinWhenReady();
  }

  private awaitRebalance(then: () => void, afterMs: number): void {
    clearTimeout(this.rebalanceTimer);
    this.rebalanceTimer = setTimeout(then, afterMs);
  }

  private completeJoinWhenReady(): void {
    if (this.current !== 'PreparingRebalance') return;
    if (this.expected.size > 0 && this.members.size > 0 && this.generation > 0) return;
    if (this.members.allJoined) this.completeJoin();
  }

  private completeJoin(): void {
    clearTimeout(this.rebalanceTimer);
    for (const member of this.members.values()) {
      if (!member.isJoining && member.instanceId === null) this.discard(member);
    }
    // Only static members, all of them restarting: their places are kept for another round.
    if (this.members.size > 0 && !this.members.electLeader()) {
      this.awaitRebalance(() => this.completeJoin(), this.members.rebalanceTimeoutMs);
      return;
    }
    this.generation++;
    if (this.members.size === 0) {
      this.move('Empty');
      this.protocol = null;
      this.members.leader = '';
      return;
    }
    this.move('CompletingRebalance');
    this.protocol = this.members.voteProtocol();
    this.awaitRebalance(() => this.expireSync(), this.members.rebalanceTimeoutMs);
    for (const member of this.members.values()) {
      member.answerJoin(this.joinResult(member));
      this.touch(member);
    }
  }

  private becomeStable(assignments: ReadonlyMap<string, Buffer>): void {
    clearTimeout(this.rebalanceTimer);
    this.move('Stable');
    for (const member of this.members.values()) {
      // Copied: a view would keep the whole request in memory as long as the group lives.
      member.assignment = Buffer.from(assignments.get(member.id) ?? NOTHING);
      member.answerSync(this.syncResult(member));
    }
  }

  /** The leader, or somebody else, joined but never asked for the assignment. */
  private expireSync(): void {
    if (this.current !== 'CompletingRebalance') return;
    for (const member of this.members.values()) if (!member.isSyncing) this.discard(member);
    this.prepareRebalance();
  }

  private remove(member: Member): void {
    this.discard(member);
    if (this.current === 'PreparingRebalance') this.completeJoinWhenReady();
    else this.prepareRebalance();
  }

  private discard(member: Member): void {
    member.dismiss('UNKNOWN_MEMBER_ID');
    this.members.remove(member);
  }

  private joinResult(member: Member): JoinResult {
    const { generation, protocolType, protocol } = this;
    const { leader } = this.members;
    const told = member.id === leader ? this.members.values() : [];
    return {
      ...{ error: 'NONE', generation, protocolType, protocol, leader, memberId: member.id, skipAssignment: false },
      members: told.map((m) => ({ id: m.id, instanceId: m.instanceId, metadata: m.metadata(protocol) })),
    };
  }

  private syncResult(member: Member): SyncResult {
    const { protocolType, protocol } = this;
    return { error: 'NONE', protocolType, protocol, assignment: member.assignment };
  }
}

function newMemberId(request: JoinRequest): string {
  return `${request.instanceId ?? request.clientId}-${randomUUID()}`;
}
