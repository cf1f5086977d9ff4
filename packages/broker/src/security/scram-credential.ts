import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * What a server keeps of a password (RFC 5802 section 3):
 *
 *     SaltedPassword  := PBKDF2(password, salt, iterations)
 *     ClientKey       := HMAC(SaltedPassword, "Client Key")      StoredKey := H(ClientKey)
 *     ServerKey       := HMAC(SaltedPassword, "Server Key")
 *
 * Whoever steals StoredKey and ServerKey can neither log in nor read the password; they can only guess it, one PBKDF2 per
 * guess. Names and numbers of the mechanisms are those of KIP-554.
 */
export const SCRAM_MECHANISMS = {
  'SCRAM-SHA-256': { id: 1, hash: 'sha256', keyBytes: 32 },
  'SCRAM-SHA-512': { id: 2, hash: 'sha512', keyBytes: 64 },
} as const;

export type ScramMechanism = keyof typeof SCRAM_MECHANISMS;

/** Fewer are refused by Kafka's own servers. */
export const ITERATIONS_MIN = 4096;
/** More would make every log-in over PLAIN a denial of service. */
export const ITERATIONS_MAX = 16_384;

/** A stored credential; salt and keys in base64, as it stands in the journal. */
export interface ScramCredential {
  readonly mechanism: ScramMechanism;
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

const SALT_BYTES = 24;
const derive = promisify(pbkdf2);

/** The mechanism of a number on the wire; undefined when there is none of that number. */
export function scramMechanismOf(id: number): ScramMechanism | undefined {
  return scramMechanismNames().find((name) => SCRAM_MECHANISMS[name].id === id);
}

export function scramMechanismNames(): ScramMechanism[] {
  return Object.keys(SCRAM_MECHANISMS) as ScramMechanism[];
}

/** A credential of a password, with a salt of its own. */
export async function credentialOfPassword(
  mechanism: ScramMechanism,
  password: string,
  iterations: number = ITERATIONS_MIN,
): Promise<ScramCredential> {
  const salt = randomBytes(SALT_BYTES);
  return credentialOfSalted(mechanism, salt, iterations, await saltPassword(mechanism, password, salt, iterations));
}

/** A credential of what PBKDF2 made of a password; this is what administrators send over the wire. */
export function credentialOfSalted(
  mechanism: ScramMechanism,
  salt: Buffer,
  iterations: number,
  salted: Buffer,
): ScramCredential {
  const storedKey = digest(mechanism, hmac(mechanism, salted, 'Client Key'));
  const serverKey = hmac(mechanism, salted, 'Server Key');
  const encoded = { storedKey: storedKey.toString('base64'), serverKey: serverKey.toString('base64') };
  return { mechanism, salt: salt.toString('base64'), iterations, ...encoded };
}

/** Whether a password is the one of the credential; as slow as one log-in is meant to be, and off the main thread. */
export async function verifyPassword(credential: ScramCredential, password: string): Promise<boolean> {
  const { mechanism, iterations } = credential;
  const salted = await saltPassword(mechanism, password, Buffer.from(credential.salt, 'base64'), iterations);
  const storedKey = digest(mechanism, hmac(mechanism, salted, 'Client Key'));
  return timingSafeEqual(storedKey, Buffer.from(credential.storedKey, 'base64'));
}

/**
 * A credential that no password fits, always the same for one name: somebody who asks for an unknown user gets the same
 * kind of answer, after the same time, as for a known one (RFC 5802 section 5.1).
 */
export function decoyCredential(mechanism: ScramMechanism, user: string, secret: Buffer): ScramCredential {
  const bytes = (purpose: string) => hmac(mechanism, secret, `${purpose}:${user}`);
  const salt = bytes('salt').subarray(0, SALT_BYTES).toString('base64');
  const keys = { storedKey: bytes('stored').toString('base64'), serverKey: bytes('server').toString('base64') };
  return { mechanism, salt, iterations: ITERATIONS_MIN, ...keys };
}

export function hmac(mechanism: ScramMechanism, key: Buffer, text: string): Buffer {
  return createHmac(SCRAM_MECHANISMS[mechanism].hash, key).update(text).digest();
}

export function digest(mechanism: ScramMechanism, bytes: Buffer): Buffer {
  return createHash(SCRAM_MECHANISMS[mechanism].hash).update(bytes).digest();
}

/** PBKDF2. */
export function saltPassword(
  mechanism: ScramMechanism,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<Buffer> {
  const { keyBytes, hash } = SCRAM_MECHANISMS[mechanism];
  return derive(password, salt, iterations, keyBytes, hash);
}
