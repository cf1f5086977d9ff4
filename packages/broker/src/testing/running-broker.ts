import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Broker, startBroker } from '../broker.ts';
import type { BrokerOptions } from '../options.ts';
import { RawClient } from './raw-client.ts';

/** A broker in a directory of its own with one raw connection; everything goes when the scope ends. */
export interface RunningBroker extends AsyncDisposable {
  readonly port: number;
  readonly client: RawClient;
  readonly broker: Broker;
  readonly dataDir: string;
  /** Another connection. */
  connect(): Promise<RawClient>;
  /** Stops and starts the broker on the same directory. */
  restart(): Promise<void>;
}

export async function runBroker(options: Partial<BrokerOptions> = {}): Promise<RunningBroker> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'millrace-broker-')));
  const start = () => startBroker({ flush: 'none', transactionScanMs: 20, ...options, dataDir });
  let broker = await start();
  let client = await RawClient.connect(broker.port);
  const clients = [client];
  return {
    get port() {
      return broker.port;
    },
    get client() {
      return client;
    },
    get broker() {
      return broker;
    },
    dataDir,
    connect: async () => {
      const other = await RawClient.connect(broker.port);
      clients.push(other);
      return other;
    },
    restart: async () => {
      await broker.close();
      broker = await start();
      client = await RawClient.connect(broker.port);
      clients.push(client);
    },
    [Symbol.asyncDispose]: async () => {
      for (const c of clients) c.close();
      await broker.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks again until the answer is as expected; fails after the deadline with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  deadlineMs = 5000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > end) throw new Error(`not reached within ${deadlineMs} ms; last answer ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
