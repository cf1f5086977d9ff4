import { CHANGES_CHANNEL, type Change, listen, parseChange } from '@millrace/database';
import type { StreamTopic } from '@millrace/protocol/api';
import { environment } from '../env.ts';
import { loadJob } from '../features/jobs/server/load-job.ts';
import { loadOverview } from '../features/overview/server/load-overview.ts';
import { loadPools } from '../features/queues/server/queue-view.ts';
import { HttpError } from './problem.ts';

/** A topic is read and sent at most this often, however many changes there were. */
const COALESCE_MS = 1_000;

/** One open stream. `send` is given whole events as text and never throws. */
export interface Subscriber {
  readonly topics: ReadonlySet<StreamTopic>;
  send(event: string): void;
}

interface Watching {
  readonly subscriber: Subscriber;
  /** The newest reading of each topic it was sent: an older one that took longer never follows. */
  readonly newest: Map<StreamTopic, number>;
}

/**
 * One reader of the database for all open tabs: notifications mark topics dirty, once a second each dirty
 * topic that somebody watches is read once and sent to all its subscribers. State, not deltas: whoever
 * comes back after a gap gets the current state first, so nothing has to be replayed.
 */
class LiveFeed {
  readonly #watching = new Set<Watching>();
  readonly #dirty = new Set<StreamTopic>();
  /** Readings are numbered in the order they begin. */
  #reading = 0;
  #flushing = false;

  start(): void {
    const signal = new AbortController().signal;
    const markAll = () => {
      for (const { subscriber } of this.#watching) for (const topic of subscriber.topics) this.#dirty.add(topic);
    };
    void listen({
      url: environment().databaseUrl,
      channel: CHANGES_CHANNEL,
      onMessage: (payload) => this.#mark(parseChange(payload)),
      onConnected: markAll,
      signal,
    });
    setInterval(() => void this.#flush(), COALESCE_MS).unref();
  }

  /** Sends the current state of every topic, then every change, until the returned function is called. */
  add(subscriber: Subscriber): () => void {
    const watching = { subscriber, newest: new Map<StreamTopic, number>() };
    this.#watching.add(watching);
    for (const topic of subscriber.topics) void this.#tell(topic, [watching]);
    return () => this.#watching.delete(watching);
  }

  #mark(change: Change | undefined): void {
    if (change === undefined) return;
    this.#dirty.add('overview');
    if ('job' in change) {
      this.#dirty.add(`job:${change.job}`);
      this.#dirty.add('jobs');
    }
    if (change.what === 'job' || change.what === 'container' || change.what === 'queue' || change.what === 'node')
      this.#dirty.add('queues');
  }

  /** One at a time: when the database is slow, changes wait and are told together. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      const topics = [...this.#dirty];
      this.#dirty.clear();
      for (const topic of topics) {
        const watching = [...this.#watching].filter(({ subscriber }) => subscriber.topics.has(topic));
        if (watching.length > 0) await this.#tell(topic, watching);
      }
    } finally {
      this.#flushing = false;
    }
  }

  /** What cannot be read now is told with the next change. */
  async #tell(topic: StreamTopic, watching: readonly Watching[]): Promise<void> {
    const reading = ++this.#reading;
    const data = await read(topic).catch(() => undefined);
    if (data === undefined) return;
    const event = `id: ${reading}\nevent: ${topic}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const { subscriber, newest } of watching) {
      if ((newest.get(topic) ?? 0) > reading) continue;
      newest.set(topic, reading);
      subscriber.send(event);
    }
  }
}

/** `jobs` says only that the list changed: each tab asks for its own page of it. A job that was deleted is null. */
function read(topic: StreamTopic): Promise<unknown> {
  if (topic === 'overview') return loadOverview();
  if (topic === 'queues') return loadPools();
  if (topic === 'jobs') return Promise.resolve({});
  return loadJob(topic.slice('job:'.length)).catch((error) => {
    if (error instanceof HttpError && error.status === 404) return null;
    throw error;
  });
}

const holder = globalThis as typeof globalThis & { millraceFeed?: LiveFeed };

/** One per process, also when the bundler makes two modules of this file. */
export function liveFeed(): LiveFeed {
  if (holder.millraceFeed === undefined) {
    holder.millraceFeed = new LiveFeed();
    holder.millraceFeed.start();
  }
  return holder.millraceFeed;
}
