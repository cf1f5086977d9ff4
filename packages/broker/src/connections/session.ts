import { ANONYMOUS, type Principal } from '../security/principal.ts';
import { SaslConversation } from '../security/sasl-conversation.ts';
import type { Users } from '../security/users.ts';
import { asksForLogin, type ListenerAddress } from './listener-options.ts';

/** What the broker knows of one connection: where it came in, who it is. */
export class Session {
  readonly listener: ListenerAddress;
  /** The address of the client. */
  readonly host: string;
  /** Undefined on a listener that asks nobody for a name. */
  readonly sasl: SaslConversation | undefined;

  constructor(options: {
    readonly listener: ListenerAddress;
    readonly host: string;
    readonly users: Users;
    readonly sessionMsMax: number;
    readonly now: () => number;
  }) {
    this.listener = options.listener;
    this.host = options.host;
    const { users, sessionMsMax, now } = options;
    if (asksForLogin(this.listener.protocol)) this.sasl = new SaslConversation(users, sessionMsMax, now);
  }

  /** Who is asking. Before the first log-in nobody asks for anything that depends on it. */
  get principal(): Principal {
    return this.sasl?.principal ?? ANONYMOUS;
  }

  /** Whether somebody is logged in where that is asked for. */
  get isAuthenticated(): boolean {
    return this.sasl === undefined || this.sasl.principal !== undefined;
  }
}
