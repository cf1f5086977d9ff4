import type { OperatorId, Schema } from '@millrace/model';
import { type Expression, formatExpression, formatWindow, type LogicalNode, type SinkNode } from '@millrace/plan';
import { parseDuration } from '../bind/duration.ts';
import { storedColumns, storedKey } from '../bind/insert.ts';
import { STATE_TTL_SETTING } from '../bind/setting.ts';
import { isConstructed } from '../bind/type-rule.ts';
import { sinkOptions } from '../connector-options.ts';
import { timeZoneOf } from '../local-time-zone.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { meaningOf, origins } from '../relation/meaning.ts';
import type { Pruning } from '../relation/prune.ts';
import type { Project, Relation, Step, WindowAggregate } from '../relation/relation.ts';
import { withStateTtl } from '../relation/state-ttl.ts';
import { nodeOf, type Work } from '../relation/step.ts';
import { labelOf } from '../relation/step-label.ts';
import { uniqueColumns } from '../relation/unique-columns.ts';
import type { PlanOutput } from './build-plan.ts';
import { PlanNodes, type WithoutId } from './plan-nodes.ts';
import { TableNodes } from './table-nodes.ts';

const LABEL_LENGTH_MAX = 80;

/** Nodes for the relations of queries, one for each part however many read it. */
export class PlanBuilder {
  readonly #nodes = new PlanNodes();
  readonly #tables: TableNodes;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #built = new Map<Relation, LogicalNode>();
  /** How long what is not touched is remembered, where no hint says it; 0: for ever. */
  readonly #stateTtlMs: number;

  constructor(
    pruning: Pruning,
    conditions: ReadonlyMap<string, Expression>,
    settings: Readonly<Record<string, string>>,
  ) {
    this.#settings = settings;
    this.#stateTtlMs = parseDuration(settings[STATE_TTL_SETTING] ?? '') ?? 0;
    this.#tables = new TableNodes(this.#nodes, pruning, conditions, settings, this.#stateTtlMs);
  }

  get nodes(): readonly LogicalNode[] {
    return this.#nodes.all;
  }

  addOutput(relation: Relation | undefined, sink: PlanOutput['sink']): void {
    if (relation === undefined) throw new Error('an output without a query');
    const input = this.#build(relation).id;
    if (sink.kind === 'preview') {
      const id = this.#nodes.newId('sink', 'preview');
      const zone = timeZoneOf(this.#settings);
      const options: SinkNode['options'] = zone === 'UTC' ? {} : { 'time-zone': zone };
      const place = { table: 'preview', connector: 'preview', options };
      this.#nodes.push({ kind: 'sink', id, label: 'preview', schema: sink.schema, input, ...place });
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
    const id = this.#nodes.newId('sink', table.name);
    const connector = options.connector ?? '';
    this.#nodes.push({ kind: 'sink', id, label: table.name, schema, input, table: table.name, connector, options });
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
        return this.#tables.build(relation);
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

  #share(relation: Relation, detail: string, node: WithoutId<LogicalNode>): LogicalNode {
    return this.#nodes.share(`${meaningOf(relation)} | ${detail}`, node);
  }
}

/** A lookup of rows that may be taken back finds them again by their key, else by all that can be one. */
function remembering({ work, inputs }: Step): Work {
  const [input] = inputs;
  if (work.kind !== 'lookup-join' || input === undefined || isAppendOnly(input)) return work;
  const comparable = [...input.fields.entries()].flatMap(([at, { type }]) => (isConstructed(type) ? [] : [at]));
  return { ...work, rowKey: uniqueColumns(input, 'certain') ?? comparable };
}

function schemaOf(relation: Relation, eventTime: number | undefined): Schema {
  return { fields: relation.fields, ...(eventTime === undefined ? {} : { eventTime }) };
}

function shorten(label: string): string {
  return label.length <= LABEL_LENGTH_MAX ? label : `${label.slice(0, LABEL_LENGTH_MAX - 1)}…`;
}
