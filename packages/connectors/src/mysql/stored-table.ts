import { formatDataType, type Schema, StreamError } from '@millrace/model';
import type { PoolConnection } from 'mysql2/promise';
import { roundedTime } from '../jdbc/time-digits.ts';
import { rowsOf } from './database.ts';
import { textLiteral } from './literal.ts';
import type { MysqlPlace } from './table.ts';
import { isReadableAs, isWritableAs } from './types.ts';

/** A column as the database has it. */
export interface StoredColumn {
  readonly name: string;
  /** As information_schema names it, without length: `varchar`. */
  readonly type: string;
  readonly isUnsigned: boolean;
  /** Digits of a second; 0 of what is no time. */
  readonly timeDigits: number;
  /** Undefined for what is no text. */
  readonly collation: string | undefined;
}

export interface StoredTable {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  /** The columns of each index that no two rows share, the primary key first. Those over columns that may be NULL are not among them. */
  readonly keys: readonly (readonly string[])[];
}

/** Looks at the table. Throws `jdbc.table-missing` and `jdbc.table-mismatch`, which name every column that does not fit `use`. */
export async function inspectTable(
  connection: PoolConnection,
  place: MysqlPlace,
  schema: Schema,
  use: 'read' | 'write',
): Promise<StoredTable> {
  const columns = await columnsOf(connection, place);
  const name = `'${place.databaseName}.${place.tableName}'`;
  if (columns.size === 0) {
    const message = `there is no table or view ${name} that the user may ${use}; check the options 'table-name' and 'username'`;
    throw new StreamError('jdbc.table-missing', message, { domain: 'user', retry: 'never' });
  }
  const fits = use === 'read' ? isReadableAs : isWritableAs;
  const issues = schema.fields.flatMap(({ name: wanted, type }) => {
    const column = columns.get(wanted);
    if (column === undefined)
      return [`column '${wanted}' does not exist (there are ${[...columns.keys()].join(', ')})`];
    if (fits(column.type, column.isUnsigned, type)) {
      const rounded = use === 'write' ? roundedTime(wanted, type, column.type, column.timeDigits) : undefined;
      return rounded === undefined ? [] : [rounded];
    }
    const stored = `${column.type}${column.isUnsigned ? ' unsigned' : ''}`;
    return [
      `column '${wanted}' is ${stored}, which is not ${use === 'read' ? 'read' : 'written'} as ${formatDataType(type)}`,
    ];
  });
  if (issues.length > 0) {
    const message = `table ${name} does not fit: ${issues.join('; ')}`;
    throw new StreamError('jdbc.table-mismatch', message, { domain: 'user', retry: 'never' });
  }
  return { columns, keys: await keysOf(connection, place) };
}

async function columnsOf(connection: PoolConnection, place: MysqlPlace): Promise<ReadonlyMap<string, StoredColumn>> {
  const rows = await rowsOf(
    connection,
    `SELECT column_name, data_type, column_type, collation_name, datetime_precision FROM information_schema.columns
     WHERE table_schema = ${textLiteral(place.databaseName)} AND table_name = ${textLiteral(place.tableName)} ORDER BY ordinal_position`,
  );
  return new Map(
    rows.map((row) => {
      const [name = '', type = '', whole = '', collation, digits = '0'] = row.map((part) => part?.toString('utf8'));
      const column = { name, type: type.toLowerCase(), collation, timeDigits: Number(digits) };
      return [name, { ...column, isUnsigned: /unsigned/i.test(whole) }];
    }),
  );
}

async function keysOf(connection: PoolConnection, place: MysqlPlace): Promise<readonly (readonly string[])[]> {
  const rows = await rowsOf(
    connection,
    `SELECT index_name, column_name, nullable, sub_part FROM information_schema.statistics
     WHERE table_schema = ${textLiteral(place.databaseName)} AND table_name = ${textLiteral(place.tableName)} AND non_unique = 0
     ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index`,
  );
  const keys = new Map<string, (string | undefined)[]>();
  for (const row of rows) {
    const [index = '', column, nullable, part] = row.map((each) => each?.toString('utf8'));
    const isWhole = nullable !== 'YES' && part === undefined;
    keys.set(index, [...(keys.get(index) ?? []), isWhole ? column : undefined]);
  }
  return [...keys.values()].flatMap((columns) => {
    const known = columns.filter((column) => column !== undefined);
    return known.length === columns.length ? [known] : [];
  });
}
