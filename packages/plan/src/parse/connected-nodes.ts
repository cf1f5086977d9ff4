import type { LogicalNode } from '../logical-plan.ts';
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
  const { upsert } = parts.object;
  if (upsert !== undefined && upsert !== true) return parts.refuse('upsert', 'must be true or absent');
  return place && { kind: 'source', ...common, ...place, ...(upsert === true ? { upsert } : {}) };
};

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
