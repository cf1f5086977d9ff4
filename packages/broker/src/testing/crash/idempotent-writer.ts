import { batchOf, type ProducerAnswer, type RawClient } from '../raw-client.ts';
import { readLog } from '../read-log.ts';
import { expectThat, type Writer } from './writer.ts';

/**
 * Repeats every batch until it is acknowledged, over any number of kills, as an idempotent producer does after a lost
 * answer, and commits its offset for a group. Promise: record n is at offset n, once; the group never falls back.
 */
export class IdempotentWriter implements Writer {
  private readonly topic: string;
  private readonly partition: number;
  private readonly random: () => number;
  private producer: ProducerAnswer | undefined;
  private acknowledged = 0;
  private pending: readonly string[] = [];
  private readonly offset = { acknowledged: -1, asked: -1 };

  constructor(topic: string, partition: number, random: () => number) {
    this.topic = topic;
    this.partition = partition;
    this.random = random;
  }

  async begin(client: RawClient): Promise<void> {
    this.producer ??= await client.initProducer(null);
  }

  async step(client: RawClient): Promise<void> {
    if (this.producer === undefined) return;
    if (this.pending.length === 0) {
      const count = 1 + Math.floor(this.random() * 3);
      this.pending = Array.from({ length: count }, (_, i) => `${this.acknowledged + i}`);
    }
    const batch = batchOf(this.pending, { ...this.producer, baseSequence: this.acknowledged });
    const answer = await client.produce(this.topic, batch, { partition: this.partition });
    const wanted = this.acknowledged;
    const told = `${this.topic}-${this.partition}: record ${wanted} was answered ${answer.error} at ${answer.baseOffset}`;
    expectThat(answer.error === 'NONE' && answer.baseOffset === wanted, told);
    this.acknowledged += this.pending.length;
    this.pending = [];
    if (this.partition !== 0) return;
    this.offset.asked = this.acknowledged;
    const error = await client.commitOffset(this.group, this.topic, this.acknowledged);
    expectThat(error === 'NONE', `${this.group}: the commit was answered ${error}`);
    this.offset.acknowledged = this.acknowledged;
  }

  async verify(client: RawClient): Promise<void> {
    const seen = await readLog(client, this.topic, { partition: this.partition });
    const where = `${this.topic}-${this.partition}`;
    for (const [i, { offset, value }] of seen.entries()) {
      expectThat(offset === i && value === `${i}`, `${where}: ${value} is at offset ${offset}, expected ${i}`);
    }
    const whole = [this.acknowledged, this.acknowledged + this.pending.length];
    expectThat(whole.includes(seen.length), `${where}: ${seen.length} records, expected ${whole.join(' or ')}`);
    if (this.partition !== 0) return;
    const committed = await client.committedOffset(this.group, this.topic);
    const { acknowledged, asked } = this.offset;
    expectThat(
      [acknowledged, asked].includes(committed),
      `${this.group}: ${committed}, expected ${acknowledged} or ${asked}`,
    );
  }

  summary(): string {
    return `${this.topic}-${this.partition}: ${this.acknowledged} records, each once`;
  }

  private get group(): string {
    return `group-${this.topic}`;
  }
}
