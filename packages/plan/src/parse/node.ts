import { type Field, formatDataType, type OperatorId, type Schema } from '@millrace/model';
import { DEAD_LETTER_SCHEMA } from '../dead-letter.ts';
import type { LogicalNode } from '../logical-plan.ts';
import { outputFields } from '../output-fields.ts';
import { readGroupAggregate, readOverAggregate, readWindowAggregate } from './aggregate-nodes.ts';
import { readDeadLetter, readSink, readSource } from './connected-nodes.ts';
import { readIntervalJoin, readJoin, readLookupJoin, readTemporalJoin, readWindowJoin } from './join-nodes.ts';
import type { JsonReader } from './json-reader.ts';
import { readMatch } from './match-node.ts';
import { type Common, NodeParts } from './node-parts.ts';
import { readChangelogNormalize, readDeduplicate, readLimit, readRank, readTemporalSort } from './rank-nodes.ts';
import {
  readExpand,
  readFilter,
  readProject,
  readReplicate,
  readUnion,
  readUnnest,
  readWatermark,
  readWindowAssign,
} from './row-nodes.ts';
import { isSameType, readSchema } from './type.ts';

type Kind = LogicalNode['kind'];
type Readers = { readonly [K in Kind]: (parts: NodeParts, common: Common) => LogicalNode | undefined };

const READERS: Readers = {
  source: readSource,
  'dead-letter': readDeadLetter,
  filter: readFilter,
  project: readProject,
  expand: readExpand,
  unnest: readUnnest,
  replicate: readReplicate,
  watermark: readWatermark,
  'window-assign': readWindowAssign,
  'window-aggregate': readWindowAggregate,
  'group-aggregate': readGroupAggregate,
  'over-aggregate': readOverAggregate,
  rank: readRank,
  deduplicate: readDeduplicate,
  'temporal-sort': readTemporalSort,
  limit: readLimit,
  'changelog-normalize': readChangelogNormalize,
  join: readJoin,
  'interval-join': readIntervalJoin,
  'window-join': readWindowJoin,
  'temporal-join': readTemporalJoin,
  'lookup-join': readLookupJoin,
  match: readMatch,
  union: readUnion,
  sink: readSink,
};

const KINDS = Object.keys(READERS) as readonly Kind[];

/** One node; the nodes before it are known, those refused are not blamed again. Undefined after a reason was told. */
export function readNode(
  reader: JsonReader,
  value: unknown,
  path: string,
  known: ReadonlyMap<OperatorId, LogicalNode>,
  refused: ReadonlySet<unknown>,
): LogicalNode | undefined {
  const object = reader.object(value, path);
  if (object === undefined) return undefined;
  const kind = reader.oneOf(object.kind, KINDS, `${path}.kind`);
  const id = reader.string(object.id, `${path}.id`);
  const label = reader.string(object.label, `${path}.label`);
  const schema = readSchema(reader, object.schema, `${path}.schema`);
  if (kind === undefined || id === undefined || label === undefined || schema === undefined) return undefined;
  if (id === '') return reader.refuse(`${path}.id`, 'must not be empty');
  const parts = new NodeParts(reader, object, path, known, refused);
  const node = READERS[kind](parts, { id: id as OperatorId, label, schema });
  return node !== undefined && hasItsColumns(parts, node, known) ? node : undefined;
}

/** Every input of a union, the only one of a filter, the columns of a join: the schema says what the kind of node gives. */
function hasItsColumns(parts: NodeParts, node: LogicalNode, known: ReadonlyMap<OperatorId, LogicalNode>): boolean {
  const schemaOf = (id: OperatorId) => known.get(id)?.schema;
  if (node.kind === 'dead-letter')
    return sameColumns(parts, node.schema, DEAD_LETTER_SCHEMA.fields, 'the dead-letter columns');
  if (node.kind === 'union') {
    return node.inputs.every((input) =>
      sameColumns(parts, node.schema, schemaOf(input)?.fields ?? [], `its input ${input}`),
    );
  }
  if (node.kind === 'match') return matchColumns(parts, node, schemaOf(node.input));
  const given = outputFields(node, schemaOf);
  return given === undefined || sameColumns(parts, node.schema, given, GIVEN_BY[node.kind] ?? 'its input');
}

/** In a refusal: whose columns the schema should have had. */
const GIVEN_BY: Readonly<Partial<Record<Kind, string>>> = {
  project: 'its expressions',
  expand: 'its projections',
  'window-aggregate': 'its keys, calls and window columns',
  'group-aggregate': 'its keys and calls',
  'over-aggregate': 'its input and calls',
  'window-assign': 'its input and window columns',
  unnest: 'its input and elements',
  join: 'its inputs',
  'interval-join': 'its inputs',
  'window-join': 'its inputs',
  'temporal-join': 'its inputs',
  'lookup-join': 'its input and the columns looked up',
};

function matchColumns(
  parts: NodeParts,
  node: Extract<LogicalNode, { readonly kind: 'match' }>,
  input: Schema | undefined,
): boolean {
  const partition = node.partition.flatMap((column) => input?.fields[column] ?? []);
  const measures = node.measures.map(({ expression }, at) => ({ name: `measure ${at}`, type: expression.type }));
  return sameColumns(parts, node.schema, [...partition, ...measures], 'its partition columns and measures');
}

/** Column by column the same types; names and NOT NULL may differ. */
function sameColumns(parts: NodeParts, schema: Schema, given: readonly Field[], of: string): boolean {
  if (schema.fields.length !== given.length) {
    parts.refuse('schema', `has ${schema.fields.length} columns, ${of} ${given.length}`);
    return false;
  }
  return schema.fields.every((field, at) => {
    const other = given[at];
    if (other !== undefined && isSameType(field.type, other.type)) return true;
    const found = other === undefined ? 'nothing' : formatDataType(other.type);
    parts.refuse(`schema.fields[${at}]`, `${field.name} is ${formatDataType(field.type)}, in ${of} it is ${found}`);
    return false;
  });
}
