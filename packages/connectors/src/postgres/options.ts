import type { ConnectorDescription, OptionIssue } from '../option/description.ts';

/** Options of the `jdbc` connector: Flink's names. Only PostgreSQL is spoken. */
export const JDBC: ConnectorDescription = {
  name: 'jdbc',
  title: 'PostgreSQL',
  help: 'Writes rows into a table. With a PRIMARY KEY rows are upserted and deleted. Exactly-once through a staging table.',
  roles: ['sink'],
  sinkChanges: 'upsert',
  check: checkUrl,
  options: [
    { name: 'url', kind: 'string', role: 'both', required: true, help: 'jdbc:postgresql://host:port/database' },
    { name: 'table-name', kind: 'string', role: 'both', required: true, help: 'Table, or schema.table.' },
    { name: 'username', kind: 'string', role: 'both', required: false, help: 'Role to sign in as.' },
    { name: 'password', kind: 'string', role: 'both', required: false, secret: true, help: 'Password of that role.' },
    {
      name: 'sink.buffer-flush.max-rows',
      kind: 'int',
      role: 'sink',
      required: false,
      default: '1000',
      min: 1,
      max: 50_000,
      help: 'Rows collected before a statement is sent.',
    },
    {
      name: 'sink.buffer-flush.interval',
      kind: 'duration',
      role: 'sink',
      required: false,
      default: '1 s',
      help: 'Longest time a row waits for others before it is sent.',
    },
    {
      name: 'sink.create-table',
      kind: 'boolean',
      role: 'sink',
      required: false,
      default: 'false',
      help: 'Create the table when it is missing.',
    },
  ],
};

/** `jdbc:postgresql://host:port/database` taken apart; undefined when it is not of that form. */
export function parseJdbcUrl(
  url: string,
): { readonly host: string; readonly port: number; readonly database: string; readonly tls: boolean } | undefined {
  const match =
    /^jdbc:postgresql:\/\/(\[[0-9a-fA-F:]+\]|[^:/?#\s@]+)(?::(\d{1,5}))?\/([^/?#\s]+)(?:\?sslmode=(disable|require|verify-full))?$/.exec(
      url,
    );
  if (match === null) return undefined;
  const [, host = '', port = '5432', database = '', sslmode = 'disable'] = match;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    database: decodeURIComponent(database),
    tls: sslmode !== 'disable',
  };
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

function checkUrl(options: Readonly<Record<string, string>>): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const invalid = (option: string, message: string) => issues.push({ option, reason: 'invalid', message });
  if (parseJdbcUrl(options.url ?? '') === undefined) {
    invalid(
      'url',
      "option 'url' must be jdbc:postgresql://host:port/database, optionally with ?sslmode=require; user and password are options of their own",
    );
  }
  const parts = (options['table-name'] ?? '').split('.');
  if (parts.length > 2 || !parts.every((part) => IDENTIFIER.test(part))) {
    invalid(
      'table-name',
      `option 'table-name' must be table or schema.table of letters, digits, '_' and '$', not '${options['table-name']}'`,
    );
  }
  return issues;
}
