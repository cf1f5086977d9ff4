import type { Connector } from '@millrace/contracts';
import { mysqlLookup } from '../mysql/lookup.ts';
import { MysqlPagedTable } from '../mysql/paged-table.ts';
import { MysqlSink } from '../mysql/sink.ts';
import { isMysqlUrl } from '../mysql/url.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { OptionValues } from '../option/option-values.ts';
import { postgresLookup } from '../postgres/lookup.ts';
import { PostgresPagedTable } from '../postgres/paged-table.ts';
import { PostgresSink } from '../postgres/sink.ts';
import { parseTable } from '../postgres/table.ts';
import { JDBC } from './options.ts';
import { tablePartitionOf } from './partition.ts';
import { TableSource } from './source.ts';
import { checkTimeDigits } from './time-digits.ts';

/** Tables of a database: the url says of which kind. */
export function jdbc(network: NetworkPolicy): Connector {
  return {
    name: JDBC.name,
    title: JDBC.title,
    createSource: (options, schema, filter) => {
      checkTimeDigits(options.url, schema);
      const values = new OptionValues(JDBC, options, 'source');
      const table = isMysqlUrl(options.url)
        ? new MysqlPagedTable(values, schema, network)
        : new PostgresPagedTable(values, schema, network, filter);
      return new TableSource(table, tablePartitionOf(values));
    },
    createLookup: (options, schema, keys) => {
      checkTimeDigits(options.url, schema);
      const values = new OptionValues(JDBC, options, 'lookup');
      const lookup = isMysqlUrl(options.url) ? mysqlLookup : postgresLookup;
      return lookup(values, schema, keys, network);
    },
    createSink: (options, schema, guarantee) => {
      checkTimeDigits(options.url, schema);
      return isMysqlUrl(options.url)
        ? new MysqlSink(options, schema, network)
        : new PostgresSink(parseTable(options, schema, network), schema, guarantee);
    },
  };
}
