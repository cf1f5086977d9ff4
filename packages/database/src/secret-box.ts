import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StreamError } from '@millrace/model';

/** First byte of every box, so that another cipher or key can follow one day. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/**
 * Seals the secret options of a connection: version, nonce, tag, then AES-256-GCM of their JSON. The
 * connection's name is authenticated with it, so a box copied to another row does not open.
 * `key` is 32 bytes.
 */
export function sealSecret(key: Uint8Array, connection: string, secret: Readonly<Record<string, string>>): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(connection));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** The other direction. Throws `connection.secret-unreadable` for another key, another name or damaged bytes. */
export function openSecret(key: Uint8Array, connection: string, box: Uint8Array): Readonly<Record<string, string>> {
  try {
    if (box[0] !== VERSION) throw new Error(`box of version ${box[0]}`);
    const bytes = Buffer.from(box);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_BYTES));
    decipher.setAAD(Buffer.from(connection));
    decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES)), decipher.final()]).toString('utf8');
    return JSON.parse(text) as Readonly<Record<string, string>>;
  } catch (cause) {
    throw new StreamError(
      'connection.secret-unreadable',
      `The secret of connection "${connection}" cannot be read with this platform's key. Enter the secret again.`,
      { domain: 'user', retry: 'never', cause },
    );
  }
}
