import type { DataType } from '@millrace/model';
import { LOOKUP_OPTIONS } from '../lookup/options.ts';
import { isMysqlUrl, parseMysqlUrl } from '../mysql/url.ts';
import type { ConnectorDescription, OptionIssue, Role } from '../option/description.ts';
import { timeDigitsIssues } from './time-digits.ts';

/** Options of the `jdbc` connector: Flink's names. PostgreSQL and MySQL are spoken; `url` says which. */
export const JDBC: ConnectorDescription = {
  name: 'jdbc',
  title: 'PostgreSQL, MySQL',
  help: 'Reads a table or view once, asks it for rows by key, or writes rows into a table: with a PRIMARY KEY they are upserted and deleted, in PostgreSQL exactly-once through a staging table.',
  roles: ['source', 'lookup', 'sink'],
  sinkChanges: 'upsert',
  check: checkTogether,
  options: [
    {
      name: 'url',
      kind: 'string',
      role: 'both',
      required: true,
      help: 'jdbc:postgresql://host:port/database or jdbc:mysql://host:port/database',
    },
    { name: 'table-name', kind: 'string', role: 'both', required: true, help: 'Table, or schema.table.' },
    { name: 'username', kind: 'string', role: 'both', required: false, help: 'Role to sign in as.' },
    { name: 'password', kind: 'string', role: 'both', required: false, secret: true, help: 'Password of that role.' },
    {
      name: 'scan.partition.column',
      kind: 'string',
      role: 'source',
      required: false,
      help: 'A whole-number column by whose ranges the table is read in parts, side by side. Rows outside of the bounds are not read.',
    },
    {
      name: 'scan.partition.num',
      kind: 'int',
      role: 'source',
      required: false,
      min: 1,
      max: 1_000,
      help: 'How many parts.',
    },
    {
      name: 'scan.partition.lower-bound',
      kind: 'int',
      role: 'source',
      required: false,
      help: 'Smallest value of the column.',
    },
    {
      name: 'scan.partition.upper-bound',
      kind: 'int',
      role: 'source',
      required: false,
      help: 'Greatest value of the column.',
    },
    ...LOOKUP_OPTIONS,
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

function checkTogether(
  options: Readonly<Record<string, string>>,
  _role: Role,
  columns: ReadonlyMap<string, DataType> = new Map(),
): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const invalid = (option: string, message: string) => issues.push({ option, reason: 'invalid', message });
  if (isMysqlUrl(options.url) && parseMysqlUrl(options.url ?? '') === undefined) {
    invalid(
      'url',
      "option 'url' must be jdbc:mysql://host:port/database, optionally with ?sslMode=REQUIRED or VERIFY_IDENTITY; user and password are options of their own",
    );
  } else if (!isMysqlUrl(options.url) && parseJdbcUrl(options.url ?? '') === undefined) {
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
  issues.push(...partitionIssues(options), ...timeDigitsIssues(options.url, columns));
  return issues;
}

const PARTITION_OPTIONS = ['column', 'num', 'lower-bound', 'upper-bound'].map((name) => `scan.partition.${name}`);

/** All four or none, the bounds in order. */
function partitionIssues(options: Readonly<Record<string, string>>): OptionIssue[] {
  const given = PARTITION_OPTIONS.filter((name) => options[name] !== undefined);
  if (given.length === 0) return [];
  const missing = PARTITION_OPTIONS.filter((name) => options[name] === undefined);
  if (missing.length > 0) {
    const message = `option '${missing[0]}' is required with '${given[0]}': a table is read in parts by column, num, lower-bound and upper-bound`;
    return [{ option: missing[0] ?? '', reason: 'missing', message }];
  }
  if (!IDENTIFIER.test(options['scan.partition.column'] ?? '')) {
    const message = "option 'scan.partition.column' must be the name of a whole-number column";
    return [{ option: 'scan.partition.column', reason: 'invalid', message }];
  }
  if (Number(options['scan.partition.lower-bound']) <= Number(options['scan.partition.upper-bound'])) return [];
  const message = "option 'scan.partition.lower-bound' must not be above 'scan.partition.upper-bound'";
  return [{ option: 'scan.partition.lower-bound', reason: 'invalid', message }];
}
