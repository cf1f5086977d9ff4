import { batchOf, type RawClient } from '../raw-client.ts';
import { readLog } from '../read-log.ts';
import { expectThat, type Writer } from './writer.ts';

const KEYS = 20;

/** Counts up some keys of a compacted topic. Promise: the latest acknowledged count of every key is there. */
export class CompactedWriter implements Writer {
  private readonly topic: string;
  private readonly random: () => number;
  private readonly counts = Array.from({ length: KEYS }, () => ({ acknowledged: -1, asked: -1 }));

  constructor(topic: string, random: () => number) {
    this.topic = topic;
    this.random = random;
  }

  async begin(): Promise<void> {}

  async step(client: RawClient): Promise<void> {
    const key = Math.floor(this.random() * KEYS);
    const count = this.counts[key];
    if (count === undefined) return;
    count.asked++;
    const value = `${count.asked}${' '.repeat(200)}`;
    const batch = batchOf([value], undefined, Date.now(), () => `${key}`);
    const { error } = await client.produce(this.topic, batch);
    expectThat(error === 'NONE', `${this.topic}: key ${key} was answered ${error}`);
    count.acknowledged = count.asked;
  }

  async verify(client: RawClient): Promise<void> {
    const seen = await readLog(client, this.topic);
    const latest = new Map(seen.map(({ key, value }) => [key, Number(value)]));
    for (const [key, count] of this.counts.entries()) {
      const found = latest.get(`${key}`) ?? -1;
      const fits = found >= count.acknowledged && found <= count.asked;
      expectThat(fits, `${this.topic}: key ${key} is ${found}, expected ${count.acknowledged} to ${count.asked}`);
      // What was written and not acknowledged is part of the log now.
      count.acknowledged = found;
    }
    for (const [i, { offset }] of seen.entries()) {
      expectThat(i === 0 || offset > (seen[i - 1]?.offset ?? -1), `${this.topic}: offset ${offset} is out of order`);
    }
  }

  summary(): string {
    const written = this.counts.reduce((sum, { acknowledged }) => sum + acknowledged + 1, 0);
    return `${this.topic}: the latest of ${written} records of ${KEYS} keys`;
  }
}
