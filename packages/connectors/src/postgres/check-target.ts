import { formatDataType, type Schema, StreamError } from '@millrace/model';
import type { Pool } from 'pg';
import { roundedTime } from '../jdbc/time-digits.ts';
import type { Statements } from './statements.ts';
import type { PostgresTable } from './table.ts';
import { acceptedTypes, postgresTypeOf } from './types.ts';

interface TargetColumn {
  readonly column_name: string;
  readonly data_type: string;
  readonly is_nullable: 'YES' | 'NO';
  readonly column_default: string | null;
  /** Digits of a second; null of what is no time. */
  readonly datetime_precision: number | null;
}

/** Makes sure the target is there and fits; creates it when the option says so. */
export async function checkTarget(
  pool: Pool,
  table: PostgresTable,
  schema: Schema,
  statements: Statements,
): Promise<void> {
  const columns = await columnsOf(pool, table);
  if (columns.length === 0) {
    if (!table.createTable) throw missing(table, statements);
    await pool.query(statements.createTable());
    return;
  }
  const wrong = columnIssues(columns, schema);
  if (wrong.length > 0) {
    throw mismatch(table, `${wrong.join('; ')}. Change the table or the columns of this sink`);
  }
  const key = (schema.primaryKey ?? []).flatMap((index) => schema.fields[index]?.name ?? []);
  if (key.length > 0 && !(await hasUniqueIndex(pool, table, key))) {
    throw mismatch(
      table,
      `PRIMARY KEY (${key.join(', ')}) needs a unique constraint on exactly these columns in the table`,
    );
  }
}

/** What does not fit, one sentence per column. Pure. */
function columnIssues(columns: readonly TargetColumn[], schema: Schema): string[] {
  const issues: string[] = [];
  for (const { name, type } of schema.fields) {
    const column = columns.find((each) => each.column_name === name);
    if (column === undefined) issues.push(`column '${name}' does not exist (wanted: ${postgresTypeOf(type)})`);
    else if (!acceptedTypes(type).includes(column.data_type)) {
      issues.push(`column '${name}' is ${column.data_type}, ${formatDataType(type)} needs ${postgresTypeOf(type)}`);
    } else {
      const rounded = roundedTime(name, type, column.data_type, column.datetime_precision ?? 6);
      if (rounded !== undefined) issues.push(rounded);
    }
  }
  const known = new Set(schema.fields.map(({ name }) => name));
  for (const column of columns) {
    if (known.has(column.column_name) || column.is_nullable === 'YES' || column.column_default !== null) continue;
    issues.push(`column '${column.column_name}' is NOT NULL without a default and the sink does not write it`);
  }
  return issues;
}

async function columnsOf(pool: Pool, { schemaName, tableName }: PostgresTable): Promise<readonly TargetColumn[]> {
  const { rows } = await pool.query<TargetColumn>(
    `SELECT column_name, data_type, is_nullable, datetime_precision,
       CASE WHEN is_generated = 'ALWAYS' OR is_identity = 'YES' THEN 'generated' ELSE column_default END AS column_default
     FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`,
    [schemaName, tableName],
  );
  return rows;
}

async function hasUniqueIndex(
  pool: Pool,
  { schemaName, tableName }: PostgresTable,
  key: readonly string[],
): Promise<boolean> {
  const { rows } = await pool.query<{ columns: string[] }>(
    `SELECT array_agg(a.attname::text) AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
     WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
     GROUP BY i.indexrelid`,
    [schemaName, tableName],
  );
  const wanted = [...key].sort().join();
  return rows.some(({ columns }) => [...columns].sort().join() === wanted);
}

function missing(table: PostgresTable, statements: Statements): StreamError {
  const message = `table '${table.schemaName}.${table.tableName}' does not exist. Set 'sink.create-table' = 'true', or run:\n${statements.createTable()};`;
  return new StreamError('jdbc.table-missing', message, { domain: 'user', retry: 'never' });
}

function mismatch(table: PostgresTable, what: string): StreamError {
  const message = `table '${table.schemaName}.${table.tableName}' does not fit: ${what}`;
  return new StreamError('jdbc.table-mismatch', message, { domain: 'user', retry: 'never' });
}
