import { LOOKUP_OPTIONS_WITHOUT_COPY } from '../lookup/options.ts';
import type { ConnectorDescription, OptionIssue } from '../option/description.ts';
import { parseKeyTemplate } from './key-template.ts';

/** Options of the `redis` connector. Flink has none of its own; names are those its community's connectors share. */
export const REDIS: ConnectorDescription = {
  name: 'redis',
  title: 'Redis',
  help: 'Asks Redis for the rows of a key, or keeps there the row each key has now. A row is a JSON object under its key, or a hash with a field per column.',
  roles: ['lookup', 'sink'],
  sinkChanges: 'upsert',
  check: checkTogether,
  options: [
    { name: 'host', kind: 'string', role: 'both', required: true, help: 'Host of the server.' },
    {
      name: 'port',
      kind: 'int',
      role: 'both',
      required: false,
      default: '6379',
      min: 1,
      max: 65_535,
      help: 'Its port.',
    },
    {
      name: 'database',
      kind: 'int',
      role: 'both',
      required: false,
      default: '0',
      min: 0,
      max: 1_000_000,
      help: 'Number of the database.',
    },
    { name: 'username', kind: 'string', role: 'both', required: false, help: 'User to sign in as.' },
    { name: 'password', kind: 'string', role: 'both', required: false, secret: true, help: 'Password of that user.' },
    { name: 'ssl', kind: 'boolean', role: 'both', required: false, default: 'false', help: 'Connect over TLS.' },
    {
      name: 'ssl.certificates',
      kind: 'string',
      role: 'both',
      required: false,
      help: 'Certificates to trust, as PEM text; those of public authorities when absent.',
    },
    {
      name: 'key',
      kind: 'string',
      role: 'both',
      required: true,
      help: "The Redis key of a row, with columns in braces: 'customer:{id}'. A join compares these columns; a sink with a PRIMARY KEY names just its columns.",
    },
    {
      name: 'mode',
      kind: 'enum',
      role: 'both',
      required: false,
      default: 'string',
      values: ['string', 'hash'],
      help: 'Whether a row is a JSON object in a string, or a hash with a field per column.',
    },
    {
      name: 'ttl',
      kind: 'duration',
      role: 'sink',
      required: false,
      help: 'How long after it was written Redis keeps a row; without it, for ever.',
    },
    ...LOOKUP_OPTIONS_WITHOUT_COPY,
  ],
};

function checkTogether(options: Readonly<Record<string, string>>): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const template = parseKeyTemplate(options.key ?? '');
  if (typeof template === 'string') {
    issues.push({ option: 'key', reason: 'invalid', message: `option 'key' ${template}` });
  }
  if (/[\s/@]/.test(options.host ?? '')) {
    const message =
      "option 'host' is the name or address of a server alone; port, user and password are options of their own";
    issues.push({ option: 'host', reason: 'invalid', message });
  }
  if (options.username !== undefined && options.password === undefined) {
    issues.push({ option: 'password', reason: 'missing', message: "option 'password' is required with 'username'" });
  }
  return issues;
}
