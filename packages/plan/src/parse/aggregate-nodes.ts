import type { Schema } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import type { OverFrame } from '../nodes/aggregate.ts';
import { readAggregate } from './expression.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';
import { readWindow } from './window.ts';

type Read<Kind extends LogicalNode['kind']> = (
  parts: NodeParts,
  common: Common,
) => Extract<LogicalNode, { readonly kind: Kind }> | undefined;

function readCalls({ reader, object, path }: NodeParts, of: Schema) {
  return reader.list(object.calls, `${path}.calls`, (item, at) => readAggregate(reader, item, of.fields, at));
}

export const readWindowAggregate: Read<'window-aggregate'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    keys: parts.columns('keys', input.schema),
    timeColumn: parts.time('timeColumn', input.schema),
    window: readWindow(parts.reader, parts.object.window, `${parts.path}.window`),
    calls: readCalls(parts, input.schema),
  };
  return complete(read) ? { kind: 'window-aggregate', ...common, input: input.id, ...read } : undefined;
};

export const readGroupAggregate: Read<'group-aggregate'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    keys: parts.columns('keys', input.schema),
    calls: readCalls(parts, input.schema),
    ttl: parts.remembering(),
  };
  if (!complete(read)) return undefined;
  const { ttl, ...rest } = read;
  return { kind: 'group-aggregate', ...common, input: input.id, ...rest, ...ttl };
};

export const readOverAggregate: Read<'over-aggregate'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    partition: parts.columns('partition', input.schema),
    time: parts.time('time', input.schema),
    frame: readFrame(parts),
    calls: readCalls(parts, input.schema),
    ttl: parts.remembering(),
  };
  if (!complete(read)) return undefined;
  const { ttl, ...rest } = read;
  return { kind: 'over-aggregate', ...common, input: input.id, ...rest, ...ttl };
};

function readFrame({ reader, object, path }: NodeParts): OverFrame | undefined {
  const frame = reader.object(object.frame, `${path}.frame`);
  const kind = frame && reader.oneOf(frame.kind, ['rows', 'range'], `${path}.frame.kind`);
  if (frame === undefined || kind === undefined) return undefined;
  const name = kind === 'rows' ? 'preceding' : 'precedingMs';
  const value = frame[name];
  const length =
    value === 'unbounded' ? value : reader.whole(value, `${path}.frame.${name}`, 0, Number.MAX_SAFE_INTEGER);
  if (length === undefined) return undefined;
  return kind === 'rows' ? { kind, preceding: length } : { kind, precedingMs: length };
}
