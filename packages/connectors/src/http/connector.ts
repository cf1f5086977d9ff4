import type { Connector } from '@millrace/contracts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { httpLookup } from './lookup.ts';
import { REST_LOOKUP } from './options.ts';

/** Services that answer over HTTP for one key at a time. */
export function restLookup(network: NetworkPolicy): Connector {
  return {
    name: REST_LOOKUP.name,
    title: REST_LOOKUP.title,
    createLookup: (options, schema, keys) => httpLookup(options, schema, keys, network),
  };
}
