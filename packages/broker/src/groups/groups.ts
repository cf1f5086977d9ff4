import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { Group } from './group.ts';
import { type JoinRequest, type JoinResult, joinError, type SyncResult, syncError } from './group-messages.ts';
import type { GroupOffsets } from './group-offsets.ts';

const SESSION_TIMEOUT_MS_MIN = 100;
const SESSION_TIMEOUT_MS_MAX = 30 * 60_000;

/** All consumer groups: which members they have now, beside what {@link GroupOffsets} remembers. */
export class Groups {
  private readonly groups = new Map<string, Group>();
  private readonly offsets: GroupOffsets;
  private readonly initialDelayMs: number;

  constructor(offsets: GroupOffsets, initialDelayMs: number) {
    this.offsets = offsets;
    this.initialDelayMs = initialDelayMs;
  }

  get(id: string): Group | undefined {
    return this.groups.get(id);
  }

  /** Ids of groups that have members or committed offsets. */
  ids(): string[] {
    return [...new Set([...this.groups.keys(), ...this.offsets.groupIds()])];
  }

  join(groupId: string, request: JoinRequest): Promise<JoinResult> {
    if (groupId === '') return Promise.resolve(joinError('INVALID_GROUP_ID', request.memberId));
    if (request.sessionTimeoutMs < SESSION_TIMEOUT_MS_MIN || request.sessionTimeoutMs > SESSION_TIMEOUT_MS_MAX) {
      return Promise.resolve(joinError('INVALID_SESSION_TIMEOUT', request.memberId));
    }
    let group = this.groups.get(groupId);
    if (group === undefined) {
      if (request.memberId !== '') return Promise.resolve(joinError('UNKNOWN_MEMBER_ID', request.memberId));
      group = new Group(groupId, this.initialDelayMs);
      this.groups.set(groupId, group);
    }
    return group.join(request);
  }

  sync(
    groupId: string,
    memberId: string,
    instanceId: string | null,
    generation: number,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<SyncResult> {
    const group = this.groups.get(groupId);
    return (
      group?.sync(memberId, instanceId, generation, assignments) ?? Promise.resolve(syncError('UNKNOWN_MEMBER_ID'))
    );
  }

  heartbeat(groupId: string, memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    return this.groups.get(groupId)?.heartbeat(memberId, instanceId, generation) ?? 'UNKNOWN_MEMBER_ID';
  }

  leave(groupId: string, memberId: string, instanceId: string | null): KafkaErrorName {
    return this.groups.get(groupId)?.leave(memberId, instanceId) ?? 'UNKNOWN_MEMBER_ID';
  }

  checkCommit(groupId: string, memberId: string, instanceId: string | null, generation: number): KafkaErrorName {
    const group = this.groups.get(groupId);
    if (group === undefined) {
      if (generation < 0) return 'NONE';
      // A group that has offsets is empty and does not know the member; one that never was has no generation either.
      return this.offsets.has(groupId) ? 'UNKNOWN_MEMBER_ID' : 'ILLEGAL_GENERATION';
    }
    return group.checkCommit(memberId, instanceId, generation);
  }

  /** Deletes a group that has no members. */
  async delete(groupId: string): Promise<KafkaErrorName> {
    const group = this.groups.get(groupId);
    if (group !== undefined && group.state !== 'Empty') return 'NON_EMPTY_GROUP';
    if (group === undefined && !this.offsets.has(groupId)) return 'GROUP_ID_NOT_FOUND';
    group?.close();
    this.groups.delete(groupId);
    await this.offsets.deleteGroup(groupId);
    return 'NONE';
  }

  /** Forgets groups without members, and their offsets once those are older than `beforeMs`. */
  async expire(beforeMs: number): Promise<void> {
    for (const [id, group] of this.groups) {
      if (group.isIdle) {
        group.close();
        this.groups.delete(id);
      }
    }
    for (const id of this.offsets.groupIds()) {
      if (this.groups.has(id)) continue;
      const offsets = this.offsets.all(id);
      if (offsets.length > 0 && offsets.every((o) => o.committedAtMs < beforeMs)) await this.offsets.deleteGroup(id);
    }
  }

  close(): void {
    for (const group of this.groups.values()) group.close();
  }
}
