import { CHANGES_CHANNEL, type Change, listen, parseChange } from '@millrace/database';
import { environment } from '../env.ts';
import { loadJob } from '../features/jobs/server/load-job.ts';
import { loadOverview } from '../features/overview/server/load-overview.ts';
import { loadPools } from '../features/queues/server/queue-view.ts';

/** `overview`, `jobs`, `queues`, or `job:<id>`. */
export type Topic = string;

const TOPIC = /^(overview|jobs|queues|job:[0-9a-f-]{36})$/;
/** A topic is read and sent at most this often, however many changes there were. */
const COALESCE_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const PENDING_BYTES_MAX = 262_144;

export function isTopic(text: string): boolean {
  return TOPIC.test(text);
}

interface Subscriber {
  readonly topics: ReadonlySet<Topic>;
  send(event: string): void;
}

/**
 * One reader of the database for all open tabs: notifications mark topics dirty, once a second each dirty
 * topic that somebody watches is read once and sent to all its subscribers. State, not deltas: whoever
 * comes back after a gap gets the current state first, so nothing has to be replayed.
 */
class LiveFeed {
  readonly #subscribers = new Set<Subscriber>();
  readonly #dirty = new Set<Topic>();
  #id = 0;
  #flushing = false;

  start(): void {
    const signal = new AbortController().signal;
    const markAll = () => {
      for (const { topics } of this.#subscribers) for (const topic of topics) this.#dirty.add(topic);
    };
    void listen({
      url: environment().databaseUrl,
      channel: CHANGES_CHANNEL,
      onMessage: (payload) => this.#mark(parseChange(payload)),
      onConnected: markAll,
      signal,
    });
    setInterval(() => void this.#flush(), COALESCE_MS).unref();
    setInterval(() => this.#broadcast(() => true, ': heartbeat\n\n'), HEARTBEAT_MS).unref();
  }

  add(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    void Promise.all([...subscriber.topics].map(async (topic) => subscriber.send(await this.#event(topic))));
    return () => this.#subscribers.delete(subscriber);
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
      await this.#tell();
    } finally {
      this.#flushing = false;
    }
  }

  async #tell(): Promise<void> {
    const topics = [...this.#dirty];
    this.#dirty.clear();
    for (const topic of topics) {
      if (![...this.#subscribers].some((subscriber) => subscriber.topics.has(topic))) continue;
      const event = await this.#event(topic);
      this.#broadcast((subscriber) => subscriber.topics.has(topic), event);
    }
  }

  #broadcast(wants: (subscriber: Subscriber) => boolean, event: string): void {
    for (const subscriber of this.#subscribers) if (wants(subscriber)) subscriber.send(event);
  }

  async #event(topic: Topic): Promise<string> {
    const data = await read(topic).catch(() => undefined);
    return data === undefined ? '' : `id: ${++this.#id}\nevent: ${topic}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

/** `jobs` says only that the list changed: each tab asks for its own page of it. */
function read(topic: Topic): Promise<unknown> {
  if (topic === 'overview') return loadOverview();
  if (topic === 'queues') return loadPools();
  if (topic === 'jobs') return Promise.resolve({});
  return loadJob(topic.slice('job:'.length));
}

const holder = globalThis as typeof globalThis & { millraceFeed?: LiveFeed };

function feed(): LiveFeed {
  if (holder.millraceFeed === undefined) {
    holder.millraceFeed = new LiveFeed();
    holder.millraceFeed.start();
  }
  return holder.millraceFeed;
}

/** The response to one EventSource. A reader that falls 256 KiB behind is cut off; it comes back by itself and gets the current state. */
export function eventStream(topics: readonly Topic[], signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let remove = () => {};
        const close = () => {
          remove();
          try {
            controller.close();
          } catch {
            // The reader is gone already.
          }
        };
        const send = (event: string) => {
          if (event === '') return;
          if ((controller.desiredSize ?? 0) < -PENDING_BYTES_MAX) close();
          else {
            try {
              controller.enqueue(encoder.encode(event));
            } catch {
              remove();
            }
          }
        };
        send('retry: 3000\n\n');
        remove = feed().add({ topics: new Set(topics), send });
        signal.addEventListener('abort', close);
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}
