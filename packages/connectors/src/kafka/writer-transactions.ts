import type { WriterContext } from '@millrace/contracts';
import type { KafkaClient, TopicPartition } from './client.ts';
import type { ProducerIdentity } from './producer.ts';
import type { KafkaSinkTable } from './table.ts';
import {
  addPartitions,
  endTransaction,
  initTransaction,
  type KafkaCommittable,
  SLOTS,
  transactionalIdOf,
} from './transaction.ts';
import { decidedFateOf } from './transaction-fate.ts';

type Open = ProducerIdentity & { readonly transactionalId: string };

const COMMIT_WAIT_MS_MAX = 60_000;
const ABORT_MS_MAX = 5_000;

/**
 * The transactions of one writer, one after the other over a pool of ids. Each gets a new epoch (InitProducerId),
 * so that committing it again after recovery can never touch a later one.
 */
export class WriterTransactions {
  readonly #client: KafkaClient;
  readonly #table: KafkaSinkTable;
  readonly #context: WriterContext;
  readonly #signal: AbortSignal;
  readonly #sealed = new Map<number, KafkaCommittable>();
  readonly #destinations: readonly TopicPartition[];
  readonly #included = new Set<number>();
  #slot = -1;
  #open: Open | undefined;

  /** `destinations`: what the numbers of `include` and `seal` stand for. */
  constructor(
    client: KafkaClient,
    table: KafkaSinkTable,
    destinations: readonly TopicPartition[],
    context: WriterContext,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#destinations = destinations;
    this.#table = table;
    this.#context = context;
    this.#signal = signal;
  }

  async begin(): Promise<ProducerIdentity> {
    this.#slot = (this.#slot + 1) % SLOTS;
    const { job, operator, subtask } = this.#context;
    const transactionalId = transactionalIdOf(this.#table.transactionalIdPrefix, job, operator, subtask, this.#slot);
    // Sealed under the same id four checkpoints ago: a new epoch would abort it if its commit is still due.
    const sealed = this.#sealed.get(this.#slot);
    if (sealed !== undefined) await decidedFateOf(this.#client, sealed, this.#signal, COMMIT_WAIT_MS_MAX);
    const identity = await initTransaction(
      this.#client,
      transactionalId,
      this.#table.transactionTimeoutMs,
      this.#signal,
    );
    this.#included.clear();
    this.#open = { ...identity, transactionalId };
    return identity;
  }

  /** Before batches for these partitions leave. */
  async include(destinations: readonly number[]): Promise<void> {
    const fresh = destinations.filter((destination) => !this.#included.has(destination));
    if (this.#open === undefined || fresh.length === 0) return;
    const places = fresh.flatMap((destination) => this.#destinations[destination] ?? []);
    await addPartitions(this.#client, this.#open, places, this.#signal);
    for (const destination of fresh) this.#included.add(destination);
  }

  /** The open transaction as something anyone can commit; undefined when nothing was written. */
  seal(firstOffsets: ReadonlyMap<number, number>): KafkaCommittable | undefined {
    if (this.#open === undefined || firstOffsets.size === 0) return undefined;
    const { transactionalId, producerId, producerEpoch } = this.#open;
    this.#open = undefined;
    const starts = [...firstOffsets].flatMap(([destination, offset]) => {
      const place = this.#destinations[destination];
      return place === undefined ? [] : [{ topic: place.topic, partition: place.partition, offset }];
    });
    const topic = this.#table.topics[0] ?? '';
    const sealed = { transactionalId, producerId: String(producerId), producerEpoch, topic, starts };
    this.#sealed.set(this.#slot, sealed);
    return sealed;
  }

  /** What is open and not sealed: readers must not wait for it. Best effort; the next attempt aborts it otherwise. */
  async abort(): Promise<void> {
    const open = this.#open;
    if (open === undefined || this.#included.size === 0) return;
    this.#open = undefined;
    try {
      const transaction = { ...open, producerId: String(open.producerId) };
      await endTransaction(this.#client, transaction, 'abort', AbortSignal.timeout(ABORT_MS_MAX));
    } catch (error) {
      this.#context.log.warn('an open transaction was not aborted', {
        transactionalId: open.transactionalId,
        error: String(error),
      });
    }
  }
}
