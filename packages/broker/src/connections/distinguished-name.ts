import type { PeerCertificate } from 'node:tls';

/**
 * The subject of a certificate as Kafka names the principal of a client (RFC 2253, the most specific part first):
 * `CN=worker,OU=streams,O=Example`.
 */
export function distinguishedName(subject: PeerCertificate['subject']): string {
  return Object.entries(subject)
    .flatMap(([type, value]) => [value].flat().map((each) => `${type}=${escaped(String(each))}`))
    .reverse()
    .join(',');
}

function escaped(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/ $/, '\\ ');
}
