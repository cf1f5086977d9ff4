/**
 * The door for browsers: what options every connector has, and what is wrong with a set of them. No client
 * library is reached from here.
 */
import type { DataType } from '@millrace/model';
import { BLACKHOLE } from './blackhole/options.ts';
import { DATAGEN } from './datagen/options.ts';
import { DEMO } from './demo/options.ts';
import { FILESYSTEM } from './filesystem/options.ts';
import { changeFormatOf } from './formats/change-json/change-format.ts';
import { REST_LOOKUP } from './http/options.ts';
import { JDBC } from './jdbc/options.ts';
import { KAFKA } from './kafka/options.ts';
import { NEXMARK } from './nexmark/options.ts';
import { checkDescribed, describedBy } from './option/check.ts';
import type { ConnectorDescription, OptionIssue, Role } from './option/description.ts';
import { nearest } from './option/nearest.ts';
import { PRINT } from './print/options.ts';
import { REDIS } from './redis/options.ts';
import { UPSERT_KAFKA } from './upsert-kafka/options.ts';

export type { ConnectorDescription, OptionDescription, OptionIssue, Role } from './option/description.ts';

/** Every connector there is, for forms and completion. */
export const CONNECTOR_DESCRIPTIONS: readonly ConnectorDescription[] = [
  KAFKA,
  UPSERT_KAFKA,
  JDBC,
  REDIS,
  REST_LOOKUP,
  FILESYSTEM,
  DATAGEN,
  DEMO,
  NEXMARK,
  BLACKHOLE,
  PRINT,
];

/** The kind of connection a connector uses: `kafka` for 'upsert-kafka' too. */
export function systemOf(connector: string): string {
  return CONNECTOR_DESCRIPTIONS.find((each) => each.name === connector)?.system ?? connector;
}

/** Whether the value of an option must not be shown, logged or sent to a browser. */
export function isSecretOption(connector: string, option: string): boolean {
  const described = CONNECTOR_DESCRIPTIONS.find((each) => each.name === connector);
  return described !== undefined && describedBy(described, option)?.secret === true;
}

/** What a sink of this connector with these options takes: INSERTs only (`append`), `upsert` by PRIMARY KEY, `any` change. */
export function sinkChangesOf(
  connector: string,
  options: Readonly<Record<string, string>> = {},
): 'append' | 'upsert' | 'any' {
  if (changeFormatOf(options) !== undefined) return 'any';
  return CONNECTOR_DESCRIPTIONS.find((each) => each.name === connector)?.sinkChanges ?? 'append';
}

function noLookup(connector: string): OptionIssue {
  const able = CONNECTOR_DESCRIPTIONS.flatMap(({ name, roles }) => (roles.includes('lookup') ? [`'${name}'`] : []));
  const message = `'${connector}' cannot be asked for rows by key, which FOR SYSTEM_TIME AS OF a processing time does; ${able.join(', ')} can`;
  return { option: 'connector', reason: 'invalid', message };
}

/** Everything wrong with the options of one table, in words for its author; empty when they are good. `columns`: its columns by name, where they are known. */
export function checkOptions(
  connector: string,
  options: Readonly<Record<string, string>>,
  role: Role,
  columns?: ReadonlyMap<string, DataType>,
): readonly OptionIssue[] {
  const described = CONNECTOR_DESCRIPTIONS.find((each) => each.name === connector);
  if (described !== undefined && role === 'lookup' && !described.roles.includes('lookup')) return [noLookup(connector)];
  if (described !== undefined) return checkDescribed(described, options, role, columns);
  const names = CONNECTOR_DESCRIPTIONS.map((each) => each.name);
  const guess = nearest(connector, names);
  const hint = guess === undefined ? `there are ${names.join(', ')}` : `did you mean '${guess}'?`;
  return [{ option: 'connector', reason: 'invalid', message: `there is no connector '${connector}'; ${hint}` }];
}
