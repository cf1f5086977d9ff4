import { ANONYMOUS, type Principal } from '../security/principal.ts';
import { SaslConversation } from '../security/sasl-conversation.ts';
import type { Users } from '../security/users.ts';
import type { ConnectedClient } from './connected-clients.ts';
import { asksForLogin, type ListenerAddress } from './listener-options.ts';

/** What clients say they are; anything else is not kept (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]{0,62}[a-zA-Z0-9])?$/;
const CLIENT_ID_LENGTH_MAX = 255;

/** What the broker knows of one connection: where it came in, who it is, what it does. */
export class Session {
  readonly listener: ListenerAddress;
  /** The address of the client. */
  readonly host: string;
  /** Undefined on a listener that asks nobody for a name. */
  readonly sasl: SaslConversation | undefined;
  private readonly certified: Principal | undefined;
  software: { readonly name: string; readonly version: string } | undefined;
  private readonly id: number;
  private readonly now: () => number;
  private readonly connectedAtMs: number;
  private clientId: string | null = null;
  private lastRequest: { readonly api: string; readonly version: number; readonly atMs: number } | null = null;
  private requests = 0;
  private requestBytes = 0;
  private responseBytes = 0;
  private throttledMs = 0;
  private restMs = 0;

  constructor(options: {
    readonly id: number;
    readonly listener: ListenerAddress;
    readonly host: string;
    /** Who the client is by its certificate, where nothing else is asked for. */
    readonly certified: Principal | undefined;
    readonly users: Users;
    readonly sessionMsMax: number;
    readonly now: () => number;
  }) {
    this.id = options.id;
    this.listener = options.listener;
    this.host = options.host;
    this.certified = options.certified;
    this.now = options.now;
    this.connectedAtMs = options.now();
    const { users, sessionMsMax, now } = options;
    if (asksForLogin(this.listener.protocol)) this.sasl = new SaslConversation(users, sessionMsMax, now);
  }

  /** Who is asking. Before the first log-in nobody asks for anything that depends on it. */
  get principal(): Principal {
    return (this.sasl === undefined ? this.certified : this.sasl.principal) ?? ANONYMOUS;
  }

  /** Whether somebody is logged in where that is asked for. */
  get isAuthenticated(): boolean {
    return this.sasl === undefined || this.sasl.principal !== undefined;
  }

  /** Notes a request; the connection calls it for each. */
  sawRequest(api: string, version: number, clientId: string | null, bytes: number): void {
    this.requests++;
    this.requestBytes += bytes;
    this.clientId = clientId === null ? this.clientId : clientId.slice(0, CLIENT_ID_LENGTH_MAX);
    this.lastRequest = { api, version, atMs: this.now() };
  }

  sawResponse(bytes: number): void {
    this.responseBytes += bytes;
  }

  /** Notes what ApiVersions says of the client; returns whether it is well-formed. */
  introduce(name: string, version: string): boolean {
    if (!SOFTWARE.test(name) || !SOFTWARE.test(version)) return false;
    this.software = { name, version };
    return true;
  }

  /** Lets no request of the connection in for so long, counted from the answer to this one (KIP-219). */
  rest(ms: number): void {
    this.throttledMs += ms;
    this.restMs = Math.max(this.restMs, ms);
  }

  /** The rest that is due; it is due once. */
  takeRest(): number {
    const ms = this.restMs;
    this.restMs = 0;
    return ms;
  }

  describe(): ConnectedClient {
    const { id, clientId, connectedAtMs, lastRequest, requests, requestBytes, responseBytes, throttledMs } = this;
    return {
      ...{ id, protocol: this.listener.protocol, address: this.host },
      principal: this.isAuthenticated ? this.principal : null,
      ...{ clientId, software: this.software ?? null, connectedAtMs, lastRequest },
      ...{ requests, requestBytes, responseBytes, throttledMs },
    };
  }
}
