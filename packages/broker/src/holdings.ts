import type { BrokerState } from './apis/api.ts';

/** What the broker holds at this moment, beside what it has done ({@link BrokerMetrics}). */
export interface BrokerHoldings {
  readonly partitions: number;
  readonly logBytes: number;
  readonly openFiles: number;
  readonly groups: number;
  readonly openTransactions: number;
  readonly fetchSessions: number;
  readonly memoryRssBytes: number;
}

/** Counted when somebody asks; takes a millisecond with a thousand partitions. */
export function holdingsOf({ topics, groups, transactions, fetchSessions }: BrokerState): BrokerHoldings {
  const partitions = topics.all().flatMap((topic) => topic.partitions);
  return {
    partitions: partitions.length,
    logBytes: partitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    openFiles: topics.openFiles,
    groups: groups.ids().length,
    openTransactions: transactions.all().filter(({ status }) => status === 'ongoing').length,
    fetchSessions: fetchSessions.size,
    memoryRssBytes: process.memoryUsage.rss(),
  };
}
