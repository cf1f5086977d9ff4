import { formatDataType, type Schema, StreamError } from '@millrace/model';
import type { PoolClient } from 'pg';
import type { PostgresPlace } from './table.ts';
import { isReadableAs, postgresTypeOf } from './types.ts';

/** A column as the database has it; types as `format_type` writes them, of a domain the type below it. */
export interface StoredColumn {
  readonly name: string;
  /** Without length and precision: `character varying`. */
  readonly type: string;
  readonly notNull: boolean;
}

/** A table or view that was found and fits the columns wanted. */
export interface StoredTable {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  /** Columns whose values no two rows share and that are never NULL; undefined: none are known to be. */
  readonly key: readonly StoredColumn[] | undefined;
}

/** Looks at the table. Throws `jdbc.table-missing` and `jdbc.table-mismatch`, which name every column that does not fit. */
export async function inspectTable(client: PoolClient, place: PostgresPlace, schema: Schema): Promise<StoredTable> {
  const columns = new Map((await columnsOf(client, place)).map((column) => [column.name, column]));
  const name = `'${place.schemaName}.${place.tableName}'`;
  if (columns.size === 0) {
    const message = `there is no table or view ${name} that the role may read; check the options 'table-name' and 'username'`;
    throw new StreamError('jdbc.table-missing', message, { domain: 'user', retry: 'never' });
  }
  const issues = schema.fields.flatMap(({ name: wanted, type }) => {
    const column = columns.get(wanted);
    if (column === undefined)
      return [`column '${wanted}' does not exist (there are ${[...columns.keys()].join(', ')})`];
    if (isReadableAs(column.type, type)) return [];
    const remedy = `declare it as what it holds, or read a view that casts it to ${postgresTypeOf(type)}`;
    return [`column '${wanted}' is ${column.type}, which is not read as ${formatDataType(type)}: ${remedy}`];
  });
  if (issues.length > 0) {
    const message = `table ${name} does not fit: ${issues.join('; ')}`;
    throw new StreamError('jdbc.table-mismatch', message, { domain: 'user', retry: 'never' });
  }
  const names = await keyOf(client, place);
  const key = names?.flatMap((column) => columns.get(column) ?? []);
  return { columns, key: key !== undefined && key.length === names?.length ? key : undefined };
}

async function columnsOf(client: PoolClient, { schemaName, tableName }: PostgresPlace): Promise<StoredColumn[]> {
  const { rows } = await client.query<StoredColumn>(
    `SELECT a.attname AS name, a.attnotnull AS "notNull",
       format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END, NULL) AS type
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_type t ON t.oid = a.atttypid
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
       AND has_column_privilege(c.oid, a.attnum, 'SELECT')
     ORDER BY a.attnum`,
    [schemaName, tableName],
  );
  return rows;
}

/** The columns of the primary key, else of the first unique index whose columns are all NOT NULL. */
async function keyOf(
  client: PoolClient,
  { schemaName, tableName }: PostgresPlace,
): Promise<readonly string[] | undefined> {
  const { rows } = await client.query<{ columns: string[] }>(
    `SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
     WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
       AND k.place <= i.indnkeyatts
     GROUP BY i.indexrelid, i.indisprimary HAVING bool_and(a.attnotnull)
     ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1`,
    [schemaName, tableName],
  );
  return rows[0]?.columns;
}
