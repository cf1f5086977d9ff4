import type { BrokerState } from './apis/api.ts';

const DAY_MS = 86_400_000;
const PRODUCER_EXPIRY_MS = DAY_MS;
const TRANSACTIONAL_ID_EXPIRY_MS = 7 * DAY_MS;
const OFFSETS_EXPIRY_MS = 7 * DAY_MS;

/** One kind of work that comes back; while it runs, its next turn is skipped. */
interface Chore {
  readonly everyMs: number;
  work(nowMs: number): Promise<void>;
}

/** What happens without anybody asking: transaction timeouts, retention, expiry, compaction of logs and journals. */
export function startHousekeeping(broker: BrokerState): {
  close(): Promise<void>;
} {
  const chores: readonly Chore[] = [
    { everyMs: broker.settings.transactionScanMs, work: (nowMs) => endTransactions(broker, nowMs) },
    { everyMs: broker.settings.retentionScanMs, work: (nowMs) => tidyLogs(broker, nowMs) },
    { everyMs: broker.settings.retentionScanMs, work: (nowMs) => tidyJournals(broker, nowMs) },
  ];
  const running = new Map<Chore, Promise<void>>();
  const timers = chores.map((chore) =>
    setInterval(() => {
      if (running.has(chore)) return;
      const turn = attempt('housekeeping', broker, () => chore.work(broker.now()));
      running.set(
        chore,
        turn.finally(() => running.delete(chore)),
      );
    }, chore.everyMs),
  );
  return {
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}

async function endTransactions(broker: BrokerState, nowMs: number): Promise<void> {
  await broker.transactions.rollForward(nowMs);
  await broker.transactions.abortTimedOut(nowMs);
}

async function tidyLogs(broker: BrokerState, nowMs: number): Promise<void> {
  for (const { name, partitions, policy } of broker.topics.all()) {
    for (const [i, partition] of partitions.entries()) {
      await attempt(`partition ${name}-${i}`, broker, async () => {
        partition.expireProducers(nowMs - PRODUCER_EXPIRY_MS);
        if (policy.deletes) partition.retain(nowMs);
        await partition.compact(nowMs);
      });
    }
  }
}

async function tidyJournals(broker: BrokerState, nowMs: number): Promise<void> {
  await broker.groups.expire(nowMs - OFFSETS_EXPIRY_MS);
  await broker.transactions.expire(nowMs - TRANSACTIONAL_ID_EXPIRY_MS);
  await Promise.all([
    broker.offsets.compact(),
    broker.transactions.compact(),
    broker.users.compact(),
    broker.acls.compact(),
    broker.quotas.compact(),
  ]);
}

/** One partition that cannot be tidied must not keep the others from it. */
async function attempt(title: string, broker: BrokerState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    broker.settings.log(`${title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
