import { type Field, formatDataType } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import { JOIN_TYPES } from '../nodes/join.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';
import { isSameType } from './type.ts';

type Read<Kind extends LogicalNode['kind']> = (
  parts: NodeParts,
  common: Common,
) => Extract<LogicalNode, { readonly kind: Kind }> | undefined;

function readSides(parts: NodeParts) {
  const left = parts.input('left');
  const right = parts.input('right');
  if (left === undefined || right === undefined) return undefined;
  const both: readonly Field[] = [...left.schema.fields, ...right.schema.fields];
  const hasCondition = parts.object.condition !== undefined;
  const condition = hasCondition ? parts.condition('condition', both) : undefined;
  const read = {
    type: parts.oneOf('type', JOIN_TYPES),
    leftKeys: parts.columns('leftKeys', left.schema),
    rightKeys: parts.columns('rightKeys', right.schema),
  };
  if (!complete(read) || (hasCondition && condition === undefined)) return undefined;
  const { leftKeys, rightKeys } = read;
  if (leftKeys.length !== rightKeys.length) return parts.refuse('rightKeys', 'must be as many as leftKeys');
  for (const [at, key] of leftKeys.entries()) {
    const leftField = left.schema.fields[key];
    const rightField = right.schema.fields[rightKeys[at] ?? 0];
    if (leftField === undefined || rightField === undefined || isSameType(leftField.type, rightField.type)) continue;
    const types = `${formatDataType(leftField.type)} and ${formatDataType(rightField.type)}`;
    return parts.refuse(`leftKeys[${at}]`, `${leftField.name} and ${rightField.name} differ: ${types}`);
  }
  return { left, right, join: { left: left.id, right: right.id, ...read, condition } };
}

export const readJoin: Read<'join'> = (parts, common) => {
  const sides = readSides(parts);
  const ttl = parts.remembering();
  return sides && ttl && { kind: 'join', ...common, ...sides.join, ...ttl };
};

export const readIntervalJoin: Read<'interval-join'> = (parts, common) => {
  const sides = readSides(parts);
  if (sides === undefined) return undefined;
  const { reader, object, path } = parts;
  const shift = (name: string) =>
    reader.whole(object[name], `${path}.${name}`, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const read = {
    leftTime: parts.eventTime('leftTime', sides.left.schema),
    rightTime: parts.eventTime('rightTime', sides.right.schema),
    lowerMs: shift('lowerMs'),
    upperMs: shift('upperMs'),
  };
  if (!complete(read)) return undefined;
  if (read.lowerMs > read.upperMs) return parts.refuse('lowerMs', 'must not be above upperMs');
  return { kind: 'interval-join', ...common, ...sides.join, ...read };
};

export const readWindowJoin: Read<'window-join'> = (parts, common) => {
  const sides = readSides(parts);
  if (sides === undefined) return undefined;
  const read = {
    leftWindowEnd: parts.column('leftWindowEnd', sides.left.schema),
    rightWindowEnd: parts.column('rightWindowEnd', sides.right.schema),
  };
  return complete(read) ? { kind: 'window-join', ...common, ...sides.join, ...read } : undefined;
};

export const readTemporalJoin: Read<'temporal-join'> = (parts, common) => {
  const sides = readSides(parts);
  if (sides === undefined) return undefined;
  if (sides.join.type !== 'inner' && sides.join.type !== 'left') return parts.refuse('type', 'must be inner or left');
  const read = {
    leftTime: parts.eventTime('leftTime', sides.left.schema),
    rightTime: parts.eventTime('rightTime', sides.right.schema),
  };
  return complete(read) ? { kind: 'temporal-join', ...common, ...sides.join, ...read } : undefined;
};
