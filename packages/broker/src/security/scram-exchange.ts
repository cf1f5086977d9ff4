import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { SaslExchange, SaslStep } from './sasl-exchange.ts';
import { digest, hmac, type ScramCredential, type ScramMechanism } from './scram-credential.ts';
import type { Users } from './users.ts';

const NONCE_BYTES = 24;
/** Any printable ASCII but the comma (RFC 5802 section 7). */
const NONCE = '[!-+\\--~]+';
/** `n` no channel binding, `y` the client could but thinks that the server cannot; `p=` asks for it and is refused. */
const CLIENT_FIRST = new RegExp(
  `^(?<header>[ny],(?:a=(?<authzid>[^,]*))?,)(?<bare>n=(?<user>[^,]+),r=(?<nonce>${NONCE})(?:,.*)?)$`,
);
const CLIENT_FINAL = new RegExp(
  `^(?<bare>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>${NONCE})(?:,.*)?),p=(?<proof>[A-Za-z0-9+/=]+)$`,
);

/** What the first two messages agreed on. */
interface Agreed {
  readonly user: string;
  readonly credential: ScramCredential;
  /** The client's gs2 header, which its final message repeats. */
  readonly header: string;
  /** The server's half, which makes the proof one for this log-in only. */
  readonly serverNonce: string;
  /** client-first-bare "," server-first */
  readonly authMessage: string;
}

/**
 * SCRAM (RFC 5802), the server's side, without channel binding, as Kafka speaks it.
 *
 *     client-first   ("n" | "y") "," ["a=" authzid] "," "n=" user ",r=" nonce
 *     server-first   "r=" nonce + server nonce ",s=" salt ",i=" iterations
 *     client-final   "c=" base64(gs2 header) ",r=" nonce + server nonce ",p=" proof
 *     server-final   "v=" server signature
 *
 *     AuthMessage     := client-first-bare "," server-first "," client-final-without-proof
 *     proof           := ClientKey XOR HMAC(StoredKey, AuthMessage)       server signature := HMAC(ServerKey, AuthMessage)
 */
export function startScram(mechanism: ScramMechanism, users: Users): SaslExchange {
  let agreed: Agreed | undefined;
  return async (message) => {
    const text = message.toString('utf8');
    if (agreed !== undefined) return finish(mechanism, text, agreed, users);
    const first = CLIENT_FIRST.exec(text)?.groups;
    const user = first === undefined ? undefined : decodeName(first.user ?? '');
    if (first === undefined || user === undefined) return refused('Invalid SCRAM first client message');
    const authzid = decodeName(first.authzid ?? '');
    if (authzid !== '' && authzid !== user) {
      return refused('Client requested an authorization id that is different from username');
    }
    const credential = users.credential(user, mechanism);
    const serverNonce = randomBytes(NONCE_BYTES).toString('base64url');
    const challenge = `r=${first.nonce}${serverNonce},s=${credential.salt},i=${credential.iterations}`;
    agreed = { user, credential, header: first.header ?? '', serverNonce, authMessage: `${first.bare},${challenge}` };
    return { kind: 'challenge', token: Buffer.from(challenge) };
  };
}

function finish(mechanism: ScramMechanism, text: string, agreed: Agreed, users: Users): SaslStep {
  const final = CLIENT_FINAL.exec(text)?.groups;
  if (final === undefined) return refused('Invalid SCRAM final client message');
  const binding = Buffer.from(final.binding ?? '', 'base64').toString('utf8');
  // Not compared as a whole, nor does Kafka: librdkafka 2.0 puts its own half there twice.
  if (!final.nonce?.endsWith(agreed.serverNonce) || binding !== agreed.header)
    return refused('Invalid client nonce in the final message');
  const authMessage = `${agreed.authMessage},${final.bare}`;
  if (!proves(agreed.credential, Buffer.from(final.proof ?? '', 'base64'), authMessage))
    return refused(invalidCredentials(mechanism));
  // Deleted or changed between the two messages: the proof was for a password that is no longer one.
  if (users.credential(agreed.user, mechanism).storedKey !== agreed.credential.storedKey)
    return refused(invalidCredentials(mechanism));
  const signature = hmac(mechanism, Buffer.from(agreed.credential.serverKey, 'base64'), authMessage);
  return { kind: 'accepted', token: Buffer.from(`v=${signature.toString('base64')}`), user: agreed.user };
}

/** Whether the proof, taken off by the signature, is the key whose digest is stored. */
function proves({ mechanism, storedKey }: ScramCredential, proof: Buffer, authMessage: string): boolean {
  const stored = Buffer.from(storedKey, 'base64');
  const signature = hmac(mechanism, stored, authMessage);
  if (proof.length !== signature.length) return false;
  const clientKey = Buffer.from(proof.map((byte, i) => byte ^ (signature[i] ?? 0)));
  return timingSafeEqual(digest(mechanism, clientKey), stored);
}

/** `=2C` is a comma, `=3D` an equals sign, any other `=` an error. */
function decodeName(encoded: string): string | undefined {
  if (/=(?!2C|3D)/.test(encoded)) return undefined;
  return encoded.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

function invalidCredentials(mechanism: ScramMechanism): string {
  return `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`;
}

function refused(message: string): SaslStep {
  return { kind: 'refused', message };
}
