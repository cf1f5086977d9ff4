import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { AbortedTransaction } from '../log/aborted-transactions.ts';
import type { Isolation } from '../log/partition.ts';

/** A partition a client wants to read, and from where. */
export interface Wanted {
  /** How the client named the topic: by name, or (from v13 on) by id. */
  readonly topicKey: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly maxBytes: number;
}

/** How long, how much and what a fetch reads. */
export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: Isolation;
}

/** What was found for one {@link Wanted}. */
export interface Found {
  readonly topicKey: string;
  readonly partition: number;
  readonly error: KafkaErrorName;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/** Names a partition within one fetch. */
export function wantedKey(topicKey: string, partition: number): string {
  return `${partition}:${topicKey}`;
}
