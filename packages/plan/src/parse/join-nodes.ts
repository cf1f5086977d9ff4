import { type Field, formatDataType } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import { JOIN_TYPES } from '../nodes/join.ts';
import { readPlace } from './connected-nodes.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';
import { isSameType, readFields } from './type.ts';

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
  const lefts = { name: 'leftKeys', columns: leftKeys, fields: left.schema.fields };
  const rights = { name: 'rightKeys', columns: rightKeys, fields: right.schema.fields };
  if (!areComparable(parts, lefts, rights)) return undefined;
  return { left, right, join: { left: left.id, right: right.id, ...read, condition } };
}

/** `leftTtlMs` and `rightTtlMs`, as far as they are given. */
function readSideTtls(parts: NodeParts) {
  const ttls: { leftTtlMs?: number; rightTtlMs?: number } = {};
  for (const name of ['leftTtlMs', 'rightTtlMs'] as const) {
    if (parts.object[name] === undefined) continue;
    const ms = parts.duration(name);
    if (ms === undefined) return undefined;
    ttls[name] = ms;
  }
  return ttls;
}

interface Keys {
  readonly name: string;
  readonly columns: readonly number[];
  readonly fields: readonly Field[];
}

/** As many keys on both sides, pairwise of one type; false after a refusal. */
function areComparable(parts: NodeParts, left: Keys, right: Keys): boolean {
  if (left.columns.length !== right.columns.length) {
    parts.refuse(right.name, `must be as many as ${left.name}`);
    return false;
  }
  return left.columns.every((key, at) => {
    const leftField = left.fields[key];
    const rightField = right.fields[right.columns[at] ?? 0];
    if (leftField === undefined || rightField === undefined || isSameType(leftField.type, rightField.type)) return true;
    const types = `${formatDataType(leftField.type)} and ${formatDataType(rightField.type)}`;
    parts.refuse(`${left.name}[${at}]`, `${leftField.name} and ${rightField.name} differ: ${types}`);
    return false;
  });
}

export const readJoin: Read<'join'> = (parts, common) => {
  const sides = readSides(parts);
  const ttl = parts.remembering();
  const ttls = readSideTtls(parts);
  return sides && ttl && ttls && { kind: 'join', ...common, ...sides.join, ...ttl, ...ttls };
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

export const readLookupJoin: Read<'lookup-join'> = (parts, common) => {
  const input = parts.input();
  const place = readPlace(parts);
  const { reader, object, path } = parts;
  const columns = readFields(reader, object.columns, `${path}.columns`);
  if (input === undefined || place === undefined || columns === undefined) return undefined;
  const hasCondition = object.condition !== undefined;
  const condition = hasCondition ? parts.condition('condition', [...input.schema.fields, ...columns]) : undefined;
  const read = {
    type: parts.oneOf('type', ['inner', 'left'] as const),
    keys: parts.columns('keys', input.schema),
    tableKeys: parts.columns('tableKeys', { fields: columns }),
    ttl: parts.remembering(),
    rowKey: object.rowKey === undefined ? {} : rowKeyOf(parts.columns('rowKey', input.schema)),
  };
  if (!complete(read) || (hasCondition && condition === undefined)) return undefined;
  if (read.keys.length === 0) return parts.refuse('keys', 'must name at least one column');
  const keys = { name: 'keys', columns: read.keys, fields: input.schema.fields };
  const tableKeys = { name: 'tableKeys', columns: read.tableKeys, fields: columns };
  if (!areComparable(parts, keys, tableKeys)) return undefined;
  const { ttl, rowKey, ...rest } = read;
  return { kind: 'lookup-join', ...common, input: input.id, ...place, columns, ...rest, condition, ...rowKey, ...ttl };
};

function rowKeyOf(rowKey: readonly number[] | undefined) {
  return rowKey && { rowKey };
}
