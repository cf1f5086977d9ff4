import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerState } from './apis/api.ts';
import { APIS } from './apis/table.ts';
import { type ConnectedClient, ConnectedClients, type ConnectedSoftware } from './connections/connected-clients.ts';
import { listenAll } from './connections/listener.ts';
import { identifies, type ListenerAddress } from './connections/listener-options.ts';
import { SocketGarbage } from './connections/socket-garbage.ts';
import { FetchSessions } from './fetch/fetch-sessions.ts';
import { lockDataDir } from './files/data-dir-lock.ts';
import { replaceFile } from './files/durable-file.ts';
import { RecycledBuffers } from './files/recycled-buffers.ts';
import { GroupOffsets } from './groups/group-offsets.ts';
import { Groups } from './groups/groups.ts';
import { type BrokerHoldings, holdingsOf } from './holdings.ts';
import { startHousekeeping } from './housekeeping.ts';
import { Topics } from './log/topics.ts';
import { type BrokerMetrics, emptyMetrics } from './metrics.ts';
import { type BrokerOptions, type Settings, settingsOf } from './options.ts';
import { ClientQuotas } from './quotas/client-quotas.ts';
import { Meters } from './quotas/meters.ts';
import { Acls } from './security/acls.ts';
import { Authorizer } from './security/authorizer.ts';
import { Users } from './security/users.ts';
import { Transactions } from './transactions/transactions.ts';

/** A running broker. */
export interface Broker {
  /** Address of the first listener. */
  readonly host: string;
  readonly port: number;
  /** All of them, in the order of the options. */
  readonly listeners: readonly ListenerAddress[];
  /** Creates a user who may log in by any mechanism, or changes the password of one; durable when it resolves. */
  setPassword(user: string, password: string): Promise<void>;
  /** Who is connected now, in the order in which they came. */
  connectedClients(): readonly ConnectedClient[];
  /** With what software, most connections first. */
  connectedSoftware(): readonly ConnectedSoftware[];
  /** Stops accepting, ends parked requests, makes everything durable and gives the data directory back. */
  close(): Promise<void>;
  /** A copy of the counters, and what is held now. */
  metrics(): BrokerMetrics & BrokerHoldings;
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
    const buffers = new RecycledBuffers();
    const topics = new Topics({ ...storage, buffers });
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
    const security = await openSecurity(storage, settings, opened);
    const clients = new ConnectedClients();
    const state: BrokerState = {
      ...{
        apis: APIS,
        settings,
        clusterId,
        topics,
        groups,
        offsets,
        transactions,
        fetchSessions: new FetchSessions(),
        ...security,
        clients,
        metrics,
        buffers,
        socketGarbage: new SocketGarbage(),
      },
      now: Date.now,
    };
    opened.push(startHousekeeping(state));
    const listening = await listenAll(state);
    opened.push(listening);
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= closeAll();
      return closing;
    };
    options.signal?.addEventListener('abort', () => void close(), {
      once: true,
    });
    return {
      host: listening.addresses[0]?.host ?? '',
      port: listening.addresses[0]?.port ?? 0,
      listeners: listening.addresses,
      setPassword: (user, password) => security.users.setPassword(user, password),
      connectedClients: () => clients.list(),
      connectedSoftware: () => clients.software(),
      close,
      metrics: () => ({ ...metrics, ...holdingsOf(state) }),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Opens what says who may do what, and how fast; adds it to what must be closed. */
async function openSecurity(
  storage: ConstructorParameters<typeof Users>[0],
  settings: Settings,
  opened: { close(): Promise<void> | void }[],
): Promise<Pick<BrokerState, 'users' | 'acls' | 'authorizer' | 'quotas' | 'meters'>> {
  const users = new Users(storage);
  opened.push(users);
  const acls = new Acls(storage);
  opened.push(acls);
  const quotas = new ClientQuotas(storage);
  opened.push(quotas);
  for (const [user, password] of Object.entries(settings.users)) {
    if (!(await users.hasPassword(user, password))) await users.setPassword(user, password);
  }
  const authorizer = new Authorizer({
    mode: settings.authorizer,
    ...{ acls, users, superUsers: settings.superUsers, allowIfNoAcl: settings.allowIfNoAcl },
    asksForLogin: settings.listeners.some(identifies),
  });
  const meters = new Meters(quotas, settings.quotaWindows, () => performance.now());
  return { users, acls, authorizer, quotas, meters };
}

function readClusterId(dataDir: string): string {
  const path = join(dataDir, 'cluster-id');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const id = randomBytes(16).toString('base64url');
  replaceFile(path, Buffer.from(`${id}\n`));
  return id;
}
