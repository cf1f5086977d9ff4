import { DiskRefusedError } from '../files/disk-refused-error.ts';
import type { BrokerState } from './api.ts';

/**
 * The outcome of a durable change of the coordinator, or the error that lets the client try again later when the disk
 * refused it. Called with the promise of a change that was begun: what a handler changes, it changes before it waits.
 */
export async function orUnavailable<T>(
  change: Promise<T>,
  broker: BrokerState,
): Promise<T | 'COORDINATOR_NOT_AVAILABLE'> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof DiskRefusedError)) throw error;
    broker.settings.log(error.message);
    return 'COORDINATOR_NOT_AVAILABLE';
  }
}

/** The same for topics, whose changes are complete when the call returns. */
export function orStorageError<T>(change: () => T, broker: BrokerState): T | 'KAFKA_STORAGE_ERROR' {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof DiskRefusedError)) throw error;
    broker.settings.log(error.message);
    return 'KAFKA_STORAGE_ERROR';
  }
}

/** The same for what administrators change: users, rules and limits. */
export async function settled(change: Promise<void>, broker: BrokerState): Promise<'NONE' | 'KAFKA_STORAGE_ERROR'> {
  try {
    await change;
    return 'NONE';
  } catch (error) {
    if (!(error instanceof DiskRefusedError)) throw error;
    broker.settings.log(error.message);
    return 'KAFKA_STORAGE_ERROR';
  }
}
