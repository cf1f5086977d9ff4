import type { ReaderContext, Source, SourceReader, Split } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { openPool, withClient } from './database.ts';
import { postgresReadError } from './errors.ts';
import { JDBC } from './options.ts';
import { splitsOf, type TablePartition, tablePartitionOf } from './partition.ts';
import { PostgresReader } from './reader.ts';
import { inspectTable } from './stored-table.ts';
import { type PostgresPlace, placeOf } from './table.ts';

/** The rows a table or view has when it is read, once each: a bounded source. */
export class PostgresSource implements Source {
  readonly boundedness = 'bounded';
  readonly discoveryIntervalMs = undefined;
  readonly #place: PostgresPlace;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;
  readonly #partition: TablePartition | undefined;

  private constructor(
    place: PostgresPlace,
    schema: Schema,
    partition: TablePartition | undefined,
    filter: SourceFilter | undefined,
  ) {
    this.#place = place;
    this.#schema = schema;
    this.#filter = filter;
    this.#partition = partition;
  }

  static of(
    options: Readonly<Record<string, string>>,
    schema: Schema,
    network: NetworkPolicy,
    filter?: SourceFilter,
  ): PostgresSource {
    const values = new OptionValues(JDBC, options, 'source');
    return new PostgresSource(placeOf(values, schema, network), schema, tablePartitionOf(values), filter);
  }

  /** As one split, whatever the options say of partitions. */
  static whole(options: Readonly<Record<string, string>>, schema: Schema, network: NetworkPolicy): PostgresSource {
    const values = new OptionValues(JDBC, options, 'source');
    return new PostgresSource(placeOf(values, schema, network), schema, undefined, undefined);
  }

  async discover(signal: AbortSignal): Promise<readonly Split[]> {
    const pool = openPool(this.#place.connection, 'discover');
    try {
      await withClient(pool, signal, (client) => inspectTable(client, this.#place, this.#schema));
    } catch (error) {
      if (signal.aborted) throw error;
      throw postgresReadError(error, `reading table '${this.#place.schemaName}.${this.#place.tableName}'`);
    } finally {
      await pool.end();
    }
    return splitsOf(this.#partition);
  }

  createReader(context: ReaderContext): SourceReader {
    return new PostgresReader(this.#place, this.#schema, this.#filter, context);
  }
}
