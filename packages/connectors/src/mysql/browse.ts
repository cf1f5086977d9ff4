import type { BrowseRequest, DatabaseTable } from '../browse.ts';
import { JDBC } from '../jdbc/options.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { openPool, rowsOf, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { mysqlConnectionOf } from './table.ts';

const COLUMNS_MAX = 20_000;

/** Tables and views of the databases the user may see, the server's own left out. Row counts are the server's estimates. */
export async function mysqlTables(request: BrowseRequest): Promise<readonly DatabaseTable[]> {
  request.signal.throwIfAborted();
  // A table name is required of tables, not of connections; this one stands in for it.
  const values = new OptionValues(JDBC, { 'table-name': 'any_table', ...request.options }, 'sink');
  const pool = openPool(mysqlConnectionOf(values, new NetworkPolicy(request.allowedHosts)));
  try {
    return await withConnection(pool, request.signal, async (connection) =>
      tablesOf(await rowsOf(connection, COLUMNS)),
    );
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw mysqlError(error, 'looking into the database');
  } finally {
    await pool.end();
  }
}

const COLUMNS = `SELECT t.table_schema, t.table_name, t.table_rows, c.column_name, c.column_type, c.is_nullable
  FROM information_schema.tables t JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
  WHERE t.table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
  ORDER BY t.table_schema, t.table_name, c.ordinal_position LIMIT ${COLUMNS_MAX}`;

function tablesOf(rows: readonly (readonly (Buffer | null)[])[]): readonly DatabaseTable[] {
  const tables = new Map<string, DatabaseTable & { readonly columns: DatabaseTable['columns'][number][] }>();
  for (const row of rows) {
    const [schema = '', name = '', estimate, column = '', type = '', nullable] = row.map((part) =>
      part?.toString('utf8'),
    );
    const key = JSON.stringify([schema, name]);
    const rowsEstimate = estimate === undefined ? undefined : Number(estimate);
    const table = tables.get(key) ?? { schema, name, rowsEstimate, columns: [] };
    table.columns.push({ name: column, type, nullable: nullable === 'YES' });
    tables.set(key, table);
  }
  return [...tables.values()];
}
