import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate of its own authority for 127.0.0.1 and localhost, in files, made for one test. */
export interface TestCertificate extends AsyncDisposable {
  readonly certFile: string;
  readonly keyFile: string;
  /** What a client has to trust. */
  readonly certPem: string;
  readonly keyPem: string;
}

/** Makes a P-256 key and a certificate that signs itself, valid for a day (RFC 5280, the least that OpenSSL accepts). */
export async function createCertificate(commonName = 'millrace test'): Promise<TestCertificate> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(publicKey.export({ type: 'spki', format: 'der' }), commonName);
  const certificate = sequence(body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, privateKey)));
  const certPem = pem('CERTIFICATE', certificate);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await writeFile(certFile, certPem);
  const keyPem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(keyFile, keyPem, { mode: 0o600 });
  return {
    certFile,
    keyFile,
    certPem,
    keyPem,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** TBSCertificate ::= SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject, key, [3] extensions } */
function certificateBody(key: Buffer, commonName: string): Buffer {
  const name = sequence(der(SET, sequence(oid(0x55, 0x04, 0x03), der(UTF8_STRING, Buffer.from(commonName)))));
  const now = Date.now();
  const validity = sequence(utcTime(now - HOUR_MS), utcTime(now + 24 * HOUR_MS));
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const isAuthority = der(BOOLEAN, Buffer.from([0xff]));
  const extensions = sequence(
    sequence(oid(0x55, 0x1d, 0x13), der(BOOLEAN, Buffer.from([0xff])), der(OCTETS, sequence(isAuthority))),
    sequence(oid(0x55, 0x1d, 0x11), der(OCTETS, names)),
  );
  const version3 = der(0xa0, der(INTEGER, Buffer.from([2])));
  const serial = der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  return sequence(version3, serial, ECDSA_WITH_SHA256, name, validity, name, key, der(0xa3, extensions));
}

const HOUR_MS = 3_600_000;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const OCTETS = 0x04;
const UTF8_STRING = 0x0c;
const SET = 0x31;

/** Tag, length, value. */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function bitString(value: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), value]));
}

/** YYMMDDHHMMSSZ */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
