import type { Connector, ConnectorRegistry } from '@millrace/contracts';
import { blackhole } from './blackhole/connector.ts';
import { kafka } from './kafka/connector.ts';
import { print } from './print/connector.ts';

export { blackhole, kafka, print };

/** Every connector by the name used in WITH ('connector' = ...). */
export function connectors(): ConnectorRegistry {
  const all: readonly Connector[] = [kafka, blackhole, print];
  return new Map(all.map((connector) => [connector.name, connector]));
}
