import { createRequire } from 'node:module';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Redis } from 'ioredis';
import { GuardedNetwork } from '../network/connect.ts';
import type { RedisPlace } from './table.ts';

/** The driver is loaded by the first connection: most jobs have none, and every job would pay for it at its start. */
const require = createRequire(import.meta.url);
type Driver = typeof import('ioredis');

const CONNECT_MS_MAX = 10_000;
const COMMAND_MS_MAX = 30_000;
const CLOSE_MS_MAX = 1_000;

/** One connection to a server, made when it is first needed and again when it broke: whoever asks decides about trying again. */
export class RedisConnection {
  readonly #place: RedisPlace;
  readonly #name: string;
  #client: Redis | undefined;
  #opening: Promise<Redis> | undefined;

  /** `name` is what the server lists the client as. */
  constructor(place: RedisPlace, name: string) {
    this.#place = place;
    this.#name = name.replaceAll(/[^A-Za-z0-9_.:-]+/g, '-').slice(0, 64);
  }

  /** Rejects with what kept it from connecting. */
  client(): Promise<Redis> {
    if (this.#client !== undefined && this.#client.status === 'ready') return Promise.resolve(this.#client);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#client?.disconnect();
  }

  async #open(): Promise<Redis> {
    this.#client?.disconnect();
    const { username, password, database, tls } = this.#place;
    const network = new GuardedNetwork(this.#place.network, 'host');
    const driver = require('ioredis') as Driver;
    const client = new driver.Redis({
      Connector: connectorTo(driver, this.#place, network),
      ...(tls === undefined ? {} : { tls: {} }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      db: database,
      connectionName: this.#name,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_MS_MAX,
      commandTimeout: COMMAND_MS_MAX,
    });
    let reason: Error | undefined;
    client.on('error', (error) => {
      reason ??= error;
    });
    this.#client = client;
    try {
      await client.connect();
      return client;
    } catch (error) {
      client.disconnect();
      throw network.refusal ?? reason ?? error;
    }
  }
}

/** The name a server is asked to prove; an address is none (RFC 6066, 3). */
function nameFor(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** How ioredis gets its socket: through the network policy, at the addresses that were checked. */
function connectorTo({ AbstractConnector }: Driver, { host, port, tls }: RedisPlace, network: GuardedNetwork) {
  return class extends AbstractConnector {
    constructor() {
      super(CLOSE_MS_MAX);
    }

    override connect(): Promise<Socket> {
      this.connecting = true;
      return new Promise((resolve) => {
        network.checkAddress(host, port);
        const place = { host, port, lookup: network.lookupFor(port) };
        const stream = tls === undefined ? connect(place) : connectTls({ ...place, ...nameFor(host), ca: tls.ca });
        this.stream = stream;
        stream.once('error', (error) => {
          this.firstError = error;
        });
        resolve(stream);
      });
    }
  };
}
