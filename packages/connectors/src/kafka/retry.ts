import { type RetryOptions, retrying } from '../retrying.ts';
import { mayRetry } from './errors.ts';

/** {@link retrying} for what Kafka calls retriable, and for lost connections, unless told otherwise. */
export function retryingKafka<T>(
  attempt: () => Promise<T>,
  options: Omit<RetryOptions, 'retriable'> & Partial<Pick<RetryOptions, 'retriable'>>,
): Promise<T> {
  return retrying(attempt, { retriable: mayRetry, ...options });
}
