/**
 * Secrets are taken out of a finished log line, so that no caller can forget to. Two nets: the values
 * somebody registered (exact, also in their JSON-escaped form), and shapes that look like secrets
 * wherever they come from: URL userinfo, `password=...` with its relatives (JAAS too), JSON members with such names, bearer tokens.
 *
 * Works on the text of one JSON line and keeps it valid JSON: a replacement never crosses a string's end.
 */
export type Redact = (line: string) => string;

const MASK = '***';
/** Shorter values would blank out ordinary words. */
const SECRET_LENGTH_MIN = 4;

const NAMES = '(?:password|passwd|pwd|secret|token|api[-_]?key|private[-_]?key|credentials)';
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*):[^\s@/"\\]+@/gi;
const JSON_MEMBER = new RegExp(`("[^"\\\\]*${NAMES}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)+(?=")`, 'gi');
const ASSIGNMENT = new RegExp(
  `(${NAMES}\\s*=\\s*)(?:\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\"|'[^'"\\\\]*'|[^\\s"'\\\\,;&]+)`,
  'gi',
);
const BEARER = /(\bbearer\s+)[a-z0-9._~+/=-]+/gi;

export function createRedactor(secrets: readonly string[]): Redact {
  const values = knownForms(secrets);
  return (line) => {
    let clean = line;
    for (const value of values) if (clean.includes(value)) clean = clean.replaceAll(value, MASK);
    return clean
      .replace(USERINFO, `$1:${MASK}@`)
      .replace(JSON_MEMBER, `$1${MASK}`)
      .replace(ASSIGNMENT, `$1${MASK}`)
      .replace(BEARER, `$1${MASK}`);
  };
}

/** Longest first, so that a secret which contains another one leaves no rest behind. */
function knownForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SECRET_LENGTH_MIN) continue;
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
