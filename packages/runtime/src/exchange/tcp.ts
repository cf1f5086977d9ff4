import { createServer, type Server } from 'node:net';
import type { ChannelId, Exchange, InputChannel, OutputChannel } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { exchangeError } from './exchange-error.ts';
import { IncomingConnection } from './incoming-connection.ts';
import { Inputs } from './inputs.ts';
import { connectLocal } from './local.ts';
import { OutgoingConnection } from './outgoing-connection.ts';
import type { PeerIdentity } from './peer-identity.ts';

export interface ExchangeOptions {
  readonly identity: PeerIdentity;
  /** Bytes a channel may hold unread; default 1 MiB. */
  readonly creditBytes?: number;
}

/** Open until `close`. One per worker process. */
export interface WorkerExchange extends Exchange {
  /** Breaks every channel, ours and the peers', and stops listening. */
  close(): Promise<void>;
}

/**
 * The exchange of one worker: listens on loopback, at a port the system chose. Channels to its own address
 * are queues in memory; the others share one connection per peer and direction.
 */
export async function openExchange(options: ExchangeOptions): Promise<WorkerExchange> {
  const inputs = new Inputs(options.creditBytes);
  const incoming = new Set<IncomingConnection>();
  const server = createServer((socket) => {
    const connection = new IncomingConnection(socket, options.identity, inputs, () => incoming.delete(connection));
    incoming.add(connection);
  });
  const port = await listen(server);
  return new TcpExchange(options.identity, `127.0.0.1:${port}`, server, inputs, incoming);
}

class TcpExchange implements WorkerExchange {
  readonly address: string;
  readonly #identity: PeerIdentity;
  readonly #server: Server;
  readonly #inputs: Inputs;
  readonly #incoming: ReadonlySet<IncomingConnection>;
  readonly #outgoing = new Map<string, OutgoingConnection>();
  #closed = false;

  constructor(
    identity: PeerIdentity,
    address: string,
    server: Server,
    inputs: Inputs,
    incoming: ReadonlySet<IncomingConnection>,
  ) {
    this.#identity = identity;
    this.address = address;
    this.#server = server;
    this.#inputs = inputs;
    this.#incoming = incoming;
  }

  async connect(channel: ChannelId, address: string, _schema: Schema, signal: AbortSignal): Promise<OutputChannel> {
    signal.throwIfAborted();
    if (this.#closed) throw exchangeError('exchange.connection-lost', 'This worker is ending.');
    if (address === this.address) return connectLocal(this.#inputs, channel);
    const connection = this.#connection(address);
    await unlessAborted(connection.welcomed, signal);
    return connection.open(channel);
  }

  accept(channel: ChannelId, schema: Schema): InputChannel {
    return this.#inputs.accept(channel, schema);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const reason = exchangeError('exchange.connection-lost', 'This worker is ending.');
    for (const connection of this.#outgoing.values()) connection.destroy(reason);
    for (const connection of this.#incoming) connection.destroy(reason);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #connection(address: string): OutgoingConnection {
    const known = this.#outgoing.get(address);
    if (known !== undefined) return known;
    const connection = new OutgoingConnection(address, this.#identity, () => this.#outgoing.delete(address));
    connection.welcomed.catch(() => {});
    this.#outgoing.set(address, connection);
    return connection;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      if (bound === null || typeof bound === 'string') reject(new Error('the exchange has no port'));
      else resolve(bound.port);
    });
  });
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
