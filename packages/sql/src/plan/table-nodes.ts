import {
  collectColumns,
  type Expression,
  type LogicalNode,
  MAX_AHEAD_DEFAULT_MS,
  remap,
  type SourceFilter,
} from '@millrace/plan';
import { mayRepeatChanges } from '../bind/setting.ts';
import type { BoundTable } from '../bind/table.ts';
import { planName } from '../bind/table-hint.ts';
import { idleTimeoutMs, maxAheadMs } from '../bind/watermark-option.ts';
import { changesRead, connectorOptions } from '../connector-options.ts';
import { isDeterministic } from '../relation/expression-walk.ts';
import type { Pruning } from '../relation/prune.ts';
import type { Scan } from '../relation/relation.ts';
import { storedValue } from '../relation/source-filter.ts';
import type { PlanNodes } from './plan-nodes.ts';

/** The nodes that read tables. */
export class TableNodes {
  readonly #nodes: PlanNodes;
  readonly #pruning: Pruning;
  readonly #conditions: ReadonlyMap<string, Expression>;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #stateTtlMs: number;
  readonly #byTable = new Map<string, LogicalNode>();
  readonly #fullChanges = new Map<string, LogicalNode>();

  /** `conditions`: what all readers of a table want of its rows, by its name in the plan. `stateTtlMs`: 0: for ever. */
  constructor(
    nodes: PlanNodes,
    pruning: Pruning,
    conditions: ReadonlyMap<string, Expression>,
    settings: Readonly<Record<string, string>>,
    stateTtlMs: number,
  ) {
    this.#nodes = nodes;
    this.#pruning = pruning;
    this.#conditions = conditions;
    this.#settings = settings;
    this.#stateTtlMs = stateTtlMs;
  }

  /** The table as its records are, and behind it for whoever reads full changes the step that makes them, both once per table. */
  build(relation: Scan): LogicalNode {
    const recorded = this.#buildRecords(relation);
    if (relation.changes !== 'retract' || relation.isRecorded === true || !this.#isKept(relation)) return recorded;
    const { table, columns, fields } = relation;
    const known = this.#fullChanges.get(planName(table));
    if (known !== undefined) return known;
    const keys = (table.primaryKey ?? []).map((index) => columns.indexOf(index));
    const id = this.#nodes.newId('changelog-normalize', planName(table));
    const ttl = this.#stateTtlMs === 0 ? {} : { stateTtlMs: this.#stateTtlMs };
    const place = { id, label: `${table.name}: full changes`, schema: { fields }, input: recorded.id };
    const built = this.#nodes.push({ kind: 'changelog-normalize', ...place, keys, ...ttl });
    this.#fullChanges.set(planName(table), built);
    return built;
  }

  /** What the row of each key is has to be remembered to know, or make sure, what a record replaces. */
  #isKept({ table }: Scan): boolean {
    const records = changesRead(table);
    return records === 'upsert' || (records === 'retract' && mayRepeatChanges(this.#settings));
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

  #addSource(relation: Scan, stored: readonly number[]): LogicalNode {
    const { table } = relation;
    const records = changesRead(table);
    const fields = stored.flatMap((index) => table.columns[index] ?? []).map(({ name, type }) => ({ name, type }));
    const options = connectorOptions(table, stored);
    // A row that is remembered by its key also says that the one before it is no more.
    const filter = this.#isKept(relation) ? undefined : this.#sourceFilter(table, stored);
    return this.#nodes.push({
      kind: 'source',
      id: this.#nodes.newId('source', readAs(table)),
      label: table.name,
      schema:
        records === 'upsert'
          ? { fields, primaryKey: table.primaryKey?.map((index) => stored.indexOf(index)) ?? [] }
          : { fields },
      table: table.name,
      connector: options.connector ?? '',
      options,
      ...(records === 'upsert' ? { upsert: true as const } : {}),
      ...(records === 'retract' ? { retract: true as const } : {}),
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
    return this.#nodes.push({
      kind: 'project',
      id: this.#nodes.newId('columns', readAs(table)),
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
    return this.#nodes.push({
      kind: 'watermark',
      id: this.#nodes.newId('watermark', readAs(table)),
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
}

/** The name in the ids of what reads a table: with other options it is another source. */
function readAs({ name, hint }: BoundTable): string {
  return hint === undefined ? name : `${name}-${hint}`;
}
