import { startPlain } from './plain-exchange.ts';
import { type ScramMechanism, scramMechanismNames } from './scram-credential.ts';
import { startScram } from './scram-exchange.ts';
import type { Users } from './users.ts';

/** What a server says to one message of a client. `refused` carries the sentence that Kafka's own server sends. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly token: Buffer }
  | { readonly kind: 'accepted'; readonly token: Buffer; readonly user: string }
  | { readonly kind: 'refused'; readonly message: string };

/** One run of a mechanism: called with each message of the client until it accepts or refuses. */
export type SaslExchange = (message: Buffer) => Promise<SaslStep>;

export type SaslMechanism = 'PLAIN' | ScramMechanism;

/** Every mechanism this broker knows, in the order in which it names them to clients. */
export const SASL_MECHANISMS: readonly SaslMechanism[] = ['PLAIN', ...scramMechanismNames()];

/** The mechanism of a name from the wire; undefined when this broker does not know it. */
export function saslMechanismOf(name: string): SaslMechanism | undefined {
  return SASL_MECHANISMS.find((mechanism) => mechanism === name);
}

export function startExchange(mechanism: SaslMechanism, users: Users): SaslExchange {
  return mechanism === 'PLAIN' ? startPlain(users) : startScram(mechanism, users);
}
