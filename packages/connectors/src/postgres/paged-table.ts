import type { ReaderContext } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { PagedTable, TablePages } from '../jdbc/paged-table.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import type { OptionValues } from '../option/option-values.ts';
import { openPool, withClient } from './database.ts';
import { postgresReadError } from './errors.ts';
import { PostgresPages } from './pages.ts';
import { inspectTable } from './stored-table.ts';
import { type PostgresPlace, placeOf } from './table.ts';

export class PostgresPagedTable implements PagedTable {
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;

  constructor(values: OptionValues, schema: Schema, network: NetworkPolicy, filter?: SourceFilter) {
    this.#place = placeOf(values, schema, network);
    this.#schema = schema;
    this.#filter = filter;
  }

  async inspect(signal: AbortSignal): Promise<void> {
    const pool = openPool(this.#place.connection, 'discover');
    try {
      await withClient(pool, signal, (client) => inspectTable(client, this.#place, this.#schema));
    } catch (error) {
      if (signal.aborted) throw error;
      throw postgresReadError(error, `reading table '${this.#place.schemaName}.${this.#place.tableName}'`);
    } finally {
      await pool.end();
    }
  }

  open({ owner, subtask }: ReaderContext): TablePages {
    return new PostgresPages(this.#place, this.#schema, this.#filter, `${owner} ${subtask}`);
  }
}
