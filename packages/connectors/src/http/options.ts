import { LOOKUP_OPTIONS_WITHOUT_COPY } from '../lookup/options.ts';
import type { ConnectorDescription, OptionIssue } from '../option/description.ts';
import { placeholdersOf } from './endpoint.ts';
import { validateHeaderName, validateHeaderValue } from './header.ts';

const PREFIX = 'gid.connector.http.source.lookup.';
export const HEADER_OPTION = `${PREFIX}header.<name>`;
export const TIMEOUT_OPTION = `${PREFIX}request.timeout`;
export const CONCURRENCY_OPTION = `${PREFIX}request.thread-pool.size`;
export const CERTIFICATES_OPTION = 'gid.connector.http.security.cert.server';
export const RESULT_OPTION = `${PREFIX}result-type`;

/** Options of the `rest-lookup` connector: names of the HTTP connector that GetInData publishes for Flink. */
export const REST_LOOKUP: ConnectorDescription = {
  name: 'rest-lookup',
  title: 'HTTP',
  help: 'Asks an HTTP service that answers with JSON for the rows of a key. No answer (404, 204, null, an empty array) means no row.',
  roles: ['lookup'],
  check: checkTogether,
  options: [
    {
      name: 'url',
      kind: 'string',
      role: 'both',
      required: true,
      help: 'Where to ask: https://host/customers/{id}. {column} stands for a column of the key; the others go into the query string, or with POST and PUT into the body as a JSON object.',
    },
    {
      name: 'format',
      kind: 'enum',
      role: 'both',
      required: true,
      values: ['json'],
      help: 'Format of the answer.',
    },
    {
      name: 'lookup-method',
      kind: 'enum',
      role: 'lookup',
      required: false,
      default: 'GET',
      values: ['GET', 'POST', 'PUT'],
      help: 'How to ask. Asked again after a failure, so it must not change anything.',
    },
    {
      name: HEADER_OPTION,
      kind: 'string',
      role: 'lookup',
      required: false,
      secret: true,
      help: 'A header of every request, such as Authorization.',
    },
    {
      name: RESULT_OPTION,
      kind: 'enum',
      role: 'lookup',
      required: false,
      default: 'single-value',
      values: ['single-value', 'array'],
      help: 'Whether the answer is one object, or an array of objects, each a row.',
    },
    {
      name: TIMEOUT_OPTION,
      kind: 'int',
      role: 'lookup',
      required: false,
      default: '30',
      min: 1,
      max: 600,
      help: 'Seconds after which a request is given up and made again.',
    },
    {
      name: CONCURRENCY_OPTION,
      kind: 'int',
      role: 'lookup',
      required: false,
      default: '8',
      min: 1,
      max: 64,
      help: 'Requests a task has under way at one time, each for one key.',
    },
    {
      name: CERTIFICATES_OPTION,
      kind: 'string',
      role: 'lookup',
      required: false,
      help: 'Certificates to trust, as PEM text; those of public authorities when absent.',
    },
    ...LOOKUP_OPTIONS_WITHOUT_COPY,
  ],
};

/** Messages never hold a header's value. */
function checkTogether(options: Readonly<Record<string, string>>): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const invalid = (option: string, message: string) => issues.push({ option, reason: 'invalid', message });
  if (placeholdersOf(options.url ?? '') === undefined) {
    invalid(
      'url',
      "option 'url' must be http://host/path or https://host/path, with {column} in path or query only; user and password go into a header option",
    );
  }
  const header = HEADER_OPTION.replace('<name>', '');
  for (const [option, value] of Object.entries(options)) {
    if (!option.startsWith(header)) continue;
    const message = validateHeaderName(option.slice(header.length)) ?? validateHeaderValue(value);
    if (message !== undefined) invalid(option, `option '${option}' ${message}`);
  }
  return issues;
}
