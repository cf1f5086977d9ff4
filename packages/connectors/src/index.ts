import type { Connector, ConnectorRegistry } from '@millrace/contracts';
import { blackhole } from './blackhole/connector.ts';
import { datagen } from './datagen/connector.ts';
import { demo } from './demo/connector.ts';
import { filesystem } from './filesystem/connector.ts';
import { kafka } from './kafka/connector.ts';
import { jdbc } from './postgres/connector.ts';
import { print } from './print/connector.ts';

/** What the platform decides about connectors, for all jobs. */
export interface ConnectorSettings {
  /** Absolute; undefined: jobs may not use files. */
  readonly filesRoot: string | undefined;
}

/** Every connector by the name used in WITH ('connector' = ...). */
export function connectors({ filesRoot }: ConnectorSettings): ConnectorRegistry {
  const all: readonly Connector[] = [kafka, jdbc, filesystem(filesRoot), datagen, demo, blackhole, print];
  return new Map(all.map((connector) => [connector.name, connector]));
}
