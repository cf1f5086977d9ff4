import { type KafkaErrorName, ProtocolError } from '@millrace/kafka-protocol';
import { type Principal, principalOf } from './principal.ts';
import { type SaslExchange, type SaslMechanism, saslMechanismOf, startExchange } from './sasl-exchange.ts';
import type { Users } from './users.ts';

/**
 * Where a connection stands.
 *
 * - `handshake`: the mechanism is not chosen yet
 * - `exchange`: messages of the mechanism come in SaslAuthenticate requests (handshake v1)
 * - `raw`: messages of the mechanism come as bare frames (handshake v0, KIP-43)
 * - `authenticated`: everything may be asked; a handshake starts over when sessions have an end (KIP-368)
 * - `failed`: the answer is on its way, then the connection ends
 */
type SaslState = 'handshake' | 'exchange' | 'raw' | 'authenticated' | 'failed';

const MOVES: Readonly<Record<SaslState, readonly SaslState[]>> = {
  handshake: ['exchange', 'raw', 'failed'],
  exchange: ['authenticated', 'failed'],
  raw: ['authenticated', 'failed'],
  authenticated: ['exchange', 'failed'],
  failed: [],
};

/** What is answered to one message of a mechanism. */
export type SaslOutcome =
  | { readonly kind: 'continues'; readonly token: Buffer }
  | { readonly kind: 'authenticated'; readonly token: Buffer; readonly lifetimeMs: number }
  | { readonly kind: 'refused'; readonly error: KafkaErrorName; readonly message: string };

interface Identity {
  readonly principal: Principal;
  readonly mechanism: SaslMechanism;
}

/** The authentication of one connection, from the first handshake on, with every later one. */
export class SaslConversation {
  private state: SaslState = 'handshake';
  private mechanism: SaslMechanism = 'PLAIN';
  private exchange: SaslExchange | undefined;
  private identity: Identity | undefined;
  private expiresAtMs = Number.POSITIVE_INFINITY;
  private readonly users: Users;
  private readonly sessionMsMax: number;
  private readonly now: () => number;

  /** @param sessionMsMax after which time a client must authenticate again; 0 never */
  constructor(users: Users, sessionMsMax: number, now: () => number) {
    this.users = users;
    this.sessionMsMax = sessionMsMax;
    this.now = now;
  }

  /** Undefined until the first exchange has succeeded. */
  get principal(): Principal | undefined {
    return this.identity?.principal;
  }

  /** Whether the next request belongs to the authentication and nothing else may be served beside it. */
  get isBusy(): boolean {
    return this.state !== 'authenticated';
  }

  get expectsRawFrames(): boolean {
    return this.state === 'raw';
  }

  get hasFailed(): boolean {
    return this.state === 'failed';
  }

  get isExpired(): boolean {
    return this.now() >= this.expiresAtMs;
  }

  /** SaslHandshake: chooses the mechanism. Whoever is logged in for good is told so, and stays. */
  handshake(name: string, version: number): KafkaErrorName {
    if (this.state === 'authenticated') {
      if (this.sessionMsMax === 0 || version === 0) return 'ILLEGAL_SASL_STATE';
    } else if (this.state !== 'handshake') return this.fail('ILLEGAL_SASL_STATE');
    const mechanism = saslMechanismOf(name);
    if (mechanism === undefined) return this.fail('UNSUPPORTED_SASL_MECHANISM');
    this.move(version === 0 ? 'raw' : 'exchange');
    this.mechanism = mechanism;
    this.exchange = startExchange(mechanism, this.users);
    return 'NONE';
  }

  /**
   * SaslAuthenticate, or a raw frame: one message of the mechanism. Never called before the last one is answered. Rejects
   * before the handshake: there is nothing yet that could be answered.
   */
  async authenticate(message: Buffer): Promise<SaslOutcome> {
    if (this.state === 'handshake') throw new ProtocolError('SaslAuthenticate before SaslHandshake');
    if (this.state === 'authenticated')
      return { kind: 'refused', error: 'ILLEGAL_SASL_STATE', message: 'logged in already' };
    if (this.exchange === undefined || (this.state !== 'exchange' && this.state !== 'raw')) {
      return this.refuse('ILLEGAL_SASL_STATE', 'SaslHandshake comes first');
    }
    const step = await this.exchange(message);
    switch (step.kind) {
      case 'challenge':
        return { kind: 'continues', token: step.token };
      case 'refused':
        return this.refuse('SASL_AUTHENTICATION_FAILED', step.message);
      case 'accepted':
        return this.accept({ principal: principalOf(step.user), mechanism: this.mechanism }, step.token);
    }
  }

  private accept(identity: Identity, token: Buffer): SaslOutcome {
    const former = this.identity;
    if (former !== undefined && (former.principal !== identity.principal || former.mechanism !== identity.mechanism)) {
      return this.refuse(
        'SASL_AUTHENTICATION_FAILED',
        'Cannot change principals or mechanisms during re-authentication',
      );
    }
    this.move('authenticated');
    this.identity = identity;
    this.exchange = undefined;
    const lifetimeMs = this.sessionMsMax;
    if (lifetimeMs > 0) this.expiresAtMs = this.now() + lifetimeMs;
    return { kind: 'authenticated', token, lifetimeMs };
  }

  private refuse(error: KafkaErrorName, message: string): SaslOutcome {
    this.fail(error);
    return { kind: 'refused', error, message };
  }

  private fail(error: KafkaErrorName): KafkaErrorName {
    this.move('failed');
    return error;
  }

  private move(next: SaslState): void {
    if (this.state === next) return;
    if (!MOVES[this.state].includes(next)) throw new Error(`a ${this.state} authentication cannot become ${next}`);
    this.state = next;
  }
}
