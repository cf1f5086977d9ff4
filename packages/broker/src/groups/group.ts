import { randomUUID } from 'node:crypto';
import type { KafkaErrorName } from '@millrace/kafka-protocol';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

interface GroupProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly GroupProtocol[];
  /** Since JoinGroup v4 a member must ask for its id before it takes part. */
  readonly memberIdRequired: boolean;
  /** Since v9 a static leader may be told to keep the assignment. */
  readonly skipAssignmentSupported: boolean;
}

export interface JoinResult {
  readonly error: KafkaErrorName;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: string;
  readonly memberId: string;
  readonly skipAssignment: boolean;
  readonly members: readonly {
    readonly id: string;
    readonly instanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface SyncResult {
  readonly error: KafkaErrorName;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly assignment: Buffer;
}

export interface Member {
  id: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly GroupProtocol[];
  assignment: Buffer;
  join: ((result: JoinResult) => void) | undefined;
  sync: ((result: SyncResult) => void) | undefined;
  session: NodeJS.Timeout | undefined;
}

const NOTHING = Buffer.alloc(0);
const MEMBERS_MAX = 1000;

/**
 * One classic consumer group.
 *
 *     Empty -> PreparingRebalance -> CompletingRebalance -> Stable
 *                      ^ joins are parked      ^ syncs are parked until the leader has sent the assignment
 *
 * A member is heard from by any request; silence for its session timeout removes it and starts a rebalance. Members live
 * in memory only: after a restart of the broker they are told UNKNOWN_MEMBER_ID and join again.
 */
export class Group {
  readonly id: string;
  state: GroupState = 'Empty';
  generation = 0;
  protocolType: string | null = null;
  protocol: string | null = null;
  leader = '';
  readonly members = new Map<string, Member>();
  /** Ids that were handed out by MEMBER_ID_REQUIRED and have not joined yet. */
  private readonly expected = new Map<string, NodeJS.Timeout>();
  private rebalanceTimer: NodeJS.Timeout | undefined;
  private readonly initialDelayMs: number;

  constructor(id: string, initialDelayMs: number) {
    this.id = id;
    this.initialDelayMs = initialDelayMs;
  }

  join(request: JoinRequest): Promise<JoinResult> {
    const refused = this.findJoinError(request);
    if (refused !== undefined) return Promise.resolve(joinError(refused, request.memberId));
    const former = this.memberOfInstance(request.instanceId);
    if (request.memberId === '' && former !== undefined) return this.rejoinStatic(former, request);
    if (request.memberId === '') {
      const id = `${request.instanceId ?? request.clientId}-${randomUUID()}`;
      if (request.memberIdRequired && request.instanceId === null) {
        this.expected.set(
          id,
          setTimeout(() => this.forgetExpected(id), request.sessionTimeoutMs),
        );
        return Promise.resolve(joinError('MEMBER_ID_REQUIRED', id));
      }
      return this.addAndRebalance(id, request);
    }
    if (this.expected.has(request.memberId)) {
      clearTimeout(this.expected.get(request.memberId));
      this.expected.delete(request.memberId);
      return this.addAndRebalance(request.memberId, request);
    }
    const member = this.members.get(request.memberId);
    if (member === undefined) return Promise.resolve(joinError('UNKNOWN_MEMBER_ID', request.memberId));
    if (request.instanceId !== null && former !== member) {
      return Promise.resolve(joinError('FENCED_INSTANCE_ID', request.memberId));
    }
    return this.rejoin(member, request);
  }

  sync(
    memberId: string,
    instanceId: string | null,
    generation: number,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<SyncResult> {
    const error = this.findMemberError(memberId, instanceId, generation);
    const member = this.members.get(memberId);
    if (error !== undefined || member === undefined) return Promise.resolve(syncError(error ?? 'UNKNOWN_MEMBER_ID'));
    if (this.state === 'PreparingRebalance') return Promise.resolve(syncError('REBALANCE_IN_PROGRESS'));
    this.touch(member);
    if (this.state === 'Stable') return Promise.resolve(this.syncResult(member));
    member.sync?.(syncError('REBALANCE_IN_PROGRESS'));
    const parked = new Promise<SyncResult>((resolve) => {
      member.sync = resolve;
    });
    if (memberId === this.leader) this.becomeStable(assignments);
    return parked;
  }

  heartbeat(memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    const error = this.findMemberError(memberId, instanceId, generation);
    if (error !== undefined) return error;
    const member = this.members.get(memberId);
    if (member !== undefined) this.touch(member);
    return this.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  leave(memberId: string, instanceId: string | null): KafkaErrorName {
    if (this.expected.has(memberId)) {
      this.forgetExpected(memberId);
      return 'NONE';
    }
    const member = instanceId === null ? this.members.get(memberId) : this.memberOfInstance(instanceId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    if (memberId !== '' && member.id !== memberId) return 'FENCED_INSTANCE_ID';
    this.remove(member);
    return 'NONE';
  }

  /** Whether offsets may be committed by this member. A commit without member is allowed while nobody is in the group. */
  checkCommit(memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    if (generation < 0 && memberId === '') return this.state === 'Empty' ? 'NONE' : 'UNKNOWN_MEMBER_ID';
    const error = this.findMemberError(memberId, instanceId, generation);
    if (error !== undefined) return error;
    const member = this.members.get(memberId);
    if (member !== undefined) this.touch(member);
    return this.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  /** Nobody is in the group and nobody is about to be. */
  get isIdle(): boolean {
    return this.state === 'Empty' && this.expected.size === 0;
  }

  /** Ends all timers and parked requests: the broker stops or the group is deleted. */
  close(): void {
    this.state = 'Dead';
    clearTimeout(this.rebalanceTimer);
    for (const timer of this.expected.values()) clearTimeout(timer);
    for (const member of this.members.values()) {
      clearTimeout(member.session);
      member.join?.(joinError('COORDINATOR_NOT_AVAILABLE', member.id));
      member.sync?.(syncError('COORDINATOR_NOT_AVAILABLE'));
    }
    this.members.clear();
  }

  private findJoinError(request: JoinRequest): KafkaErrorName | undefined {
    if (this.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
    if (this.members.size + this.expected.size >= MEMBERS_MAX && request.memberId === '')
      return 'GROUP_MAX_SIZE_REACHED';
    if (request.protocols.length === 0) return 'INCONSISTENT_GROUP_PROTOCOL';
    const others = [...this.members.values()].filter((m) => m.id !== request.memberId);
    if (others.length === 0) return undefined;
    if (request.protocolType !== this.protocolType) return 'INCONSISTENT_GROUP_PROTOCOL';
    const common = request.protocols.some((p) => others.every((m) => m.protocols.some((q) => q.name === p.name)));
    return common ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
  }

  private findMemberError(memberId: string, instanceId: string | null, generation: number): KafkaErrorName | undefined {
    const owner = this.memberOfInstance(instanceId);
    if (owner !== undefined && owner.id !== memberId) return 'FENCED_INSTANCE_ID';
    if (!this.members.has(memberId)) return 'UNKNOWN_MEMBER_ID';
    return generation === this.generation ? undefined : 'ILLEGAL_GENERATION';
  }

  private memberOfInstance(instanceId: string | null): Member | undefined {
    if (instanceId === null) return undefined;
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member;
    return undefined;
  }

  private addAndRebalance(id: string, request: JoinRequest): Promise<JoinResult> {
    const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
    const member: Member = {
      ...{
        id,
        instanceId,
        clientId,
        clientHost,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocols,
      },
      ...{
        assignment: NOTHING,
        join: undefined,
        sync: undefined,
        session: undefined,
      },
    };
    this.members.set(id, member);
    this.protocolType = request.protocolType;
    return this.parkJoin(member);
  }

  private rejoin(member: Member, request: JoinRequest): Promise<JoinResult> {
    const changed = !sameProtocols(member.protocols, request.protocols);
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    this.touch(member);
    const settled =
      (this.state === 'CompletingRebalance' && !changed) ||
      (this.state === 'Stable' && !changed && member.id !== this.leader);
    return settled ? Promise.resolve(this.joinResult(member)) : this.parkJoin(member);
  }

  /** A static member that was restarted takes over its old place under a new id, without a rebalance when it can. */
  private rejoinStatic(former: Member, request: JoinRequest): Promise<JoinResult> {
    const formerId = former.id;
    former.join?.(joinError('FENCED_INSTANCE_ID', formerId));
    former.sync?.(syncError('FENCED_INSTANCE_ID'));
    former.join = undefined;
    former.sync = undefined;
    this.members.delete(formerId);
    former.id = `${request.instanceId}-${randomUUID()}`;
    this.members.set(former.id, former);
    const wasLeader = this.leader === formerId;
    if (wasLeader) this.leader = former.id;
    const keeps = this.state === 'Stable' && sameProtocols(former.protocols, request.protocols);
    former.protocols = request.protocols;
    this.touch(former);
    if (!keeps) return this.parkJoin(former);
    const result = this.joinResult(former);
    if (!wasLeader) return Promise.resolve(result);
    // A leader that cannot be told to skip the assignment must believe that somebody else leads.
    return Promise.resolve(
      request.skipAssignmentSupported
        ? { ...result, skipAssignment: true }
        : { ...result, leader: formerId, members: [] },
    );
  }

  private parkJoin(member: Member): Promise<JoinResult> {
    member.join?.(joinError('REBALANCE_IN_PROGRESS', member.id));
    const parked = new Promise<JoinResult>((resolve) => {
      member.join = resolve;
    });
    clearTimeout(member.session);
    this.prepareRebalance();
    return parked;
  }

  private prepareRebalance(): void {
    if (this.state !== 'PreparingRebalance') {
      const wasEmpty = this.state === 'Empty';
      this.state = 'PreparingRebalance';
      clearTimeout(this.rebalanceTimer);
      for (const member of this.members.values()) {
        member.sync?.(syncError('REBALANCE_IN_PROGRESS'));
        member.sync = undefined;
      }
      const limitMs = Math.max(0, ...[...this.members.values()].map((m) => m.rebalanceTimeoutMs));
      if (wasEmpty && this.initialDelayMs > 0) {
        this.rebalanceTimer = setTimeout(() => this.completeJoin(), this.initialDelayMs);
        return;
      }
      this.rebalanceTimer = setTimeout(() => this.completeJoin(), limitMs);
    }
    this.completeJoinWhenReady();
  }

  private completeJoinWhenReady(): void {
    if (this.state !== 'PreparingRebalance') return;
    if (this.expected.size > 0 && this.members.size > 0 && this.generation > 0) return;
    for (const member of this.members.values()) if (member.join === undefined) return;
    this.completeJoin();
  }

  private completeJoin(): void {
    clearTimeout(this.rebalanceTimer);
    for (const member of [...this.members.values()]) {
      if (member.join === undefined && member.instanceId === null) this.discard(member);
    }
    this.generation++;
    if (this.members.size === 0) {
      this.state = 'Empty';
      this.protocol = null;
      this.leader = '';
      return;
    }
    this.state = 'CompletingRebalance';
    this.protocol = this.voteProtocol();
    if (this.members.get(this.leader)?.join === undefined) {
      this.leader = ([...this.members.values()].find((m) => m.join !== undefined) ?? this.firstMember()).id;
    }
    const limitMs = Math.max(...[...this.members.values()].map((m) => m.rebalanceTimeoutMs));
    this.rebalanceTimer = setTimeout(() => this.expireSync(), limitMs);
    for (const member of this.members.values()) {
      const answer = member.join;
      member.join = undefined;
      this.touch(member);
      answer?.(this.joinResult(member));
    }
  }

  private becomeStable(assignments: ReadonlyMap<string, Buffer>): void {
    clearTimeout(this.rebalanceTimer);
    this.state = 'Stable';
    for (const member of this.members.values()) {
      // Copied: a view would keep the whole request in memory as long as the group lives.
      member.assignment = Buffer.from(assignments.get(member.id) ?? NOTHING);
      member.sync?.(this.syncResult(member));
      member.sync = undefined;
    }
  }

  /** The leader, or somebody else, joined but never asked for the assignment. */
  private expireSync(): void {
    if (this.state !== 'CompletingRebalance') return;
    for (const member of [...this.members.values()]) if (member.sync === undefined) this.discard(member);
    this.prepareRebalance();
  }

  private remove(member: Member): void {
    this.discard(member);
    if (this.state === 'PreparingRebalance') this.completeJoinWhenReady();
    else this.prepareRebalance();
  }

  private discard(member: Member): void {
    clearTimeout(member.session);
    member.join?.(joinError('UNKNOWN_MEMBER_ID', member.id));
    member.sync?.(syncError('UNKNOWN_MEMBER_ID'));
    this.members.delete(member.id);
  }

  private forgetExpected(id: string): void {
    clearTimeout(this.expected.get(id));
    this.expected.delete(id);
    this.completeJoinWhenReady();
  }

  private touch(member: Member): void {
    clearTimeout(member.session);
    if (member.join !== undefined) return;
    member.session = setTimeout(() => this.remove(member), member.sessionTimeoutMs);
  }

  /** Each member votes for its first protocol that everybody knows. */
  private voteProtocol(): string {
    const members = [...this.members.values()];
    const votes = new Map<string, number>();
    for (const member of members) {
      const choice = member.protocols.find((p) => members.every((m) => m.protocols.some((q) => q.name === p.name)));
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  }

  private joinResult(member: Member): JoinResult {
    const members =
      member.id === this.leader
        ? [...this.members.values()].map((m) => ({
            id: m.id,
            instanceId: m.instanceId,
            metadata: this.metadataOf(m),
          }))
        : [];
    const { generation, protocolType, protocol, leader } = this;
    return {
      error: 'NONE',
      generation,
      protocolType,
      protocol,
      leader,
      memberId: member.id,
      skipAssignment: false,
      members,
    };
  }

  private syncResult(member: Member): SyncResult {
    return {
      error: 'NONE',
      protocolType: this.protocolType,
      protocol: this.protocol,
      assignment: member.assignment,
    };
  }

  /** What a member said about itself under the chosen protocol. */
  metadataOf(member: Member): Buffer {
    return member.protocols.find((p) => p.name === this.protocol)?.metadata ?? NOTHING;
  }

  private firstMember(): Member {
    return this.members.values().next().value as Member;
  }
}

function sameProtocols(a: readonly GroupProtocol[], b: readonly GroupProtocol[]): boolean {
  return a.length === b.length && a.every((p, i) => p.name === b[i]?.name && p.metadata.equals(b[i].metadata));
}

/** The answer to a join that does not succeed. */
export function joinError(error: KafkaErrorName, memberId: string): JoinResult {
  return {
    error,
    generation: -1,
    protocolType: null,
    protocol: null,
    leader: '',
    memberId,
    skipAssignment: false,
    members: [],
  };
}

/** The answer to a sync that does not succeed. */
export function syncError(error: KafkaErrorName): SyncResult {
  return { error, protocolType: null, protocol: null, assignment: NOTHING };
}
