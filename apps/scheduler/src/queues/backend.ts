import type { Log } from '@millrace/contracts';
import { createPostgresBackend, isPgPool, Queue, runMigrations, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

/** A message with an id of its own: adding it twice while it is there adds it once. */
interface Message {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

export interface MessageQueue {
  add(messages: readonly Message[]): Promise<void>;
  /** A tick every so often, over all processes together; setting it up again changes nothing. */
  tick(everyMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface MessageWorker {
  close(): Promise<void>;
}

/** Where BullMQ keeps its rows: Redis when there is one, else the schema `bullmq` of the platform's database. */
export interface QueueBackend {
  queue(name: string): MessageQueue;
  /** `work` is short and may run twice for one message. */
  worker(name: string, work: () => Promise<void>): MessageWorker;
  close(): Promise<void>;
}

const SCHEMA = 'bullmq';
const GONE_WHEN_DONE = { removeOnComplete: true, removeOnFail: true } as const;

/** A wake-up is short; one that stalled five times is dropped, the sweep has long done its work. */
const WORKER = { concurrency: 1, lockDuration: 30_000, stalledInterval: 30_000, maxStalledCount: 5 } as const;

export async function openQueueBackend(
  where: { readonly databaseUrl: string; readonly redisUrl: string | undefined },
  log: Log,
): Promise<QueueBackend> {
  return where.redisUrl === undefined ? openPostgres(where.databaseUrl, log) : openRedis(where.redisUrl, log);
}

async function openPostgres(databaseUrl: string, log: Log): Promise<QueueBackend> {
  const setUp = openPool(databaseUrl, 1, log);
  const client = await setUp.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
    await setUp.end();
  }
  // A pool for each: BullMQ hangs listeners on it that it never takes off again.
  return {
    queue(name) {
      const pool = openPool(databaseUrl, 2, log);
      const queue = new Queue(name, { connection: pool }, createPostgresBackend);
      queue.on('error', trouble(log));
      return messageQueue(name, queue, () => pool.end());
    },
    worker(name, work) {
      const pool = openPool(databaseUrl, 3, log);
      const worker = new Worker(name, work, { connection: pool, ...WORKER }, createPostgresBackend);
      worker.on('error', trouble(log));
      return { close: () => worker.close().finally(() => pool.end()) };
    },
    async close() {},
  };
}

function openPool(connectionString: string, max: number, log: Log) {
  const pool = new pg.Pool({
    connectionString,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    options: `-c search_path=${SCHEMA}`,
  });
  pool.on('error', (error) => log.warn('the queue lost a connection; it makes a new one', { error }));
  // BullMQ describes the part of `pg` it uses in types of its own; this is its own check that a pool fits.
  if (!isPgPool(pool)) throw new Error('this version of pg does not fit BullMQ');
  return pool;
}

function openRedis(redisUrl: string, log: Log): QueueBackend {
  // Workers wait without limit, as BullMQ demands; a queue's commands fail fast and the sweep does the work.
  const forWorkers = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const forQueues = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  for (const connection of [forWorkers, forQueues]) connection.on('error', trouble(log));
  return {
    queue(name) {
      const queue = new Queue(name, { connection: forQueues });
      queue.on('error', trouble(log));
      return messageQueue(name, queue, async () => {});
    },
    worker(name, work) {
      const worker = new Worker(name, work, { connection: forWorkers, ...WORKER });
      worker.on('error', trouble(log));
      return { close: () => worker.close() };
    },
    async close() {
      forWorkers.disconnect();
      forQueues.disconnect();
    },
  };
}

function messageQueue(
  name: string,
  queue: Pick<Queue, 'addBulk' | 'upsertJobScheduler' | 'close'>,
  closeConnection: () => Promise<void>,
): MessageQueue {
  return {
    async add(messages) {
      await queue.addBulk(
        messages.map(({ id, name, data }) => ({ name, data, opts: { jobId: id, ...GONE_WHEN_DONE } })),
      );
    },
    async tick(everyMs) {
      await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: GONE_WHEN_DONE });
    },
    close: () => queue.close().finally(closeConnection),
  };
}

/** Without a listener an `error` event would end the process. */
function trouble(log: Log): (error: Error) => void {
  return (error) => log.warn('queue trouble; the sweep goes on without it', { error });
}
