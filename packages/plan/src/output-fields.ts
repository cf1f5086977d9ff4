import type { DataType, Field, OperatorId, Schema } from '@millrace/model';
import type { LogicalNode } from './logical-plan.ts';
import type { JoinType } from './nodes/join.ts';

const WINDOW_COLUMNS = ['window_start', 'window_end', 'window_time'] as const;
const PROCESSING_TIME: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: false };
const RANK: Field = { name: 'rownum', type: { kind: 'bigint', nullable: false } };

/**
 * The columns a step gives, as its kind says, with names where it makes new ones; the names in a plan's schema may differ. Undefined for
 * steps whose columns nobody else decides (source, match) or that refer to columns that do not exist. Pure.
 */
export function outputFields(
  node: LogicalNode,
  schemaOf: (input: OperatorId) => Schema | undefined,
): readonly Field[] | undefined {
  switch (node.kind) {
    case 'source':
    case 'dead-letter':
    case 'match':
      return undefined;
    case 'project':
      return node.expressions.map(({ type }, at) => ({ name: `expression ${at}`, type }));
    case 'expand':
      return expandFields(node.projections.map((projection) => projection.map(({ type }) => type)));
    case 'union':
      return schemaOf(node.inputs[0] ?? ('' as OperatorId))?.fields;
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join': {
      const left = schemaOf(node.left)?.fields;
      const right = schemaOf(node.right)?.fields;
      return left && right && joinFields(left, right, node.type);
    }
    default: {
      const input = schemaOf(node.input)?.fields;
      return input && fieldsOver(node, input);
    }
  }
}

type SingleInput = Exclude<
  Extract<LogicalNode, { readonly input: OperatorId }>,
  { readonly kind: 'dead-letter' | 'match' | 'project' | 'expand' }
>;

function fieldsOver(node: SingleInput, input: readonly Field[]): readonly Field[] | undefined {
  switch (node.kind) {
    case 'filter':
    case 'watermark':
    case 'deduplicate':
    case 'temporal-sort':
    case 'limit':
    case 'changelog-normalize':
    case 'sink':
      return input;
    case 'replicate':
      return input.slice(0, -1);
    case 'rank':
      return node.withRank ? [...input, RANK] : input;
    case 'lookup-join':
      return joinFields(input, node.columns, node.type);
    case 'unnest':
      return [...input, ...unnestFields(node.collection.type, node.outer, node.withOrdinality)];
    case 'window-assign': {
      const time = node.timeColumn === 'processing' ? PROCESSING_TIME : input[node.timeColumn]?.type;
      return time && [...input, ...windowFields(time)];
    }
    case 'window-aggregate': {
      const time = node.timeColumn === 'processing' ? PROCESSING_TIME : input[node.timeColumn]?.type;
      return time && [...pick(input, node.keys), ...callFields(node.calls), ...windowFields(time)];
    }
    case 'group-aggregate':
      return [...pick(input, node.keys), ...callFields(node.calls)];
    case 'over-aggregate':
      return [...input, ...callFields(node.calls)];
  }
}

function pick(input: readonly Field[], columns: readonly number[]): readonly Field[] {
  return columns.flatMap((column) => input[column] ?? []);
}

function callFields(calls: readonly { readonly name: string; readonly type: DataType }[]): readonly Field[] {
  return calls.map(({ name, type }) => ({ name, type }));
}

function windowFields(time: DataType): readonly Field[] {
  return WINDOW_COLUMNS.map((name) => ({ name, type: { ...time, nullable: false } }));
}

/** The types of all projections agree but for NULL. */
function expandFields(projections: readonly (readonly DataType[])[]): readonly Field[] {
  const [first = []] = projections;
  return first.map((type, at) => ({
    name: `expression ${at}`,
    type: { ...type, nullable: projections.some((projection) => projection[at]?.nullable !== false) },
  }));
}

/** What UNNEST adds to its input: of ARRAY<ROW> the fields of the row, of MAP its key and value. */
export function unnestFields(collection: DataType, outer: boolean, withOrdinality: boolean): readonly Field[] {
  const element = elementFields(collection).map(({ name, type }) => ({
    name,
    type: outer ? { ...type, nullable: true } : type,
  }));
  const ordinality: Field = { name: 'ordinality', type: { kind: 'integer', nullable: outer } };
  return withOrdinality ? [...element, ordinality] : element;
}

function elementFields(collection: DataType): readonly Field[] {
  if (collection.kind === 'map') {
    return [
      { name: 'key', type: collection.key },
      { name: 'value', type: collection.value },
    ];
  }
  if (collection.kind !== 'array') return [];
  const { element } = collection;
  if (element.kind !== 'row') return [{ name: 'element', type: element }];
  return element.fields.map(({ name, type }) => ({
    name,
    type: element.nullable ? { ...type, nullable: true } : type,
  }));
}

/** Left then right columns; the side that may be missing is nullable; semi and anti joins give the left alone. */
export function joinFields(left: readonly Field[], right: readonly Field[], type: JoinType): readonly Field[] {
  const nullable = (fields: readonly Field[]) =>
    fields.map((field) => ({ name: field.name, type: { ...field.type, nullable: true } }));
  if (type === 'semi' || type === 'anti') return left;
  return [
    ...(type === 'right' || type === 'full' ? nullable(left) : left),
    ...(type === 'left' || type === 'full' ? nullable(right) : right),
  ];
}
