import type { KafkaErrorName } from '@millrace/kafka-protocol';

/** One assignor a member knows, with what the member says about itself under it (subscription, owned partitions). */
export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** A JoinGroup request, independent of its version. */
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

/** The answer to a JoinGroup request; only the leader is told the members. */
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

/** The answer to a SyncGroup request: what the leader decided for this member. */
export interface SyncResult {
  readonly error: KafkaErrorName;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly assignment: Buffer;
}

/** No assignment, or no metadata. */
export const NOTHING = Buffer.alloc(0);

/** The answer to a join that does not succeed. */
export function joinError(error: KafkaErrorName, memberId: string): JoinResult {
  const nobody = { generation: -1, protocolType: null, protocol: null, leader: '', members: [] };
  return { error, memberId, skipAssignment: false, ...nobody };
}

/** The answer to a sync that does not succeed. */
export function syncError(error: KafkaErrorName): SyncResult {
  return { error, protocolType: null, protocol: null, assignment: NOTHING };
}
