import type { Pool } from 'pg';
import type { BrowseRequest, DatabaseTable } from '../browse.ts';
import { JDBC } from '../jdbc/options.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { openPool } from './database.ts';
import { postgresError } from './errors.ts';
import { postgresConnectionOf } from './table.ts';

const TABLES_MAX = 1_000;

export async function withPostgres<T>(request: BrowseRequest, work: (pool: Pool) => Promise<T>): Promise<T> {
  request.signal.throwIfAborted();
  // A table name is required of tables, not of connections; this one stands in for it.
  const values = new OptionValues(JDBC, { 'table-name': 'any_table', ...request.options }, 'sink');
  const pool = openPool(postgresConnectionOf(values, new NetworkPolicy(request.allowedHosts)), 'browse');
  try {
    return await work(pool);
  } catch (error) {
    throw postgresError(error, 'looking into the database');
  } finally {
    await pool.end();
  }
}

/** Tables the role may see, the platform's own helpers left out. Row counts are the planner's estimates. */
export async function tablesOf(pool: Pool): Promise<readonly DatabaseTable[]> {
  const { rows } = await pool.query<{ schema: string; name: string; rows: string; columns: DatabaseTable['columns'] }>(
    `SELECT n.nspname AS schema, c.relname AS name, c.reltuples::bigint::text AS rows,
       (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'nullable', NOT a.attnotnull) ORDER BY a.attnum), '[]'::json)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
       AND c.relname NOT IN ('millrace_staging', 'millrace_commit')
     ORDER BY 1, 2 LIMIT $1`,
    [TABLES_MAX],
  );
  return rows.map(({ schema, name, rows: estimate, columns }) => ({
    schema,
    name,
    rowsEstimate: Number(estimate) < 0 ? undefined : Number(estimate),
    columns,
  }));
}
