import type { Schema } from '@millrace/model';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, type OptionValues } from '../option/option-values.ts';
import { type MysqlUrl, parseMysqlUrl } from './url.ts';

/** Where the database is and how to sign in. Holds a secret: never log it. */
export interface MysqlConnection extends MysqlUrl {
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Which hosts may be reached. */
  readonly network: NetworkPolicy;
}

/** Which table of which database. */
export interface MysqlPlace {
  readonly connection: MysqlConnection;
  readonly databaseName: string;
  readonly tableName: string;
}

const COLUMN = /^[A-Za-z_][A-Za-z0-9_$]{0,63}$/;

/** Where the table is, with column names that may stand in a statement. */
export function placeOf(values: OptionValues, schema: Schema, network: NetworkPolicy): MysqlPlace {
  const bad = schema.fields.find(({ name }) => !COLUMN.test(name));
  if (bad !== undefined) {
    const message = `column '${bad.name}' cannot be a MySQL column: letters, digits, '_' and '$' are allowed`;
    throw invalidOption('table-name', message);
  }
  const [first = '', second] = values.required('table-name').split('.');
  const connection = mysqlConnectionOf(values, network);
  return {
    connection,
    databaseName: second === undefined ? connection.database : first,
    tableName: second ?? first,
  };
}

export function mysqlConnectionOf(values: OptionValues, network: NetworkPolicy): MysqlConnection {
  const url = parseMysqlUrl(values.required('url'));
  if (url === undefined) throw invalidOption('url', "option 'url' must be jdbc:mysql://host:port/database");
  return { ...url, network, user: values.text('username'), password: values.text('password') };
}

/** A name as MySQL quotes it, whatever it is. */
export function quoted(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``;
}

export function qualified({ databaseName, tableName }: Pick<MysqlPlace, 'databaseName' | 'tableName'>): string {
  return `${quoted(databaseName)}.${quoted(tableName)}`;
}
