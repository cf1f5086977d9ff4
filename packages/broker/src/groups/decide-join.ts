import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { GroupState } from './group-lifecycle.ts';
import type { JoinRequest } from './group-messages.ts';
import type { Member } from './member.ts';
import type { Membership } from './membership.ts';

const MEMBERS_MAX = 1000;

/** What a group knows when somebody asks to join. */
export interface JoinFacts {
  readonly state: GroupState;
  readonly protocolType: string | null;
  readonly members: Membership;
  /** Ids that were handed out by MEMBER_ID_REQUIRED and have not joined yet. */
  readonly expected: { has(id: string): boolean; readonly size: number };
}

/** What becomes of a JoinGroup request. */
export type JoinDecision =
  | { readonly kind: 'refuse'; readonly error: KafkaErrorName }
  /** The client must come again with an id (KIP-394), so that a lost answer leaves no ghost. */
  | { readonly kind: 'hand-out-id' }
  | { readonly kind: 'add'; readonly memberId: string | undefined }
  | { readonly kind: 'rejoin'; readonly member: Member }
  /** A static member was restarted and takes its old place (KIP-345). */
  | { readonly kind: 'take-over'; readonly former: Member };

/** Kafka's rules for who may join and as whom. */
export function decideJoin(request: JoinRequest, facts: JoinFacts): JoinDecision {
  const { members, expected } = facts;
  const { memberId, instanceId } = request;
  const refusal = findRefusal(request, facts);
  if (refusal !== undefined) return { kind: 'refuse', error: refusal };
  const former = members.ofInstance(instanceId);
  if (memberId === '') {
    if (former !== undefined) return { kind: 'take-over', former };
    return request.memberIdRequired && instanceId === null
      ? { kind: 'hand-out-id' }
      : { kind: 'add', memberId: undefined };
  }
  if (expected.has(memberId)) return { kind: 'add', memberId };
  const member = members.get(memberId);
  if (member === undefined) return { kind: 'refuse', error: 'UNKNOWN_MEMBER_ID' };
  if (instanceId !== null && former !== member) return { kind: 'refuse', error: 'FENCED_INSTANCE_ID' };
  return { kind: 'rejoin', member };
}

function findRefusal(
  request: JoinRequest,
  { state, protocolType, members, expected }: JoinFacts,
): KafkaErrorName | undefined {
  if (state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
  if (request.memberId === '' && members.size + expected.size >= MEMBERS_MAX) return 'GROUP_MAX_SIZE_REACHED';
  if (request.protocols.length === 0) return 'INCONSISTENT_GROUP_PROTOCOL';
  const others = members.values().filter(({ id }) => id !== request.memberId);
  if (others.length === 0) return undefined;
  if (request.protocolType !== protocolType) return 'INCONSISTENT_GROUP_PROTOCOL';
  const shared = request.protocols.some(({ name }) => others.every((member) => member.knows(name)));
  return shared ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
}
