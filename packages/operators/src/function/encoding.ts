import { createHash } from 'node:crypto';
import type { Value } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import { JSON_CONSTRUCTORS } from './json-construct.ts';
import { jsonItems } from './json-path.ts';
import { jsonOf } from './json-text.ts';
import { regexpAll } from './regexp.ts';
import type { ValueFunction } from './value-function.ts';

/** Functions between numbers, texts, bytes and their written forms; made for the types of one call. NULL in, NULL out. */
export const ENCODING_FUNCTIONS = {
  ...JSON_CONSTRUCTORS,
  bin: () => (value) => (value === null ? null : BigInt.asUintN(64, BigInt(String(value))).toString(2)),
  hex: () => (value) => (value === null ? null : hexOf(value)),
  unhex: () => (text) => (text === null ? null : bytesOfHex(String(text))),
  'json-string':
    ([type]) =>
    (value) =>
      value === null || type === undefined ? null : jsonOf(value, type),
  'json-items': () => (text) => (text === null ? null : jsonItems(String(text))),
  'regexp-extract-all': () => (text, pattern, group) => {
    if (text === null || pattern === null || group === null) return null;
    return regexpAll(String(text), String(pattern)).map((match) => match[Number(group ?? 1)] ?? null);
  },
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

/** Numbers in two's complement, texts by their UTF-8 bytes; upper case, as Flink's HEX. */
function hexOf(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex').toUpperCase();
  return BigInt.asUintN(64, BigInt(String(value)))
    .toString(16)
    .toUpperCase();
}

/** NULL for what is no hexadecimal text; an odd one begins with a 0 nobody wrote. */
function bytesOfHex(text: string): Uint8Array | null {
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return /^[0-9a-fA-F]*$/.test(even) ? new Uint8Array(Buffer.from(even, 'hex')) : null;
}

/** SHA1, SHA224, SHA384, SHA512 of the UTF-8 bytes, in hexadecimal. */
export const sha1 = (text: string): string => digest('sha1', text);
export const sha224 = (text: string): string => digest('sha224', text);
export const sha384 = (text: string): string => digest('sha384', text);
export const sha512 = (text: string): string => digest('sha512', text);

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Of two texts or two byte strings. */
export function startsWith(value: string | Uint8Array, part: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.startsWith(String(part));
  return typeof part !== 'string' && Buffer.compare(value.subarray(0, part.length), part) === 0;
}

export function endsWith(value: string | Uint8Array, part: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.endsWith(String(part));
  if (typeof part === 'string' || part.length > value.length) return false;
  return Buffer.compare(value.subarray(value.length - part.length), part) === 0;
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

export function urlEncode(text: string): string {
  // application/x-www-form-urlencoded, as java.net.URLEncoder.
  return new URLSearchParams([['', text.toWellFormed()]]).toString().slice(1);
}

export function urlDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Not an encoded text: NULL, as in Flink.
    return undefined;
  }
}

/** A part of a URL by Flink's names; `key` picks one parameter of QUERY. NULL for what is no URL or not there. */
export function parseUrl(text: string, part: string, key?: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (key !== undefined) return part === 'QUERY' ? (url.searchParams.get(key) ?? undefined) : undefined;
  const parts: Readonly<Record<string, string>> = {
    HOST: url.hostname,
    PATH: url.pathname,
    QUERY: url.search.slice(1),
    REF: url.hash.slice(1),
    PROTOCOL: url.protocol.slice(0, -1),
    FILE: `${url.pathname}${url.search}`,
    // As it is written: a URL forgets the port its protocol has anyway.
    AUTHORITY: /^[^:/?#]+:\/\/([^/?#]*)/.exec(text.trim())?.[1] ?? '',
    USERINFO: url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}`,
  };
  return parts[part] || undefined;
}

const CHARSETS = ['US-ASCII', 'ISO-8859-1', 'UTF-8', 'UTF-16BE', 'UTF-16LE', 'UTF-16'];

export function encodeText(text: string, charset: string): Uint8Array {
  switch (charset.toUpperCase()) {
    case 'US-ASCII':
      return Uint8Array.from(text, (char) => (char.charCodeAt(0) < 128 ? char.charCodeAt(0) : 63));
    case 'ISO-8859-1':
      return Uint8Array.from(text, (char) => (char.charCodeAt(0) < 256 ? char.charCodeAt(0) : 63));
    case 'UTF-8':
      return new Uint8Array(Buffer.from(text));
    case 'UTF-16LE':
      return new Uint8Array(Buffer.from(text, 'utf16le'));
    case 'UTF-16BE':
      return new Uint8Array(Buffer.from(text, 'utf16le').swap16());
    case 'UTF-16':
      return new Uint8Array(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]));
    default:
      throw badCharset(charset);
  }
}

export function decodeText(bytes: Uint8Array, charset: string): string {
  const name = charset.toUpperCase();
  if (!CHARSETS.includes(name)) throw badCharset(charset);
  if (name === 'US-ASCII') return new TextDecoder('utf-8').decode(bytes.map((byte) => (byte < 128 ? byte : 63)));
  if (name === 'ISO-8859-1') return Buffer.from(bytes).toString('latin1');
  const isBig = name === 'UTF-16BE' || (name === 'UTF-16' && !(bytes[0] === 0xff && bytes[1] === 0xfe));
  return new TextDecoder(name === 'UTF-8' ? 'utf-8' : isBig ? 'utf-16be' : 'utf-16le').decode(bytes);
}

function badCharset(charset: string): StreamError {
  return new StreamError(
    'expression.bad-charset',
    `There is no character set '${charset}': use one of ${CHARSETS.join(', ')}.`,
    {
      domain: 'user',
      retry: 'never',
    },
  );
}
