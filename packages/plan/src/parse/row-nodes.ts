import { isFineTimestamp } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import { readExpression } from './expression.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';
import { readWindow } from './window.ts';

type Read<Kind extends LogicalNode['kind']> = (
  parts: NodeParts,
  common: Common,
) => Extract<LogicalNode, { readonly kind: Kind }> | undefined;

export const readFilter: Read<'filter'> = (parts, common) => {
  const input = parts.input();
  const predicate = input && parts.condition('predicate', input.schema.fields);
  return input && predicate && { kind: 'filter', ...common, input: input.id, predicate };
};

export const readProject: Read<'project'> = (parts, common) => {
  const input = parts.input();
  const expressions = input && parts.expressions('expressions', input.schema.fields);
  return input && expressions && { kind: 'project', ...common, input: input.id, expressions };
};

export const readExpand: Read<'expand'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const { reader, object, path } = parts;
  const projections = reader.list(object.projections, `${path}.projections`, (projection, at) =>
    reader.list(projection, at, (item, place) => readExpression(reader, item, input.schema.fields, place)),
  );
  if (projections === undefined) return undefined;
  if (projections.some(({ length }) => length !== projections[0]?.length))
    return parts.refuse('projections', 'must all have the same number of columns');
  return { kind: 'expand', ...common, input: input.id, projections };
};

export const readUnnest: Read<'unnest'> = (parts, common) => {
  const input = parts.input();
  const collection = input && parts.expression('collection', input.schema.fields);
  const flags = { withOrdinality: parts.boolean('withOrdinality'), outer: parts.boolean('outer') };
  if (input === undefined || collection === undefined || !complete(flags)) return undefined;
  if (collection.type.kind !== 'array' && collection.type.kind !== 'map')
    return parts.refuse('collection', 'must be an ARRAY or a MAP');
  return { kind: 'unnest', ...common, input: input.id, collection, ...flags };
};

export const readReplicate: Read<'replicate'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  if (input.schema.fields.at(-1)?.type.kind !== 'bigint') return parts.refuse('input', 'must end with a BIGINT column');
  return { kind: 'replicate', ...common, input: input.id };
};

export const readWatermark: Read<'watermark'> = (parts, common) => {
  const input = parts.input();
  if (input === undefined) return undefined;
  const read = {
    column: parts.column('column', input.schema),
    delayMs: parts.duration('delayMs'),
    idleTimeoutMs: parts.duration('idleTimeoutMs'),
  };
  const expression =
    parts.object.expression === undefined ? undefined : parts.expression('expression', input.schema.fields);
  if (parts.object.expression !== undefined && expression === undefined) return undefined;
  const kind = read.column === undefined ? undefined : input.schema.fields[read.column]?.type.kind;
  if (expression !== undefined && (expression.type.kind !== kind || isFineTimestamp(expression.type)))
    return parts.refuse('expression', 'must be a time of the kind of the column, of precision 0 to 3');
  const maxAheadMs = parts.object.maxAheadMs === undefined ? undefined : parts.duration('maxAheadMs');
  if (!complete(read)) return undefined;
  if (common.schema.eventTime !== read.column) return parts.refuse('schema.eventTime', 'must be the watermark column');
  return {
    kind: 'watermark',
    ...common,
    input: input.id,
    ...read,
    ...(expression === undefined ? {} : { expression }),
    ...(maxAheadMs === undefined ? {} : { maxAheadMs }),
  };
};

export const readWindowAssign: Read<'window-assign'> = (parts, common) => {
  const input = parts.input();
  const timeColumn = input && parts.time('timeColumn', input.schema);
  const window = readWindow(parts.reader, parts.object.window, `${parts.path}.window`);
  if (input === undefined || timeColumn === undefined || window === undefined) return undefined;
  if (window.kind === 'session') return parts.refuse('window', 'cannot be a session: it has no rows of its own');
  if (window.kind === 'attached') return parts.refuse('window', 'cannot be the one the rows have already');
  return { kind: 'window-assign', ...common, input: input.id, timeColumn, window };
};

export const readUnion: Read<'union'> = (parts, common) => {
  const { reader, object, path } = parts;
  const inputs = reader.list(object.inputs, `${path}.inputs`, (item, at) => parts.inputNamed(item, at));
  if (inputs === undefined) return undefined;
  if (inputs.length === 0) return parts.refuse('inputs', 'must not be empty');
  return { kind: 'union', ...common, inputs: inputs.map(({ id }) => id) };
};
