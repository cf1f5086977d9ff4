import { checkOptions, sinkChangesOf, systemOf } from '@millrace/connectors/options';
import { type ConnectionRow, listConnections } from '@millrace/database';
import type { CompileOptions, TableRole } from '@millrace/sql';
import { database } from '../../../server/database.ts';

type Checker = NonNullable<CompileOptions['checkOptions']>;

/** What the compiler asks about connectors. Checks options as they will be when the job starts: with the named connection's options and the platform's brokers filled in. */
export async function connectorChecks(): Promise<Required<Pick<CompileOptions, 'checkOptions' | 'sinkChanges'>>> {
  const connections = await listConnections(database().client);
  const checkOptions: Checker = (connector, options, role, columns) =>
    check(connections, connector, options, role, columns);
  return { checkOptions, sinkChanges: sinkChangesOf };
}

/** Stands for a value that only the server knows; checks look at its presence alone. */
const KNOWN_LATER = { 'properties.bootstrap.servers': 'platform:9092', password: 'known to the platform' };

/** The option a connection's secret stands for. */
const SECRET_OPTIONS: Readonly<Record<string, string>> = { kafka: 'properties.sasl.password', jdbc: 'password' };
const JAAS = 'properties.sasl.jaas.config';

function check(
  connections: readonly ConnectionRow[],
  connector: string,
  options: Readonly<Record<string, string>>,
  role: TableRole,
  columns: Parameters<Checker>[3],
) {
  const { connection: name, ...own } = options;
  const brokers =
    systemOf(connector) === 'kafka'
      ? { 'properties.bootstrap.servers': KNOWN_LATER['properties.bootstrap.servers'] }
      : {};
  if (name === undefined) return checkOptions(connector, { ...brokers, ...own }, role, columns);
  const connection = connections.find(
    (candidate) => candidate.name === name && candidate.connector === systemOf(connector),
  );
  if (connection === undefined) {
    const names = connections
      .filter((candidate) => candidate.connector === systemOf(connector))
      .map((candidate) => candidate.name);
    const there = names.length === 0 ? `there is none for ${connector}` : `there is ${names.join(', ')}`;
    return [{ option: 'connection', message: `there is no ${connector} connection '${name}'; ${there}` }];
  }
  const isGiven = (option: string) => connection.options[option] !== undefined || own[option] !== undefined;
  const secret =
    connection.hasSecret && !isGiven(JAAS)
      ? { [SECRET_OPTIONS[systemOf(connector)] ?? 'password']: KNOWN_LATER.password }
      : {};
  return checkOptions(connector, { ...brokers, ...connection.options, ...secret, ...own }, role, columns);
}
