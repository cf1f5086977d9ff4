/** Headers that say how a message is carried: the connector writes them itself (RFC 9110, 7.6.1). */
const CARRIAGE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What is wrong with the name of a header, to follow the name of an option. */
export function validateHeaderName(name: string): string | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return 'does not end in the name of a header';
  return CARRIAGE.has(name.toLowerCase()) ? `cannot be given: ${name} is written by the connector` : undefined;
}

/** Visible ASCII, blanks and tabs: a line break would begin another header. */
export function validateHeaderValue(value: string): string | undefined {
  return /^[\t\x20-\x7e]*$/.test(value) ? undefined : 'must be visible ASCII text on one line';
}
