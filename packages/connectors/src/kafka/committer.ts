import type { CommitOutcome, Committer, WriterContext } from '@millrace/contracts';
import { errorName } from '@millrace/kafka-protocol';
import { retrying } from './backoff.ts';
import { KafkaClient } from './client.ts';
import { KafkaAnswer, kafkaError } from './errors.ts';
import { fetchRequest } from './fetch-request.ts';
import type { KafkaSinkTable } from './table.ts';
import {
  endTransaction,
  initTransaction,
  type KafkaCommittable,
  parseCommittable,
  SLOTS,
  transactionalIdOf,
} from './transaction.ts';

type Fate = 'committed' | 'aborted' | 'undecided' | 'gone';

const ABORTS_AT_ONCE = 8;

/** Ends sealed transactions from the master, in whatever process that is. Never takes a new epoch for an id it commits. */
export class KafkaCommitter implements Committer {
  readonly #table: KafkaSinkTable;
  readonly #context: Omit<WriterContext, 'subtask'>;
  readonly #client: KafkaClient;

  private constructor(table: KafkaSinkTable, context: Omit<WriterContext, 'subtask'>, client: KafkaClient) {
    this.#table = table;
    this.#context = context;
    this.#client = client;
  }

  static async open(table: KafkaSinkTable, context: Omit<WriterContext, 'subtask'>): Promise<KafkaCommitter> {
    const client = new KafkaClient(table.connection, `${context.job}-${context.operator}-committer`);
    try {
      await client.open([table.topic], new AbortController().signal);
      return new KafkaCommitter(table, context, client);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /**
   * A refusal alone does not tell loss from "already committed, and the id moved on" (the master died between
   * commit and the next checkpoint). The partition's own log does: an aborted transaction is in its list.
   */
  async commit(value: unknown, signal: AbortSignal): Promise<CommitOutcome> {
    const committable = parseCommittable(value);
    const answer = await endTransaction(this.#client, committable, 'commit', signal);
    if (answer === 'ended') return { kind: 'committed' };
    const fate = await this.#fateOf(committable, signal);
    if (fate === 'committed') return { kind: 'committed' };
    const { transactionalId, producerId, producerEpoch, topic, starts } = committable;
    const places = starts.map(({ partition, offset }) => `partition ${partition} from offset ${offset}`).join(', ');
    const why =
      fate === 'aborted'
        ? 'it was aborted, because its time ran out or its id was taken over'
        : 'its records are no longer in the log, so its outcome is unknown';
    const reason = `transaction '${transactionalId}' (producer ${producerId}, epoch ${producerEpoch}) of topic '${topic}', ${places}: ${why}`;
    return { kind: 'lost', reason };
  }

  async abortLingering(subtasks: number, signal: AbortSignal): Promise<void> {
    const { job, operator } = this.#context;
    const ids: string[] = [];
    for (let subtask = 0; subtask < subtasks; subtask++) {
      for (let slot = 0; slot < SLOTS; slot++) {
        ids.push(transactionalIdOf(this.#table.transactionalIdPrefix, job, operator, subtask, slot));
      }
    }
    for (let at = 0; at < ids.length; at += ABORTS_AT_ONCE) {
      const some = ids.slice(at, at + ABORTS_AT_ONCE);
      await Promise.all(some.map((id) => initTransaction(this.#client, id, this.#table.transactionTimeoutMs, signal)));
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** How the transaction ended, read from one partition it wrote to: all partitions share the outcome. */
  async #fateOf(committable: KafkaCommittable, signal: AbortSignal): Promise<Fate> {
    try {
      return await retrying(
        async () => {
          const fate = await this.#readFate(committable);
          if (fate === 'undecided') throw new KafkaAnswer(51, `transaction '${committable.transactionalId}'`);
          return fate;
        },
        { signal },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw kafkaError(error, `finding out how transaction '${committable.transactionalId}' ended`);
    }
  }

  async #readFate({ topic, starts, producerId }: KafkaCommittable): Promise<Fate> {
    const [{ partition, offset } = { partition: 0, offset: 0 }] = starts;
    await this.#client.refresh();
    const leader = this.#client.leaderOf({ topic, partition });
    if (leader === undefined) throw new KafkaAnswer(5, `partition ${partition} of topic '${topic}'`);
    const limits = { maxWaitMs: 0, maxBytes: 1, partitionMaxBytes: 1 };
    const [fetched] = await this.#client.exchange(leader, fetchRequest([{ topic, partition, offset }], limits));
    if (fetched === undefined) return 'gone';
    if (errorName(fetched.errorCode) === 'OFFSET_OUT_OF_RANGE') return 'gone';
    if (fetched.errorCode !== 0) throw new KafkaAnswer(fetched.errorCode, `partition ${partition} of topic '${topic}'`);
    if (offset < fetched.logStartOffset) return 'gone';
    if (fetched.lastStableOffset <= offset) return 'undecided';
    const isAborted = fetched.aborted.some(
      (each) => each.producerId === Number(producerId) && each.firstOffset === offset,
    );
    return isAborted ? 'aborted' : 'committed';
  }
}
