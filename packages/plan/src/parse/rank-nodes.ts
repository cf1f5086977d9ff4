import type { LogicalNode } from '../logical-plan.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';

type Read<Kind extends LogicalNode['kind']> = (
  parts: NodeParts,
  common: Common,
) => Extract<LogicalNode, { readonly kind: Kind }> | undefined;

export const readRank: Read<'rank'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    partition: parts.columns('partition', input.schema),
    order: parts.order(input.schema),
    from: parts.count('from', 1),
    to: parts.count('to', 1),
    withRank: parts.boolean('withRank'),
    ttl: parts.remembering(),
    windowEnd: parts.object.windowEnd === undefined ? {} : windowEndOf(parts.column('windowEnd', input.schema)),
  };
  if (!complete(read)) return undefined;
  if (read.from > read.to) return parts.refuse('from', 'must not be above to');
  const { ttl, windowEnd, ...rest } = read;
  return { kind: 'rank', ...common, input: input.id, ...rest, ...ttl, ...windowEnd };
};

function windowEndOf(windowEnd: number | undefined) {
  return windowEnd === undefined ? undefined : { windowEnd };
}

export const readDeduplicate: Read<'deduplicate'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    keys: parts.columns('keys', input.schema),
    time: parts.time('time', input.schema),
    keep: parts.oneOf('keep', ['first', 'last']),
    ttl: parts.remembering(),
  };
  if (!complete(read)) return undefined;
  const { ttl, ...rest } = read;
  return { kind: 'deduplicate', ...common, input: input.id, ...rest, ...ttl };
};

export const readTemporalSort: Read<'temporal-sort'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = { timeColumn: parts.eventTime('timeColumn', input.schema), order: parts.order(input.schema) };
  return complete(read) ? { kind: 'temporal-sort', ...common, input: input.id, ...read } : undefined;
};

export const readLimit: Read<'limit'> = (parts, common) => {
  const input = parts.input();
  const read = { offset: parts.count('offset', 0), count: parts.count('count', 0) };
  return input && complete(read) ? { kind: 'limit', ...common, input: input.id, ...read } : undefined;
};

export const readChangelogNormalize: Read<'changelog-normalize'> = (parts, common) => {
  const input = parts.input();
  const keys = input && parts.columns('keys', input.schema);
  const ttl = parts.remembering();
  return input && keys && ttl && { kind: 'changelog-normalize', ...common, input: input.id, keys, ...ttl };
};
