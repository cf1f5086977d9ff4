import type { ReaderContext, Source, SourceReader, Split } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { JDBC } from '../postgres/options.ts';
import { splitsOf, type TablePartition, tablePartitionOf } from '../postgres/partition.ts';
import { openPool, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { MysqlReader } from './reader.ts';
import { inspectTable } from './stored-table.ts';
import { type MysqlPlace, placeOf } from './table.ts';

/** The rows a table or view has when it is read, once each: a bounded source. */
export class MysqlSource implements Source {
  readonly boundedness = 'bounded';
  readonly discoveryIntervalMs = undefined;
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #partition: TablePartition | undefined;

  private constructor(place: MysqlPlace, schema: Schema, partition: TablePartition | undefined) {
    this.#place = place;
    this.#schema = schema;
    this.#partition = partition;
  }

  static of(options: Readonly<Record<string, string>>, schema: Schema, network: NetworkPolicy): MysqlSource {
    const values = new OptionValues(JDBC, options, 'source');
    return new MysqlSource(placeOf(values, schema, network), schema, tablePartitionOf(values));
  }

  /** As one split, whatever the options say of partitions. */
  static whole(options: Readonly<Record<string, string>>, schema: Schema, network: NetworkPolicy): MysqlSource {
    const values = new OptionValues(JDBC, options, 'source');
    return new MysqlSource(placeOf(values, schema, network), schema, undefined);
  }

  async discover(signal: AbortSignal): Promise<readonly Split[]> {
    const pool = openPool(this.#place.connection);
    try {
      await withConnection(pool, signal, (connection) => inspectTable(connection, this.#place, this.#schema, 'read'));
    } catch (error) {
      if (signal.aborted) throw error;
      throw mysqlError(error, `reading table '${this.#place.databaseName}.${this.#place.tableName}'`);
    } finally {
      await pool.end();
    }
    return splitsOf(this.#partition);
  }

  createReader(_context: ReaderContext): SourceReader {
    return new MysqlReader(this.#place, this.#schema);
  }
}
