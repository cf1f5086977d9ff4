import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrokerState } from './apis/api.ts';
import { APIS } from './apis/table.ts';
import { lockDataDir } from './files/data-dir-lock.ts';
import { replaceFile } from './files/durable-file.ts';
import { GroupOffsets } from './groups/group-offsets.ts';
import { Groups } from './groups/groups.ts';
import { startHousekeeping } from './housekeeping.ts';
import { listen } from './listener.ts';
import { Topics } from './log/topics.ts';
import { type BrokerMetrics, emptyMetrics } from './metrics.ts';
import { type BrokerOptions, settingsOf } from './options.ts';
import { Transactions } from './transactions/transactions.ts';

/** A running broker. */
export interface Broker {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, ends parked requests, makes everything durable and gives the data directory back. */
  close(): Promise<void>;
  /** A copy of the counters. */
  metrics(): BrokerMetrics;
}

/**
 * Starts a broker: locks the data directory, recovers what is in it, finishes transactions a crash interrupted, and only
 * then listens. Rejects with a {@link DataDirLockedError}, or with the error of the port.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  options.signal?.throwIfAborted();
  const settings = settingsOf(options);
  mkdirSync(settings.dataDir, { recursive: true });
  const unlock = lockDataDir(settings.dataDir);
  const metrics = emptyMetrics();
  const opened: { close(): Promise<void> | void }[] = [];
  const closeAll = async () => {
    for (const part of opened.reverse().splice(0)) await part.close();
    unlock();
  };
  try {
    const storage = {
      dataDir: settings.dataDir,
      flush: settings.flush,
      onSync: () => metrics.diskSyncs++,
    };
    const clusterId = readClusterId(settings.dataDir);
    const topics = new Topics(storage);
    opened.push(topics);
    const offsets = new GroupOffsets(storage);
    opened.push(offsets);
    const { timeoutMsMax } = { timeoutMsMax: settings.transactionTimeoutMsMax };
    const transactions = new Transactions({
      ...storage,
      topics,
      offsets,
      timeoutMsMax,
    });
    opened.push(transactions);
    await transactions.rollForward(Date.now());
    const groups = new Groups(offsets, settings.groupInitialDelayMs);
    opened.push(groups);
    let address: AddressInfo | undefined;
    const state: BrokerState = {
      ...{
        apis: APIS,
        settings,
        clusterId,
        topics,
        groups,
        offsets,
        transactions,
        metrics,
      },
      port: () => address?.port ?? settings.port,
      now: Date.now,
    };
    opened.push(startHousekeeping(state));
    const listener = await listen(state);
    address = listener.address;
    opened.push(listener);
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= closeAll();
      return closing;
    };
    options.signal?.addEventListener('abort', () => void close(), {
      once: true,
    });
    return {
      host: settings.host,
      port: address.port,
      close,
      metrics: () => ({ ...metrics }),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function readClusterId(dataDir: string): string {
  const path = join(dataDir, 'cluster-id');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const id = randomBytes(16).toString('base64url');
  replaceFile(path, Buffer.from(`${id}\n`));
  return id;
}
