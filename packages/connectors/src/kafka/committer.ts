import type { CommitOutcome, Committer, DeadWriters, WriterContext } from '@millrace/contracts';
import { byTopic, KafkaClient } from './client.ts';
import type { KafkaSinkTable } from './table.ts';
import { endTransaction, initTransaction, parseCommittable, SLOTS, transactionalIdOf } from './transaction.ts';
import { decidedFateOf } from './transaction-fate.ts';

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
      await client.open(table.topics, new AbortController().signal);
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
    const fate = await decidedFateOf(this.#client, committable, signal);
    if (fate === 'committed') return { kind: 'committed' };
    const { transactionalId, producerId, producerEpoch, starts } = committable;
    const places = byTopic(starts.map((start) => ({ ...start, topic: start.topic ?? committable.topic })))
      .map(({ topic, entries }) => {
        const written = entries.map(({ partition, offset }) => `partition ${partition} from offset ${offset}`);
        return `topic '${topic}', ${written.join(', ')}`;
      })
      .join('; ');
    const why =
      fate === 'aborted'
        ? 'it was aborted, because its time ran out or its id was taken over'
        : 'its records are no longer in the log, so its outcome is unknown';
    const reason = `transaction '${transactionalId}' (producer ${producerId}, epoch ${producerEpoch}) of ${places}: ${why}`;
    return { kind: 'lost', reason };
  }

  async abortLingering({ subtasks }: DeadWriters, signal: AbortSignal): Promise<void> {
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
}
