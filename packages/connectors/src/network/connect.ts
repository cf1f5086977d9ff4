import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction, Socket } from 'node:net';
import { StreamError } from '@millrace/model';
import { ALLOW_SETTING, type NetworkPolicy } from './network-policy.ts';

/**
 * Connections to hosts that users name. A name is resolved once, by the connection itself, and connected to at
 * exactly the addresses that were checked: nobody can answer a second question differently (DNS rebinding).
 */
export class GuardedNetwork {
  readonly #policy: NetworkPolicy;
  /** The option people find the host in, for messages. */
  readonly #option: string;
  /** The last refusal: client libraries wrap errors beyond recognition. */
  refusal: StreamError | undefined;

  constructor(policy: NetworkPolicy, option: string) {
    this.#policy = policy;
    this.#option = option;
  }

  /** For `net.connect` and `tls.connect`: asked for a name, never for an address. */
  lookupFor(port: number): LookupFunction {
    return (host, options, callback) => {
      resolve(host, { ...options, all: true }, (error, found) => {
        if (error !== null) {
          callback(error, '');
          return;
        }
        const allowed = found.filter(({ address }) => this.#policy.allows(host, port, address));
        const [first] = allowed;
        if (first === undefined) callback(this.#refuse(host, port, found.map(({ address }) => address).join(', ')), '');
        else if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }

  /** Throws `network.forbidden` when the host is an address that is not allowed. */
  checkAddress(host: string, port: number): void {
    if (isIP(host) !== 0 && !this.#policy.allows(host, port, host)) throw this.#refuse(host, port, host);
  }

  /** Throws `network.forbidden` when a host may not be reached; a name that cannot be resolved is for the connection to tell. */
  async check(host: string, port: number): Promise<void> {
    this.checkAddress(host, port);
    if (isIP(host) !== 0) return;
    await new Promise<void>((done, refuse) => {
      this.lookupFor(port)(host, { all: true }, (error) => (error instanceof StreamError ? refuse(error) : done()));
    });
  }

  /** A socket for clients that connect it themselves, by `connect(port, host)`. */
  socket(): Socket {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    const guarded = (port: unknown, host: unknown): Socket => {
      // Anything else would be a socket file of this machine.
      if (typeof port !== 'number' || typeof host !== 'string') return socket.destroy(new Error('no host and port'));
      try {
        this.checkAddress(host, port);
      } catch (error) {
        return socket.destroy(error instanceof Error ? error : undefined);
      }
      return connect({ port, host, lookup: this.lookupFor(port) });
    };
    return Object.assign(socket, { connect: guarded });
  }

  #refuse(host: string, port: number, addresses: string): StreamError {
    const message = `'${host}:${port}' in option '${this.#option}' is in a private network, which jobs may not reach; an administrator allows it by adding '${host}:${port}' to ${ALLOW_SETTING}`;
    this.refusal = new StreamError('network.forbidden', message, { domain: 'user', retry: 'never', detail: addresses });
    return this.refusal;
  }
}
