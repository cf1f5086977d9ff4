import type { BrokerState } from './apis/api.ts';

const DAY_MS = 86_400_000;
const PRODUCER_EXPIRY_MS = DAY_MS;
const TRANSACTIONAL_ID_EXPIRY_MS = 7 * DAY_MS;
const OFFSETS_EXPIRY_MS = 7 * DAY_MS;

/** What happens without anybody asking: transaction timeouts, retention, expiry, compaction of the journals. */
export function startHousekeeping(broker: BrokerState): {
  close(): Promise<void>;
} {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const run = (task: () => Promise<void>) => {
    running = running
      .then(() => (stopped ? undefined : task()))
      .catch((error) => broker.settings.log(`housekeeping: ${error instanceof Error ? error.message : String(error)}`));
  };
  const timers = [
    setInterval(() => run(() => broker.transactions.abortTimedOut(broker.now())), broker.settings.transactionScanMs),
    setInterval(() => run(() => tidy(broker)), broker.settings.retentionScanMs),
  ];
  return {
    close: () => {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      return running;
    },
  };
}

async function tidy(broker: BrokerState): Promise<void> {
  const now = broker.now();
  for (const { partitions, policy } of broker.topics.all()) {
    for (const partition of partitions) {
      partition.expireProducers(now - PRODUCER_EXPIRY_MS);
      if (policy.deletes) partition.retain(now);
      await partition.compact(now);
    }
  }
  await broker.groups.expire(now - OFFSETS_EXPIRY_MS);
  await broker.transactions.expire(now - TRANSACTIONAL_ID_EXPIRY_MS);
  await Promise.all([
    broker.offsets.compact(),
    broker.transactions.compact(),
    broker.users.compact(),
    broker.acls.compact(),
  ]);
}
