import type { Connector, ConnectorRegistry } from '@millrace/contracts';
import { blackhole } from './blackhole/connector.ts';
import { datagen } from './datagen/connector.ts';
import { demo } from './demo/connector.ts';
import { filesystem } from './filesystem/connector.ts';
import { restLookup } from './http/connector.ts';
import { jdbc } from './jdbc/connector.ts';
import { kafka } from './kafka/connector.ts';
import { NetworkPolicy } from './network/network-policy.ts';
import { nexmark } from './nexmark/connector.ts';
import { print } from './print/connector.ts';
import { redis } from './redis/connector.ts';
import { upsertKafka } from './upsert-kafka/connector.ts';
import { values } from './values/connector.ts';

/** What the platform decides about connectors, for all jobs. */
export interface ConnectorSettings {
  /** Absolute; undefined: jobs may not use files. */
  readonly filesRoot: string | undefined;
  /** Hosts of private networks that jobs may reach: see `NetworkPolicy`. */
  readonly allowedHosts: readonly string[];
}

/** Every connector by the name used in WITH ('connector' = ...). */
export function connectors({ filesRoot, allowedHosts }: ConnectorSettings): ConnectorRegistry {
  const network = new NetworkPolicy(allowedHosts);
  const all: readonly Connector[] = [
    kafka(network),
    upsertKafka(network),
    jdbc(network),
    redis(network),
    restLookup(network),
    filesystem(filesRoot),
    datagen,
    demo,
    nexmark,
    blackhole,
    print,
    values,
  ];
  return new Map(all.map((connector) => [connector.name, connector]));
}
