import { randomUUID } from 'node:crypto';
import type { Log } from '@millrace/contracts';
import { listen, OUTBOX_CHANNEL, openDatabase } from '@millrace/database';
import type { SchedulerEnv } from './env.ts';
import { applicationMasterRoutes } from './http/application-master.ts';
import { resourceTrackerRoutes } from './http/resource-tracker.ts';
import { type HttpServer, serve } from './http/server.ts';
import { Leadership } from './leadership.ts';
import { type MessageWorker, openQueueBackend } from './queues/backend.ts';
import { METRIC_ROLLUP_EVERY_MS, metricRollupQueue, metricRollupWorker } from './queues/metric-rollup.ts';
import { RETENTION_EVERY_MS, retentionQueue, retentionWorker } from './queues/retention.ts';
import { relayOutbox, wakeUpQueue, wakeUpWorker } from './queues/wake-up.ts';
import { runReconciler } from './reconciler.ts';
import type { SchedulerTimes } from './times.ts';
import { Wake } from './wake.ts';

export interface Scheduler {
  readonly url: string;
  readonly leading: boolean;
  /** Lets calls under way finish, gives the lease back, closes everything in reverse order. */
  close(): Promise<void>;
}

/**
 * Wires the parts: calls of agents and masters are answered by every scheduler, only the leader reconciles
 * and takes wake-ups. Nothing is kept in memory that a restart would miss.
 */
export async function startScheduler(env: SchedulerEnv, times: SchedulerTimes, log: Log): Promise<Scheduler> {
  const database = openDatabase(env.databaseUrl, {
    idleTransactionMs: times.leaderLeaseMs,
    onConnectionError: (error) => log.warn('the database dropped a connection', { error }),
  });
  const backend = await openQueueBackend(env, log);
  const wakeUps = wakeUpQueue(backend);
  const rollups = metricRollupQueue(backend);
  const retention = retentionQueue(backend);
  await rollups.tick(METRIC_ROLLUP_EVERY_MS);
  await retention.tick(RETENTION_EVERY_MS);

  const stopping = new AbortController();
  const wake = new Wake();
  const relayWake = new Wake();
  const workers = leaderWorkers(
    () => [
      wakeUpWorker(backend, () => wake.call()),
      metricRollupWorker(backend, database),
      retentionWorker(backend, database),
    ],
    log,
  );
  const leadership = new Leadership({
    database,
    holder: randomUUID(),
    leaseMs: times.leaderLeaseMs,
    log,
    onChange(leading) {
      workers.set(leading);
      wake.call();
    },
  });
  const relay = async () => {
    while (!stopping.signal.aborted) {
      await relayOutbox(database, wakeUps, log).catch((error: unknown) =>
        log.warn('the outbox could not be passed on; the sweep goes on without it', { error }),
      );
      await relayWake.wait(times.sweepMs, stopping.signal);
    }
  };

  let http: HttpServer | undefined;
  http = await serve({
    port: env.port,
    log,
    routes: [
      {
        method: 'GET',
        path: '/v1/healthz',
        handle: async () => ({ leading: leadership.leading, epoch: leadership.epoch?.toString() ?? null }),
      },
      ...resourceTrackerRoutes({
        database,
        clusterToken: env.clusterToken,
        checkpointDir: env.checkpointDir,
        schedulerUrl: () => http?.url ?? '',
        forgottenMs: times.forgottenMs,
      }),
      ...applicationMasterRoutes({ database, clusterToken: env.clusterToken, platform: env }),
    ],
  });
  const { url, close: closeHttp } = http;
  const { signal } = stopping;
  const loops = [
    leadership.run(signal),
    runReconciler({ database, leadership, times, log, wake }, signal),
    relay(),
    listen({
      url: env.databaseUrl,
      channel: OUTBOX_CHANNEL,
      onMessage: () => relayWake.call(),
      onConnected: () => relayWake.call(),
      onError: (error) => log.warn('listening for wake-ups was cut off', { error }),
      signal,
    }),
  ];
  return {
    url,
    get leading() {
      return leadership.leading;
    },
    close: once(async () => {
      await closeHttp();
      stopping.abort();
      await Promise.all(loops);
      await workers.close();
      await Promise.all([wakeUps.close(), rollups.close(), retention.close()]);
      await backend.close();
      await database.close();
    }),
  };
}

/** Workers exist while this scheduler leads: a wake-up taken by one that only stands by would be lost until the sweep. */
function leaderWorkers(make: () => readonly MessageWorker[], log: Log) {
  let current: readonly MessageWorker[] = [];
  const closing = new Set<Promise<unknown>>();
  const stop = () => {
    for (const worker of current) {
      const closed = worker
        .close()
        .catch((error: unknown) => log.warn('a queue worker did not close cleanly', { error }));
      closing.add(closed);
      void closed.finally(() => closing.delete(closed));
    }
    current = [];
  };
  return {
    set(leading: boolean) {
      stop();
      if (leading) current = make();
    },
    async close() {
      stop();
      await Promise.all(closing);
    },
  };
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}
