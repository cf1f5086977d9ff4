import { type Field, formatDataType, type OperatorId, type Schema, StreamError } from '@millrace/model';
import { DEAD_LETTER_SCHEMA } from './dead-letter.ts';
import { JsonReader } from './json-reader.ts';
import { inputsOf, type LogicalNode, type LogicalPlan, type WindowSpec } from './logical-plan.ts';
import { readAggregate, readExpression } from './parse-expression.ts';
import { isSameType, readSchema } from './parse-type.ts';

const NODE_KINDS = [
  'source',
  'dead-letter',
  'filter',
  'project',
  'watermark',
  'window-aggregate',
  'union',
  'sink',
] as const;
/** No job is this large; a bound for whoever walks the plan. */
const NODES_MAX = 5_000;
const DURATION_MAX_MS = Number.MAX_SAFE_INTEGER;

/**
 * JSON to a LogicalPlan that an engine can trust: ids are unique, inputs stand before their readers, every column index
 * exists and has the type its reader expects, schemas are what each kind of node gives. Called where a plan
 * enters a process. Throws StreamError `plan.invalid` (user, never retried) with all reasons.
 */
export function parseLogicalPlan(json: unknown): LogicalPlan {
  const reader = new JsonReader();
  const nodes = readNodes(reader, json);
  if (nodes !== undefined && reader.reasons.length === 0) return { nodes };
  const message = `The plan is not valid. ${reader.reasons.join('; ')}.`;
  throw new StreamError('plan.invalid', message, { domain: 'user', retry: 'never' });
}

function readNodes(reader: JsonReader, json: unknown): readonly LogicalNode[] | undefined {
  const plan = reader.object(json, 'plan');
  const items = plan && reader.array(plan.nodes, 'plan.nodes');
  if (items === undefined) return undefined;
  if (items.length > NODES_MAX) return reader.refuse('plan.nodes', `must not hold more than ${NODES_MAX} nodes`);
  if (items.length === 0) return reader.refuse('plan.nodes', 'must not be empty');
  const known = new Map<OperatorId, LogicalNode>();
  const refused = new Set<unknown>();
  const nodes = items.flatMap((item, at) => {
    const node = new NodeReader(reader, known, refused, `plan.nodes[${at}]`).read(item);
    if (node === undefined) {
      if (typeof item === 'object' && item !== null && 'id' in item) refused.add(item.id);
      return [];
    }
    if (known.has(node.id)) reader.refuse(`plan.nodes[${at}].id`, `${node.id} is used twice`);
    known.set(node.id, node);
    return [node];
  });
  if (nodes.length === items.length && !nodes.some((node) => node.kind === 'sink'))
    reader.refuse('plan.nodes', 'must hold a sink');
  refuseDeadEnds(reader, nodes, items.length);
  return nodes;
}

/** Rows that go nowhere are a mistake of whoever made the plan. */
function refuseDeadEnds(reader: JsonReader, nodes: readonly LogicalNode[], expected: number): void {
  if (nodes.length < expected) return;
  const read = new Set(nodes.flatMap(inputsOf));
  for (const node of nodes) {
    if (node.kind !== 'sink' && !read.has(node.id)) reader.refuse(node.id, 'is read by no other node');
  }
}

/** Reads one node; the nodes before it are known. */
class NodeReader {
  readonly #reader: JsonReader;
  readonly #known: ReadonlyMap<OperatorId, LogicalNode>;
  /** Ids of nodes already refused: who reads them is not blamed again. */
  readonly #refused: ReadonlySet<unknown>;
  readonly #path: string;

  constructor(
    reader: JsonReader,
    known: ReadonlyMap<OperatorId, LogicalNode>,
    refused: ReadonlySet<unknown>,
    path: string,
  ) {
    this.#reader = reader;
    this.#known = known;
    this.#refused = refused;
    this.#path = path;
  }

  read(value: unknown): LogicalNode | undefined {
    const reader = this.#reader;
    const object = reader.object(value, this.#path);
    if (object === undefined) return undefined;
    const kind = reader.oneOf(object.kind, NODE_KINDS, `${this.#path}.kind`);
    const id = reader.string(object.id, `${this.#path}.id`);
    const label = reader.string(object.label, `${this.#path}.label`);
    const schema = readSchema(reader, object.schema, `${this.#path}.schema`);
    if (kind === undefined || id === undefined || label === undefined || schema === undefined) return undefined;
    if (id === '') return reader.refuse(`${this.#path}.id`, 'must not be empty');
    const common = { id: id as OperatorId, label, schema };
    if (kind === 'source') {
      const place = this.#readPlace(object);
      return place && { kind, ...common, ...place };
    }
    if (kind === 'union') return this.#readUnion(object, common);
    const input = this.#readInput(object.input, `${this.#path}.input`);
    if (input === undefined) return undefined;
    const withInput = { ...common, input: input.id };
    switch (kind) {
      case 'dead-letter': {
        if (input.kind !== 'source') return this.#refuse('input', 'of a dead-letter must be a source');
        return this.#sameColumns(schema, DEAD_LETTER_SCHEMA, 'the dead-letter columns')
          ? { kind, ...withInput }
          : undefined;
      }
      case 'filter': {
        const predicate = readExpression(reader, object.predicate, input.schema.fields, `${this.#path}.predicate`);
        if (predicate === undefined) return undefined;
        if (predicate.type.kind !== 'boolean') return this.#refuse('predicate', 'must be BOOLEAN');
        return this.#sameColumns(schema, input.schema, 'its input') ? { kind, ...withInput, predicate } : undefined;
      }
      case 'project': {
        const path = `${this.#path}.expressions`;
        const read = (item: unknown, at: string) => readExpression(reader, item, input.schema.fields, at);
        const expressions = reader.list(object.expressions, path, read);
        if (expressions === undefined) return undefined;
        const given = { fields: expressions.map(({ type }, at) => ({ name: `expression ${at}`, type })) };
        return this.#sameColumns(schema, given, 'its expressions') ? { kind, ...withInput, expressions } : undefined;
      }
      case 'watermark':
        return this.#readWatermark(object, withInput, input);
      case 'window-aggregate':
        return this.#readWindowAggregate(object, withInput, input);
      case 'sink': {
        const place = this.#readPlace(object);
        return place && this.#sameColumns(schema, input.schema, 'its input')
          ? { kind, ...withInput, ...place }
          : undefined;
      }
    }
  }

  #refuse(part: string, reason: string): undefined {
    return this.#reader.refuse(`${this.#path}.${part}`, reason);
  }

  #readInput(value: unknown, path: string): LogicalNode | undefined {
    const id = this.#reader.string(value, path);
    if (id === undefined) return undefined;
    const node = this.#known.get(id as OperatorId);
    if (node === undefined && this.#refused.has(id)) return undefined;
    if (node === undefined) return this.#reader.refuse(path, `${id} is no node before this one`);
    return node.kind === 'sink' ? this.#reader.refuse(path, `${id} is a sink`) : node;
  }

  #readPlace(object: Readonly<Record<string, unknown>>) {
    const reader = this.#reader;
    const table = reader.string(object.table, `${this.#path}.table`);
    const connector = reader.string(object.connector, `${this.#path}.connector`);
    const entries = reader.object(object.options, `${this.#path}.options`);
    const options: Record<string, string> = {};
    for (const [name, value] of Object.entries(entries ?? {})) {
      const text = reader.string(value, `${this.#path}.options['${name}']`);
      if (text !== undefined) options[name] = text;
    }
    if (table === undefined || connector === undefined || entries === undefined) return undefined;
    return { table, connector, options };
  }

  #readUnion(object: Readonly<Record<string, unknown>>, common: Pick<LogicalNode, 'id' | 'label' | 'schema'>) {
    const inputs = this.#reader.list(object.inputs, `${this.#path}.inputs`, (item, at) => this.#readInput(item, at));
    if (inputs === undefined) return undefined;
    if (inputs.length === 0) return this.#refuse('inputs', 'must not be empty');
    if (!inputs.every((input) => this.#sameColumns(common.schema, input.schema, `its input ${input.id}`)))
      return undefined;
    return { kind: 'union', ...common, inputs: inputs.map((input) => input.id) } as const;
  }

  #readWatermark(object: Readonly<Record<string, unknown>>, common: WithInput, input: LogicalNode) {
    const reader = this.#reader;
    const column = reader.whole(object.column, `${this.#path}.column`, 0, input.schema.fields.length - 1);
    const delayMs = reader.whole(object.delayMs, `${this.#path}.delayMs`, 0, DURATION_MAX_MS);
    const idleTimeoutMs = reader.whole(object.idleTimeoutMs, `${this.#path}.idleTimeoutMs`, 0, DURATION_MAX_MS);
    if (column === undefined || delayMs === undefined || idleTimeoutMs === undefined) return undefined;
    if (common.schema.eventTime !== column) return this.#refuse('schema.eventTime', 'must be the watermark column');
    if (!this.#sameColumns(common.schema, input.schema, 'its input')) return undefined;
    return { kind: 'watermark', ...common, column, delayMs, idleTimeoutMs } as const;
  }

  #readWindowAggregate(object: Readonly<Record<string, unknown>>, common: WithInput, input: LogicalNode) {
    const reader = this.#reader;
    const columns = input.schema.fields;
    const last = columns.length - 1;
    const keys = reader.list(object.keys, `${this.#path}.keys`, (item, at) => reader.whole(item, at, 0, last));
    const timeColumn = reader.whole(object.timeColumn, `${this.#path}.timeColumn`, 0, last);
    const window = this.#readWindow(object.window);
    const read = (item: unknown, at: string) => readAggregate(reader, item, columns, at);
    const calls = reader.list(object.calls, `${this.#path}.calls`, read);
    if (keys === undefined || timeColumn === undefined || window === undefined || calls === undefined) return undefined;
    if (input.schema.eventTime !== timeColumn) return this.#refuse('timeColumn', "must be the input's event time");
    const time = columns[timeColumn];
    if (time === undefined) return undefined;
    const given: readonly Field[] = [
      ...keys.flatMap((key) => columns[key] ?? []),
      ...calls.map(({ name, type }) => ({ name, type })),
      ...['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: time.type })),
    ];
    if (!this.#sameColumns(common.schema, { fields: given }, 'its keys, calls and window columns')) return undefined;
    return { kind: 'window-aggregate', ...common, keys, timeColumn, window, calls } as const;
  }

  #readWindow(value: unknown): WindowSpec | undefined {
    const reader = this.#reader;
    const path = `${this.#path}.window`;
    const object = reader.object(value, path);
    const kind = object && reader.oneOf(object.kind, ['tumble', 'hop', 'cumulate'], `${path}.kind`);
    if (object === undefined || kind === undefined) return undefined;
    const length = (name: string) => reader.whole(object[name], `${path}.${name}`, 1, DURATION_MAX_MS);
    const offsetMs = reader.whole(object.offsetMs, `${path}.offsetMs`, -DURATION_MAX_MS, DURATION_MAX_MS);
    if (kind === 'tumble') {
      const sizeMs = length('sizeMs');
      return sizeMs === undefined || offsetMs === undefined ? undefined : { kind, sizeMs, offsetMs };
    }
    if (kind === 'hop') {
      const sizeMs = length('sizeMs');
      const slideMs = length('slideMs');
      if (sizeMs === undefined || slideMs === undefined || offsetMs === undefined) return undefined;
      return { kind, sizeMs, slideMs, offsetMs };
    }
    const maxSizeMs = length('maxSizeMs');
    const stepMs = length('stepMs');
    if (maxSizeMs === undefined || stepMs === undefined || offsetMs === undefined) return undefined;
    if (maxSizeMs % stepMs !== 0) return reader.refuse(`${path}.maxSizeMs`, 'must be a multiple of stepMs');
    return { kind, maxSizeMs, stepMs, offsetMs };
  }

  /** Column by column the same types; names and NOT NULL may differ. */
  #sameColumns(schema: Schema, given: Schema, of: string): boolean {
    if (schema.fields.length !== given.fields.length) {
      this.#refuse('schema', `has ${schema.fields.length} columns, ${of} ${given.fields.length}`);
      return false;
    }
    return schema.fields.every((field, at) => {
      const other = given.fields[at];
      if (other !== undefined && isSameType(field.type, other.type)) return true;
      const found = other === undefined ? 'nothing' : formatDataType(other.type);
      this.#refuse(`schema.fields[${at}]`, `${field.name} is ${formatDataType(field.type)}, in ${of} it is ${found}`);
      return false;
    });
  }
}

type WithInput = Pick<LogicalNode, 'id' | 'label' | 'schema'> & { readonly input: OperatorId };
