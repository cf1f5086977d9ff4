import { isFineTimestamp } from '@millrace/model';
import type { LogicalNode, SourceNode } from '../logical-plan.ts';
import { readExpression } from './expression.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';

type Read<Kind extends LogicalNode['kind']> = (
  parts: NodeParts,
  common: Common,
) => Extract<LogicalNode, { readonly kind: Kind }> | undefined;

/** Table, connector and options. */
export function readPlace({ reader, object, path }: NodeParts) {
  const names = {
    table: reader.string(object.table, `${path}.table`),
    connector: reader.string(object.connector, `${path}.connector`),
  };
  const entries = reader.object(object.options, `${path}.options`);
  const options: Record<string, string> = {};
  for (const [name, value] of Object.entries(entries ?? {})) {
    const text = reader.string(value, `${path}.options['${name}']`);
    if (text !== undefined) options[name] = text;
  }
  return entries !== undefined && complete(names) ? { ...names, options } : undefined;
}

export const readSource: Read<'source'> = (parts, common) => {
  const place = readPlace(parts);
  const { upsert, retract } = parts.object;
  if (upsert !== undefined && upsert !== true) return parts.refuse('upsert', 'must be true or absent');
  if (retract !== undefined && retract !== true) return parts.refuse('retract', 'must be true or absent');
  const filter = readSourceFilter(parts, common);
  if (place === undefined || filter === undefined) return undefined;
  const upserts = upsert === true ? { upsert: true as const } : {};
  const retracts = retract === true ? { retract: true as const } : {};
  return { kind: 'source', ...common, ...place, ...upserts, ...retracts, ...filter };
};

/** `{ filter }`, or nothing when there is none. */
function readSourceFilter(
  { reader, object, path }: NodeParts,
  { schema }: Common,
): Pick<SourceNode, 'filter'> | undefined {
  if (object.filter === undefined) return {};
  const at = `${path}.filter`;
  const filter = reader.object(object.filter, at);
  if (filter === undefined) return undefined;
  const condition = readExpression(reader, filter.condition, schema.fields, `${at}.condition`);
  if (condition === undefined) return undefined;
  if (condition.type.kind !== 'boolean') return reader.refuse(`${at}.condition`, 'must be BOOLEAN');
  if (filter.eventTime === undefined) return { filter: { condition } };
  const time = reader.object(filter.eventTime, `${at}.eventTime`);
  const value = time && readExpression(reader, time.value, schema.fields, `${at}.eventTime.value`);
  const maxAheadMs = time && reader.whole(time.maxAheadMs, `${at}.eventTime.maxAheadMs`, 0, Number.MAX_SAFE_INTEGER);
  if (value === undefined || maxAheadMs === undefined) return undefined;
  const { type } = value;
  if ((type.kind !== 'timestamp' && type.kind !== 'timestamp_ltz') || isFineTimestamp(type))
    return reader.refuse(`${at}.eventTime.value`, 'must be a TIMESTAMP or TIMESTAMP_LTZ of precision 0 to 3');
  return { filter: { condition, eventTime: { value, maxAheadMs } } };
}

export const readDeadLetter: Read<'dead-letter'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  if (input.kind !== 'source') return parts.refuse('input', 'of a dead-letter must be a source');
  return { kind: 'dead-letter', ...common, input: input.id };
};

export const readSink: Read<'sink'> = (parts, common) => {
  const input = parts.input();
  const place = readPlace(parts);
  return input && place && { kind: 'sink', ...common, input: input.id, ...place };
};
