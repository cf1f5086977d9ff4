import { batchOf, type ProducerAnswer, type RawClient } from '../raw-client.ts';
import { readLog } from '../read-log.ts';
import { expectThat, type Writer } from './writer.ts';

type Outcome = 'committed' | 'aborted' | 'asked to commit';

interface Attempt {
  readonly number: number;
  /** Values sent to each partition; whether they were acknowledged matters not, the outcome decides. */
  readonly values: readonly string[];
  outcome: Outcome;
}

const PARTITIONS = [0, 1];

/**
 * One transaction after the other: records in two partitions and an offset of a group, then commit or abort. Promise: of
 * a transaction everything is visible or nothing, in both partitions and in the group; all when the commit was answered,
 * nothing when it was never asked for.
 */
export class TransactionalWriter implements Writer {
  private readonly topic: string;
  private readonly id: string;
  private readonly random: () => number;
  private producer: ProducerAnswer | undefined;
  private sequences = [0, 0];
  private next = 0;
  /** Oldest attempts are forgotten once they were verified: what was right once stays in the log. */
  private readonly attempts: Attempt[] = [];

  constructor(topic: string, id: string, random: () => number) {
    this.topic = topic;
    this.id = id;
    this.random = random;
  }

  /** Ends whatever was left open; what was being committed is committed before this is answered. */
  async begin(client: RawClient): Promise<void> {
    this.producer = await client.initProducer(this.id);
    expectThat(this.producer.error === 'NONE', `${this.id}: the init was answered ${this.producer.error}`);
    this.sequences = [0, 0];
  }

  async step(client: RawClient): Promise<void> {
    const { producer, id, topic } = this;
    if (producer === undefined) return;
    const number = this.next++;
    const count = 1 + Math.floor(this.random() * 3);
    const values = Array.from({ length: count }, (_, i) => `${id}/${number}/${i}`);
    const attempt: Attempt = { number, values, outcome: 'aborted' };
    this.attempts.push(attempt);
    this.expectNone('adding partitions', await client.addPartitions(id, producer, topic, PARTITIONS));
    for (const partition of PARTITIONS) {
      for (const value of values) {
        const baseSequence = this.sequences[partition] ?? 0;
        const batch = batchOf([value], { ...producer, baseSequence, transactional: true });
        const { error } = await client.produce(topic, batch, { partition, transactionalId: id });
        this.expectNone('a batch', error);
        this.sequences[partition] = baseSequence + 1;
      }
    }
    this.expectNone('adding offsets', await client.addOffsets(id, producer, `group-${id}`));
    this.expectNone('an offset', await client.txnCommitOffset(id, producer, `group-${id}`, topic, number));
    const commit = this.random() < 0.7;
    if (commit) attempt.outcome = 'asked to commit';
    this.expectNone('the end', await client.endTxn(id, producer, commit));
    if (commit) attempt.outcome = 'committed';
  }

  async verifyUntouched(client: RawClient): Promise<void> {
    const counts = await this.countVisible(client);
    for (const { number, values, outcome } of this.attempts) {
      const isVisible = values.some((value) => counts.has(value));
      expectThat(
        outcome !== 'aborted' || !isVisible,
        `${this.id}: transaction ${number} was never to be committed and is visible`,
      );
    }
  }

  async verify(client: RawClient): Promise<void> {
    const counts = await this.countVisible(client);
    let last = -1;
    for (const attempt of this.attempts) {
      const seen = attempt.values.flatMap((value) => counts.get(value) ?? [0, 0]);
      const all = seen.every((times) => times === 1);
      const none = seen.every((times) => times === 0);
      const holds = { committed: all, aborted: none, 'asked to commit': all || none }[attempt.outcome];
      expectThat(
        holds,
        `${this.id}: transaction ${attempt.number} was ${attempt.outcome} and is there ${seen.join(' ')} times`,
      );
      if (all) last = attempt.number;
    }
    const committed = await client.committedOffset(`group-${this.id}`, this.topic);
    expectThat(committed === last, `group-${this.id}: ${committed}, expected ${last}`);
  }

  /** How often a reader of committed records sees each value, by partition. */
  private async countVisible(client: RawClient): Promise<Map<string, number[]>> {
    const counts = new Map<string, number[]>();
    for (const partition of PARTITIONS) {
      for (const { value } of await readLog(client, this.topic, { partition, committed: true })) {
        if (!value.startsWith(`${this.id}/`)) continue;
        const perPartition = counts.get(value) ?? [0, 0];
        perPartition[partition] = (perPartition[partition] ?? 0) + 1;
        counts.set(value, perPartition);
      }
    }
    return counts;
  }

  summary(): string {
    const count = (outcome: Outcome) => this.attempts.filter((attempt) => attempt.outcome === outcome).length;
    const open = count('asked to commit');
    return `${this.id}: ${count('committed')} committed, ${count('aborted')} aborted, ${open} killed while committing`;
  }

  private expectNone(what: string, error: string): void {
    expectThat(error === 'NONE', `${this.id}: ${what} was answered ${error}`);
  }
}
