import type { Schema } from '@millrace/model';
import { JDBC, parseJdbcUrl } from '../jdbc/options.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';

/** Where the database is and how to sign in. Holds a secret: never log it. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Which hosts may be reached. */
  readonly network: NetworkPolicy;
}

/** Which table of which database. */
export interface PostgresPlace {
  readonly connection: PostgresConnection;
  readonly schemaName: string;
  readonly tableName: string;
}

/** The options of one sink table, parsed once. */
export interface PostgresTable extends PostgresPlace {
  readonly rowsMax: number;
  readonly intervalMs: number;
  readonly createTable: boolean;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

export function parseTable(
  options: Readonly<Record<string, string>>,
  schema: Schema,
  network: NetworkPolicy,
): PostgresTable {
  const values = new OptionValues(JDBC, options, 'sink');
  return {
    ...placeOf(values, schema, network),
    rowsMax: values.integer('sink.buffer-flush.max-rows') ?? 1_000,
    intervalMs: values.durationMs('sink.buffer-flush.interval') ?? 1_000,
    createTable: values.flag('sink.create-table'),
  };
}

/** Where the table is, with column names that may stand in a statement. */
export function placeOf(values: OptionValues, schema: Schema, network: NetworkPolicy): PostgresPlace {
  for (const { name } of schema.fields) {
    if (!IDENTIFIER.test(name)) {
      throw invalidOption(
        'table-name',
        `column '${name}' cannot be a PostgreSQL column: letters, digits, '_' and '$' are allowed`,
      );
    }
  }
  const parts = values.required('table-name').split('.');
  const [first = '', second] = parts;
  return {
    connection: postgresConnectionOf(values, network),
    schemaName: second === undefined ? 'public' : first,
    tableName: second ?? first,
  };
}

export function postgresConnectionOf(values: OptionValues, network: NetworkPolicy): PostgresConnection {
  const url = parseJdbcUrl(values.required('url'));
  if (url === undefined) throw invalidOption('url', "option 'url' must be jdbc:postgresql://host:port/database");
  return { ...url, network, user: values.text('username'), password: values.text('password') };
}

/** A checked identifier in quotes. */
export function quoted(identifier: string): string {
  if (!IDENTIFIER.test(identifier)) throw new Error('an identifier was not checked');
  return `"${identifier}"`;
}

export function qualified({ schemaName, tableName }: Pick<PostgresPlace, 'schemaName' | 'tableName'>): string {
  return `${quoted(schemaName)}.${quoted(tableName)}`;
}
