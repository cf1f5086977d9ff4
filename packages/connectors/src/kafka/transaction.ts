import { StreamError } from '@millrace/model';
import { z } from 'zod';
import { byTopic, type KafkaClient, type TopicPartition } from './client.ts';
import { brokerCodeOf, kafkaError, mayRetry } from './errors.ts';
import type { ProducerIdentity } from './producer.ts';
import { retryingKafka } from './retry.ts';

/** Transactional ids per writer: one may be open, the others await their commit. */
export const SLOTS = 4;

/** Deterministic, so that whoever comes after a crash can find and end what was left open, without listing transactions. */
export function transactionalIdOf(
  prefix: string,
  job: string,
  operator: string,
  subtask: number,
  slot: number,
): string {
  return `${prefix}-${job}-${operator}-${subtask}-${slot}`;
}

const committable = z.object({
  transactionalId: z.string(),
  /** An int64, as digits. */
  producerId: z.string().regex(/^\d+$/),
  producerEpoch: z.int(),
  /** Of the places that name none. */
  topic: z.string(),
  /** Where the transaction starts in each partition it wrote to; the log there says how it ended. */
  starts: z.array(z.object({ topic: z.string().optional(), partition: z.int(), offset: z.int() })).min(1),
});

/** A sealed transaction: flushed, not ended. Any process can commit it. */
export type KafkaCommittable = z.infer<typeof committable>;

export function parseCommittable(value: unknown): KafkaCommittable {
  const parsed = committable.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = 'the checkpoint holds a Kafka transaction that cannot be read';
  throw new StreamError('kafka.bad-committable', message, {
    domain: 'internal',
    retry: 'never',
    detail: z.prettifyError(parsed.error),
  });
}

const INIT_DEADLINE_MS = 60_000;

/** A new epoch for `transactionalId`: aborts what is open under it and fences whoever held it. */
export async function initTransaction(
  client: KafkaClient,
  transactionalId: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProducerIdentity> {
  try {
    const { producerId, producerEpoch } = await retryingKafka(
      async () => {
        const coordinator = await client.transactionCoordinator(transactionalId);
        return coordinator.initProducerId({ transactionalId, transactionTimeout: timeoutMs });
      },
      { signal, deadlineMs: INIT_DEADLINE_MS },
    );
    return { transactionalId, producerId: Number(producerId), producerEpoch };
  } catch (error) {
    signal.throwIfAborted();
    throw kafkaError(error, `starting transaction '${transactionalId}'`);
  }
}

/** Must precede the first batch of each partition. Idempotent. */
export async function addPartitions(
  client: KafkaClient,
  identity: ProducerIdentity & { readonly transactionalId: string },
  places: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<void> {
  const { transactionalId, producerId, producerEpoch } = identity;
  try {
    await retryingKafka(
      async () => {
        const coordinator = await client.transactionCoordinator(transactionalId);
        await coordinator.addPartitionsToTxn({
          transactionalId,
          producerId: String(producerId),
          producerEpoch,
          topics: byTopic(places).map(({ topic, partitions }) => ({ topic, partitions })),
        });
      },
      { signal, deadlineMs: INIT_DEADLINE_MS },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw kafkaError(error, `adding partitions to transaction '${transactionalId}'`);
  }
}

export type EndAnswer = 'ended' | 'refused';

const REFUSALS: ReadonlySet<number> = new Set([47, 48, 49, 90]);

/**
 * EndTxn, tried again while the coordinator moves, loads or is busy. `refused`: another epoch holds the id, the
 * transaction is over or was never there (47, 48, 49, 90); the log must tell which.
 */
export async function endTransaction(
  client: KafkaClient,
  transaction: Pick<KafkaCommittable, 'transactionalId' | 'producerId' | 'producerEpoch'>,
  outcome: 'commit' | 'abort',
  signal: AbortSignal,
): Promise<EndAnswer> {
  const { transactionalId, producerId, producerEpoch } = transaction;
  try {
    await retryingKafka(
      async () => {
        const coordinator = await client.transactionCoordinator(transactionalId);
        await coordinator.endTxn({
          transactionalId,
          producerId,
          producerEpoch,
          transactionResult: outcome === 'commit',
        });
      },
      { signal, retriable: (error) => !REFUSALS.has(brokerCodeOf(error) ?? 0) && mayRetry(error) },
    );
    return 'ended';
  } catch (error) {
    if (REFUSALS.has(brokerCodeOf(error) ?? 0)) return 'refused';
    signal.throwIfAborted();
    throw kafkaError(error, `ending transaction '${transactionalId}'`);
  }
}
