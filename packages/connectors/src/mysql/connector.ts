import type { Connector } from '@millrace/contracts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { jdbc as postgres } from '../postgres/connector.ts';
import { MysqlLookup } from './lookup.ts';
import { MysqlSink } from './sink.ts';
import { MysqlSource } from './source.ts';
import { isMysqlUrl } from './url.ts';

/** Tables of a database: the url says of which kind. */
export function jdbc(network: NetworkPolicy): Connector {
  const { createSource, createLookup, createSink, ...names } = postgres(network);
  return {
    ...names,
    createSource: (options, schema) =>
      isMysqlUrl(options.url) ? MysqlSource.of(options, schema, network) : required(createSource)(options, schema),
    createLookup: (options, schema, keys) =>
      isMysqlUrl(options.url)
        ? new MysqlLookup(options, schema, keys, network)
        : required(createLookup)(options, schema, keys),
    createSink: (options, schema, guarantee) =>
      isMysqlUrl(options.url)
        ? new MysqlSink(options, schema, network)
        : required(createSink)(options, schema, guarantee),
  };
}

function required<T>(made: T | undefined): T {
  if (made === undefined) throw new Error('PostgreSQL is read, asked and written');
  return made;
}
