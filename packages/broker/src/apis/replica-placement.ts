import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { NODE_ID } from './api.ts';

/** Where a client wants the replicas of one partition. */
export interface PlacedPartition {
  readonly partition: number;
  readonly brokers: readonly number[];
}

/** Why replicas cannot be where a client wants them; undefined when they can: all on the one broker there is. */
export function findMisplaced(
  placed: readonly PlacedPartition[],
  firstPartition: number,
): { readonly error: KafkaErrorName; readonly message: string } | undefined {
  const partitions = placed.map(({ partition }) => partition).sort((a, b) => a - b);
  if (partitions.some((partition, i) => partition !== firstPartition + i)) {
    return misplaced(`the partitions of an assignment go from ${firstPartition} on without gaps`);
  }
  for (const { partition, brokers } of placed) {
    if (brokers.length === 0) return misplaced(`partition ${partition} has no replica`);
    const stranger = brokers.find((broker) => broker !== NODE_ID);
    if (stranger !== undefined) return misplaced(`there is no broker ${stranger}; the only one is ${NODE_ID}`);
    if (brokers.length > 1) return misplaced(`partition ${partition} names broker ${NODE_ID} more than once`);
  }
  return undefined;
}

function misplaced(message: string): { readonly error: KafkaErrorName; readonly message: string } {
  return { error: 'INVALID_REPLICA_ASSIGNMENT', message };
}
