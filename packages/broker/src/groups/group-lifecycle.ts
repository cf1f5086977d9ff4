import type { KafkaErrorName } from '@millrace/kafka-protocol';

/** Kafka's ClassicGroupState, spelled as DescribeGroups shows it. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/**
 * Which state may follow which.
 *
 *     Empty -> PreparingRebalance -> CompletingRebalance -> Stable
 *                      ^ joins are parked      ^ syncs are parked until the leader has sent the assignment
 */
export const GROUP_MOVES: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: ['Dead'],
};

/** What a member that is known, unfenced and of this generation is answered in each state. */
interface MemberAnswers {
  readonly heartbeat: KafkaErrorName;
  readonly commit: KafkaErrorName;
  /** `park` until the leader has decided, `answer` with what it decided, or an error. */
  readonly sync: 'park' | 'answer' | KafkaErrorName;
}

/** Kafka's GroupMetadataManager, classic groups. Empty and Dead groups have no members to answer. */
export const MEMBER_ANSWERS: Readonly<Record<GroupState, MemberAnswers>> = {
  Empty: { heartbeat: 'UNKNOWN_MEMBER_ID', commit: 'UNKNOWN_MEMBER_ID', sync: 'UNKNOWN_MEMBER_ID' },
  PreparingRebalance: { heartbeat: 'REBALANCE_IN_PROGRESS', commit: 'NONE', sync: 'REBALANCE_IN_PROGRESS' },
  CompletingRebalance: { heartbeat: 'NONE', commit: 'REBALANCE_IN_PROGRESS', sync: 'park' },
  Stable: { heartbeat: 'NONE', commit: 'NONE', sync: 'answer' },
  Dead: {
    heartbeat: 'COORDINATOR_NOT_AVAILABLE',
    commit: 'COORDINATOR_NOT_AVAILABLE',
    sync: 'COORDINATOR_NOT_AVAILABLE',
  },
};
