import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { Member } from './member.ts';

/**
 * Who is in a group, and who leads it. Answers questions about the members together: what they have in common, who
 * still has to come, which of them may speak.
 */
export class Membership {
  private readonly byId = new Map<string, Member>();
  leader = '';

  get size(): number {
    return this.byId.size;
  }

  get(id: string): Member | undefined {
    return this.byId.get(id);
  }

  values(): Member[] {
    return [...this.byId.values()];
  }

  add(member: Member): void {
    this.byId.set(member.id, member);
  }

  remove(member: Member): void {
    this.byId.delete(member.id);
  }

  /** The same place under another id: a static member came back. */
  rename(member: Member, id: string): void {
    this.byId.delete(member.id);
    if (this.leader === member.id) this.leader = id;
    member.id = id;
    this.byId.set(id, member);
  }

  clear(): void {
    this.byId.clear();
  }

  ofInstance(instanceId: string | null): Member | undefined {
    if (instanceId === null) return undefined;
    for (const member of this.byId.values()) if (member.instanceId === instanceId) return member;
    return undefined;
  }

  /** Why this sender may not speak for a member of the generation; undefined when it may. */
  findStranger(
    memberId: string,
    instanceId: string | null,
    generation: number,
    current: number,
  ): KafkaErrorName | undefined {
    const owner = this.ofInstance(instanceId);
    if (owner !== undefined && owner.id !== memberId) return 'FENCED_INSTANCE_ID';
    if (!this.byId.has(memberId)) return 'UNKNOWN_MEMBER_ID';
    return generation === current ? undefined : 'ILLEGAL_GENERATION';
  }

  /** Every member has a parked join. */
  get allJoined(): boolean {
    return this.values().every((member) => member.isJoining);
  }

  /** How long the slowest member may take, in one phase of a rebalance. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.values().map((member) => member.rebalanceTimeoutMs));
  }

  /** Keeps the leader when it has joined again, otherwise the first that has; false when nobody has. */
  electLeader(): boolean {
    if (this.byId.get(this.leader)?.isJoining) return true;
    const elected = this.values().find((member) => member.isJoining);
    if (elected !== undefined) this.leader = elected.id;
    return elected !== undefined;
  }

  /** Each member votes for its first protocol that everybody knows; the most votes win. */
  voteProtocol(): string {
    const members = this.values();
    const votes = new Map<string, number>();
    for (const member of members) {
      const choice = member.protocols.find(({ name }) => members.every((other) => other.knows(name)));
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  }
}
