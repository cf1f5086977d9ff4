import type { Schema } from '@millrace/model';
import type { PagedTable, TablePages } from '../jdbc/paged-table.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import type { OptionValues } from '../option/option-values.ts';
import { openPool, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { MysqlPages } from './pages.ts';
import { inspectTable } from './stored-table.ts';
import { type MysqlPlace, placeOf } from './table.ts';

export class MysqlPagedTable implements PagedTable {
  readonly #place: MysqlPlace;
  readonly #schema: Schema;

  constructor(values: OptionValues, schema: Schema, network: NetworkPolicy) {
    this.#place = placeOf(values, schema, network);
    this.#schema = schema;
  }

  async inspect(signal: AbortSignal): Promise<void> {
    const pool = openPool(this.#place.connection);
    try {
      await withConnection(pool, signal, (connection) => inspectTable(connection, this.#place, this.#schema, 'read'));
    } catch (error) {
      if (signal.aborted) throw error;
      throw mysqlError(error, `reading table '${this.#place.databaseName}.${this.#place.tableName}'`);
    } finally {
      await pool.end();
    }
  }

  open(): TablePages {
    return new MysqlPages(this.#place, this.#schema);
  }
}
