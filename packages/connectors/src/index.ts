import type { Connector, ConnectorRegistry } from '@millrace/contracts';
import { blackhole } from './blackhole/connector.ts';
import { datagen } from './datagen/connector.ts';
import { demo } from './demo/connector.ts';
import { kafka } from './kafka/connector.ts';
import { jdbc } from './postgres/connector.ts';
import { print } from './print/connector.ts';

export { blackhole, datagen, demo, jdbc, kafka, print };

/** Every connector by the name used in WITH ('connector' = ...). */
export function connectors(): ConnectorRegistry {
  const all: readonly Connector[] = [kafka, jdbc, datagen, demo, blackhole, print];
  return new Map(all.map((connector) => [connector.name, connector]));
}
