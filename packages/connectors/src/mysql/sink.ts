import type { Sink, SinkWriter } from '@millrace/contracts';
import { type Guarantee, type Schema, StreamError } from '@millrace/model';
import type { PoolConnection } from 'mysql2/promise';
import { JDBC } from '../jdbc/options.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { openPool, run, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { inspectTable, type StoredTable } from './stored-table.ts';
import { type MysqlPlace, placeOf, qualified, quoted } from './table.ts';
import { mysqlTypeOf } from './types.ts';
import { MysqlWriter, type WriteLimits } from './writer.ts';

/** A table of MySQL: with a PRIMARY KEY a row written again changes nothing, so at-least-once ends with the right rows. */
export class MysqlSink implements Sink {
  readonly guarantee: Guarantee = 'at-least-once';
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #limits: WriteLimits;
  readonly #createsTable: boolean;

  constructor(options: Readonly<Record<string, string>>, schema: Schema, network: NetworkPolicy) {
    const values = new OptionValues(JDBC, options, 'sink');
    this.#place = placeOf(values, schema, network);
    this.#schema = schema;
    this.#createsTable = values.flag('sink.create-table');
    this.#limits = {
      rowsMax: values.integer('sink.buffer-flush.max-rows') ?? 1_000,
      intervalMs: values.durationMs('sink.buffer-flush.interval') ?? 1_000,
    };
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const pool = openPool(this.#place.connection);
    try {
      await withConnection(pool, signal, (connection) => this.#check(connection));
    } catch (error) {
      if (signal.aborted) throw error;
      throw mysqlError(error, `preparing table '${this.#place.databaseName}.${this.#place.tableName}'`);
    } finally {
      await pool.end();
    }
  }

  async createWriter(): Promise<SinkWriter> {
    return new MysqlWriter(this.#place, this.#schema, this.#limits);
  }

  async #check(connection: PoolConnection): Promise<void> {
    if (this.#createsTable) await run(connection, createTable(this.#place, this.#schema));
    const stored = await inspectTable(connection, this.#place, this.#schema, 'write');
    const issue = keyIssue(stored, this.#schema);
    if (issue === undefined) return;
    const message = `table '${this.#place.databaseName}.${this.#place.tableName}' does not fit: ${issue}`;
    throw new StreamError('jdbc.table-mismatch', message, { domain: 'user', retry: 'never' });
  }
}

/** ON DUPLICATE KEY goes by every unique index there is, and by what the column takes for equal. */
function keyIssue({ columns, keys }: StoredTable, { fields, primaryKey }: Schema): string | undefined {
  if (primaryKey === undefined) return undefined;
  const names = primaryKey.flatMap((at) => fields[at]?.name ?? []);
  const isOurs = (key: readonly string[]) => key.length === names.length && key.every((name) => names.includes(name));
  if (!keys.some(isOurs)) return `it has no PRIMARY KEY or unique index over ${names.join(', ')}`;
  const other = keys.find((key) => !isOurs(key));
  if (other !== undefined) {
    return `it has another unique index, over ${other.join(', ')}, by which a row could replace one of another key`;
  }
  const blurred = names.find((name) => /_ci$|_ai$/.test(columns.get(name)?.collation ?? ''));
  if (blurred === undefined) return undefined;
  return `column '${blurred}' takes different texts for equal (${columns.get(blurred)?.collation}), so that two keys would be one row: give it COLLATE utf8mb4_bin`;
}

function createTable(place: MysqlPlace, { fields, primaryKey = [] }: Schema): string {
  const columns = fields.map(({ name, type }, at) => {
    const isKey = primaryKey.includes(at);
    return `${quoted(name)} ${mysqlTypeOf(type, isKey)}${type.nullable ? '' : ' NOT NULL'}`.replace(
      'NULL NOT NULL',
      'NOT NULL',
    );
  });
  const keys = primaryKey.flatMap((at) => fields[at]?.name ?? []).map(quoted);
  if (keys.length > 0) columns.push(`PRIMARY KEY (${keys.join(', ')})`);
  return `CREATE TABLE IF NOT EXISTS ${qualified(place)} (${columns.join(', ')})`;
}
