import type { OperatorId, Schema } from '@millrace/model';
import {
  collectColumns,
  type Expression,
  formatExpression,
  formatWindow,
  functionsCalled,
  type LogicalNode,
  type LogicalPlan,
  MAX_AHEAD_DEFAULT_MS,
  remap,
  type SinkNode,
  type SourceFilter,
  shortHash,
  type UserFunction,
} from '@millrace/plan';
import { parseDuration } from './bind/duration.ts';
import { storedColumns } from './bind/insert.ts';
import { STATE_TTL_SETTING } from './bind/setting.ts';
import type { BoundTable } from './bind/table.ts';
import { planName } from './bind/table-hint.ts';
import { isConstructed } from './bind/type-rule.ts';
import { idleTimeoutMs, maxAheadMs } from './bind/watermark-option.ts';
import { connectorOptions, sinkOptions } from './connector-options.ts';
import { inTimeZone, timeZoneOf } from './local-time-zone.ts';
import { isAppendOnly } from './relation/changes.ts';
import { isDeterministic } from './relation/expression-walk.ts';
import { meaningOf, origins } from './relation/meaning.ts';
import { Pruning } from './relation/prune.ts';
import { asWritten } from './relation/recorded.ts';
import type { Project, Relation, Scan, Step, WindowAggregate } from './relation/relation.ts';
import { simplify } from './relation/simplify.ts';
import { simplifyTogether } from './relation/simplify-together.ts';
import { sourceConditions, storedValue } from './relation/source-filter.ts';
import { withStateTtl } from './relation/state-ttl.ts';
import { nodeOf, type Work } from './relation/step.ts';
import { labelOf } from './relation/step-label.ts';
import { uniqueColumns } from './relation/unique-columns.ts';

/** One output of a plan: a query and where its rows go. */
export interface PlanOutput {
  readonly relation: Relation;
  readonly sink:
    | {
        readonly kind: 'table';
        readonly table: BoundTable;
        /** Its connector keeps the row each key has now, and needs no row taken back first. */
        readonly writesByKey?: boolean;
      }
    | { readonly kind: 'preview'; readonly schema: Schema };
}

/** Queries to a LogicalPlan, with those of the declared functions that they call: simplified, pruned, every table read once, equal parts shared, ids made from meaning. */
export function buildPlan(
  outputs: readonly PlanOutput[],
  settings: Readonly<Record<string, string>>,
  declared: readonly UserFunction[] = [],
): LogicalPlan {
  const { relations, shared } = simplifyTogether(outputs.map(asSinkTakesIt));
  const pruning = new Pruning(relations, shared);
  const pruned = relations.map((relation) => pruning.prune(relation));
  const builder = new PlanBuilder(pruning, sourceConditions(pruned), settings);
  for (const [at, { sink }] of outputs.entries()) builder.addOutput(pruned[at], sink);
  const called = functionsCalled(builder.nodes);
  const functions = declared.filter(({ name }) => called.has(name));
  const plan = { nodes: builder.nodes, ...(functions.length === 0 ? {} : { functions }) };
  return inTimeZone(plan, timeZoneOf(settings));
}

/** A query whose rows go to a table that is written by key, without the step that remembers each key's row where the table needs none. */
function asSinkTakesIt({ relation, sink }: PlanOutput): Relation {
  const key = sink.kind === 'table' && sink.writesByKey === true ? storedKey(sink.table) : undefined;
  if (key === undefined) return relation;
  const simple = simplify(relation, new Set());
  const written = asWritten(simple, key);
  return written === simple ? relation : written;
}

/** The PRIMARY KEY of a table that is written, among the columns it stores. */
function storedKey(table: BoundTable): readonly number[] | undefined {
  const stored = storedColumns(table);
  return table.primaryKey?.map((index) => stored.findIndex((column) => column === table.columns[index]));
}

const LABEL_LENGTH_MAX = 80;

class PlanBuilder {
  readonly nodes: LogicalNode[] = [];
  readonly #pruning: Pruning;
  readonly #conditions: ReadonlyMap<string, Expression>;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #built = new Map<Relation, LogicalNode>();
  /** How long what is not touched is remembered, where no hint says it; 0: for ever. */
  readonly #stateTtlMs: number;
  readonly #byContent = new Map<string, LogicalNode>();
  readonly #byTable = new Map<string, LogicalNode>();
  readonly #fullChanges = new Map<string, LogicalNode>();
  readonly #ids = new Set<string>();

  constructor(
    pruning: Pruning,
    conditions: ReadonlyMap<string, Expression>,
    settings: Readonly<Record<string, string>>,
  ) {
    this.#pruning = pruning;
    this.#conditions = conditions;
    this.#settings = settings;
    this.#stateTtlMs = parseDuration(settings[STATE_TTL_SETTING] ?? '') ?? 0;
  }

  addOutput(relation: Relation | undefined, sink: PlanOutput['sink']): void {
    if (relation === undefined) throw new Error('an output without a query');
    const input = this.#build(relation).id;
    if (sink.kind === 'preview') {
      const id = this.#newId('sink', 'preview', '');
      const zone = timeZoneOf(this.#settings);
      const options: SinkNode['options'] = zone === 'UTC' ? {} : { 'time-zone': zone };
      const place = { table: 'preview', connector: 'preview', options };
      this.nodes.push({ kind: 'sink', id, label: 'preview', schema: sink.schema, input, ...place });
      return;
    }
    const { table } = sink;
    const stored = storedColumns(table);
    const primaryKey = storedKey(table);
    const schema: Schema = {
      fields: stored.map(({ name, type }) => ({ name, type })),
      ...(primaryKey === undefined ? {} : { primaryKey }),
    };
    const options = sinkOptions(table);
    const id = this.#newId('sink', table.name, '');
    const connector = options.connector ?? '';
    this.nodes.push({ kind: 'sink', id, label: table.name, schema, input, table: table.name, connector, options });
  }

  /** A part that several read is one object, and one node. */
  #build(relation: Relation): LogicalNode {
    const known = this.#built.get(relation) ?? this.#buildNew(relation);
    this.#built.set(relation, known);
    return known;
  }

  #buildNew(relation: Relation): LogicalNode {
    switch (relation.kind) {
      case 'scan':
        return this.#buildTable(relation);
      case 'filter': {
        const input = this.#build(relation.input);
        const names = input.schema.fields.map((field) => field.name);
        const condition = formatExpression(relation.predicate, names);
        const meaning = formatExpression(relation.predicate, origins(relation.input));
        return this.#share(relation, meaning, {
          kind: 'filter',
          label: shorten(`WHERE ${condition}`),
          schema: input.schema,
          input: input.id,
          predicate: relation.predicate,
        });
      }
      case 'project':
        return this.#buildProject(relation);
      case 'union': {
        const inputs = relation.inputs.map((input) => this.#build(input));
        const eventTime = inputs[0]?.schema.eventTime;
        const shared = inputs.every((input) => input.schema.eventTime === eventTime) ? eventTime : undefined;
        return this.#share(relation, '', {
          kind: 'union',
          label: 'UNION ALL',
          schema: schemaOf(relation, shared),
          inputs: inputs.map((input) => input.id),
        });
      }
      case 'window':
        throw new Error('a window table function outside GROUP BY reached the plan');
      case 'window-aggregate':
        return this.#buildAggregate(relation);
      case 'step':
        return this.#buildStep(relation);
    }
  }

  #buildStep(relation: Step): LogicalNode {
    const inputs = relation.inputs.map((input) => this.#build(input));
    const schema = schemaOf(relation, relation.eventTime);
    const label = shorten(labelOf(relation));
    const { id: _, ...node } = nodeOf(
      withStateTtl(remembering(relation), this.#stateTtlMs),
      { id: '' as OperatorId, label, schema },
      inputs.map(({ id }) => id),
    );
    return this.#share(relation, '', node);
  }

  #buildProject(relation: Project): LogicalNode {
    const input = this.#build(relation.input);
    const eventTime = relation.expressions.findIndex(
      (expression) => expression.kind === 'column' && expression.index === input.schema.eventTime,
    );
    return this.#share(relation, origins(relation).join(', '), {
      kind: 'project',
      label: shorten(`SELECT ${relation.fields.map((field) => field.name).join(', ')}`),
      schema: schemaOf(relation, eventTime < 0 ? undefined : eventTime),
      input: input.id,
      expressions: relation.expressions,
    });
  }

  #buildAggregate(relation: WindowAggregate): LogicalNode {
    const input = this.#build(relation.input);
    const { keys, timeColumn, window, calls } = relation;
    const names = keys.map((key) => relation.input.fields[key]?.name ?? '').join(', ');
    return this.#share(relation, '', {
      kind: 'window-aggregate',
      label: shorten(names === '' ? formatWindow(window) : `${formatWindow(window)} GROUP BY ${names}`),
      schema: schemaOf(relation, relation.eventTime),
      input: input.id,
      keys,
      timeColumn,
      window,
      calls,
    });
  }

  /** The table as its records are, and behind it for whoever reads full changes the step that makes them, both once per table. */
  #buildTable(relation: Scan): LogicalNode {
    const recorded = this.#buildRecords(relation);
    if (relation.changes !== 'retract') return recorded;
    const { table, columns, fields } = relation;
    const known = this.#fullChanges.get(planName(table));
    if (known !== undefined) return known;
    const keys = (table.primaryKey ?? []).map((index) => columns.indexOf(index));
    const id = this.#newId('changelog-normalize', planName(table), '');
    const ttl = this.#stateTtlMs === 0 ? {} : { stateTtlMs: this.#stateTtlMs };
    const place = { id, label: `${table.name}: full changes`, schema: { fields }, input: recorded.id };
    const built = this.#push({ kind: 'changelog-normalize', ...place, keys, ...ttl });
    this.#fullChanges.set(planName(table), built);
    return built;
  }

  /** source [-> project: computed columns] [-> watermark], once per table. */
  #buildRecords(relation: Scan): LogicalNode {
    const { table } = relation;
    const known = this.#byTable.get(planName(table));
    if (known !== undefined) return known;
    const stored = this.#storedNeeds(relation);
    const source = this.#addSource(relation, stored);
    const isComputed =
      relation.columns.length !== stored.length || relation.columns.some((index, at) => stored[at] !== index);
    const columns = isComputed ? this.#addComputed(relation, stored, source) : source;
    const built = this.#pruning.needsTimeOf(planName(table)) ? this.#addWatermark(relation, columns) : columns;
    this.#byTable.set(planName(table), built);
    return built;
  }

  /** The stored columns to read: those asked for, and those computed columns are made from. */
  #storedNeeds({ table, columns }: Scan): readonly number[] {
    const stored = new Set<number>();
    for (const index of columns) {
      const column = table.columns[index];
      if (column?.kind === 'computed') collectColumns(column.expression, stored);
      else stored.add(index);
    }
    const first = table.columns.findIndex((column) => column.kind !== 'computed');
    if (stored.size === 0 && first >= 0) stored.add(first);
    return [...stored].sort((a, b) => a - b);
  }

  #addSource({ table, changes }: Scan, stored: readonly number[]): LogicalNode {
    const fields = stored.flatMap((index) => table.columns[index] ?? []).map(({ name, type }) => ({ name, type }));
    const options = connectorOptions(table, stored);
    // A row of an upsert table also says that the one before it is no more.
    const filter = changes === 'append' ? this.#sourceFilter(table, stored) : undefined;
    return this.#push({
      kind: 'source',
      id: this.#newId('source', readAs(table), ''),
      label: table.name,
      schema:
        changes === 'append'
          ? { fields }
          : { fields, primaryKey: table.primaryKey?.map((index) => stored.indexOf(index)) ?? [] },
      table: table.name,
      connector: options.connector ?? '',
      options,
      ...(changes === 'append' ? {} : { upsert: true as const }),
      ...(filter === undefined ? {} : { filter }),
    });
  }

  #sourceFilter(table: BoundTable, stored: readonly number[]): SourceFilter | undefined {
    const condition = this.#conditions.get(planName(table));
    if (condition === undefined) return undefined;
    const at = (index: number) => stored.indexOf(index);
    const filter = { condition: remap(condition, at) };
    if (!this.#pruning.needsTimeOf(planName(table)) || table.watermark === undefined) return filter;
    const value = storedValue(table, table.watermark.column);
    if (table.watermark.expression !== undefined || !isDeterministic(value)) return undefined;
    const ahead = maxAheadMs(table) ?? MAX_AHEAD_DEFAULT_MS;
    return { ...filter, eventTime: { value: remap(value, at), maxAheadMs: ahead } };
  }

  #addComputed({ table, columns, fields }: Scan, stored: readonly number[], source: LogicalNode): LogicalNode {
    const at = (index: number) => stored.indexOf(index);
    const expressions = columns.flatMap((index) => {
      const column = table.columns[index];
      if (column === undefined) return [];
      if (column.kind === 'computed') return [remap(column.expression, at)];
      return [{ kind: 'column', index: at(index), type: column.type } as const];
    });
    return this.#push({
      kind: 'project',
      id: this.#newId('columns', readAs(table), ''),
      label: `${table.name}: computed columns`,
      schema: { fields },
      input: source.id,
      expressions,
    });
  }

  #addWatermark({ table, columns, fields }: Scan, input: LogicalNode): LogicalNode {
    const { watermark } = table;
    if (watermark === undefined) return input;
    const column = columns.indexOf(watermark.column);
    const ahead = maxAheadMs(table);
    return this.#push({
      kind: 'watermark',
      id: this.#newId('watermark', readAs(table), ''),
      label: `${table.name}: watermark`,
      schema: { fields, eventTime: column },
      input: input.id,
      column,
      delayMs: watermark.delayMs,
      ...(watermark.expression === undefined
        ? {}
        : { expression: remap(watermark.expression, (index) => columns.indexOf(index)) }),
      idleTimeoutMs: idleTimeoutMs(table, this.#settings),
      ...(ahead === undefined ? {} : { maxAheadMs: ahead }),
    });
  }

  /** A node that does what another one does already is that one. */
  #share(relation: Relation, detail: string, node: WithoutId<LogicalNode>): LogicalNode {
    const { label: _, schema, ...work } = node;
    const content = `${JSON.stringify(work)} ${schema.fields.map((field) => field.name).join(' ')}`;
    const known = this.#byContent.get(content);
    if (known !== undefined) return known;
    const added = this.#push({ ...node, id: this.#newId(node.kind, '', `${meaningOf(relation)} | ${detail}`) });
    this.#byContent.set(content, added);
    return added;
  }

  #push<Node extends LogicalNode>(node: Node): Node {
    this.nodes.push(node);
    return node;
  }

  /** `kind-name` or `kind-hash`, numbered from the second on in the order of the text. */
  #newId(kind: string, name: string, meaning: string): OperatorId {
    const slug = name.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 48);
    const tail = name === '' ? shortHash(meaning) : slug === name ? slug : `${slug}-${shortHash(name)}`;
    let id = `${kind}-${tail}`;
    for (let occurrence = 2; this.#ids.has(id); occurrence++) id = `${kind}-${tail}-${occurrence}`;
    this.#ids.add(id);
    return id as OperatorId;
  }
}

/** A lookup of rows that may be taken back finds them again by their key, else by all that can be one. */
function remembering({ work, inputs }: Step): Work {
  const [input] = inputs;
  if (work.kind !== 'lookup-join' || input === undefined || isAppendOnly(input)) return work;
  const comparable = [...input.fields.entries()].flatMap(([at, { type }]) => (isConstructed(type) ? [] : [at]));
  return { ...work, rowKey: uniqueColumns(input, 'certain') ?? comparable };
}

/** The name in the ids of what reads a table: with other options it is another source. */
function readAs({ name, hint }: BoundTable): string {
  return hint === undefined ? name : `${name}-${hint}`;
}

type WithoutId<Node> = Node extends unknown ? Omit<Node, 'id'> : never;

function schemaOf(relation: Relation, eventTime: number | undefined): Schema {
  return { fields: relation.fields, ...(eventTime === undefined ? {} : { eventTime }) };
}

function shorten(label: string): string {
  return label.length <= LABEL_LENGTH_MAX ? label : `${label.slice(0, LABEL_LENGTH_MAX - 1)}…`;
}
