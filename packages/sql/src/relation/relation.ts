import type { Field } from '@millrace/model';
import type { AggregateCall, ChangelogMode, Expression, TimeRef, WindowSpec } from '@millrace/plan';
import type { BoundTable } from '../bind/table.ts';
import type { Work } from './step.ts';

/**
 * A query as a tree, between the text and the plan: the nodes of a LogicalPlan without ids, plus `scan`
 * (a whole table: columns, computed columns, watermark) and `window` (a window table function that
 * no GROUP BY has used up yet). Kinds that need no care of their own are a `step`. Immutable; parts are shared freely.
 */
export type Relation = Scan | Filter | Project | UnionAll | WindowTable | WindowAggregate | Step;

interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly fields: readonly Field[];
  /** Index of the event-time attribute in `fields`. */
  readonly eventTime: number | undefined;
}

/** `columns[i]` is the index in the table of the column at position i. */
export interface Scan extends Node<'scan'> {
  readonly table: BoundTable;
  readonly columns: readonly number[];
  /**
   * `append` of a table whose records are INSERTs. A table that tells rows by key is read as full changes (`retract`), or as its records are
   * (`upsert`) by what looks at each key's latest row only.
   */
  readonly changes: ChangelogMode;
  /** Full changes as the records say them, whose event time is gone by. */
  readonly isRecorded?: true;
}
export interface Filter extends Node<'filter'> {
  readonly input: Relation;
  readonly predicate: Expression;
}
export interface Project extends Node<'project'> {
  readonly input: Relation;
  readonly expressions: readonly Expression[];
}
export interface UnionAll extends Node<'union'> {
  readonly inputs: readonly Relation[];
}
/** The columns of the input, then window_start, window_end, window_time. */
export interface WindowTable extends Node<'window'> {
  readonly input: Relation;
  readonly timeColumn: TimeRef;
  readonly window: WindowSpec;
  /** The columns a session is made by; empty for windows on a grid. */
  readonly partition: readonly number[];
}
/** Output as WindowAggregateNode: keys, calls, window_start, window_end, window_time. */
export interface WindowAggregate extends Node<'window-aggregate'> {
  readonly input: Relation;
  readonly keys: readonly number[];
  readonly timeColumn: TimeRef;
  readonly window: WindowSpec;
  readonly calls: readonly AggregateCall[];
}

/** Any other plan node over its inputs; made by `step`. */
export interface Step extends Node<'step'> {
  readonly work: Work;
  readonly inputs: readonly Relation[];
}

export function inputsOf(relation: Relation): readonly Relation[] {
  switch (relation.kind) {
    case 'scan':
      return [];
    case 'union':
    case 'step':
      return relation.inputs;
    default:
      return [relation.input];
  }
}

/** The same over other inputs of the same columns. */
export function withInputs(relation: Relation, inputs: readonly Relation[]): Relation {
  switch (relation.kind) {
    case 'scan':
      return relation;
    case 'union':
    case 'step':
      return inputs.every((input, at) => input === relation.inputs[at]) ? relation : { ...relation, inputs };
    default: {
      const [input = relation.input] = inputs;
      return input === relation.input ? relation : { ...relation, input };
    }
  }
}

/** Rows that are taken back bring the time they once came with, so full changes have no event time. */
export function scan(table: BoundTable, columns: readonly number[], changes: ChangelogMode = 'append'): Scan {
  return scanOf(table, columns, { changes });
}

/** Full changes as the records of a table say them. */
export function scanRecorded(table: BoundTable, columns: readonly number[]): Scan {
  return scanOf(table, columns, { changes: 'retract', isRecorded: true });
}

/** The same scan of other columns. */
export function scanColumns({ table, changes, isRecorded }: Scan, columns: readonly number[]): Scan {
  return scanOf(table, columns, { changes, ...(isRecorded === true ? { isRecorded } : {}) });
}

function scanOf(table: BoundTable, columns: readonly number[], as: Pick<Scan, 'changes' | 'isRecorded'>): Scan {
  const fields = columns.flatMap((index) => table.columns[index] ?? []).map(({ name, type }) => ({ name, type }));
  const hasTime = table.watermark !== undefined && (as.changes !== 'retract' || as.isRecorded === true);
  const eventTime = hasTime ? columns.indexOf(table.watermark.column) : -1;
  return { kind: 'scan', table, columns, fields, ...as, eventTime: eventTime < 0 ? undefined : eventTime };
}

export function filter(input: Relation, predicate: Expression): Filter {
  return { kind: 'filter', input, predicate, fields: input.fields, eventTime: input.eventTime };
}

/** `expressions[i]` computes the column called `names[i]`. The event time stays one while it is passed on unchanged. */
export function project(input: Relation, expressions: readonly Expression[], names: readonly string[]): Project {
  const fields = expressions.map((expression, at) => ({ name: names[at] ?? `EXPR$${at}`, type: expression.type }));
  const eventTime = expressions.findIndex(
    (expression) => expression.kind === 'column' && expression.index === input.eventTime,
  );
  return { kind: 'project', input, expressions, fields, eventTime: eventTime < 0 ? undefined : eventTime };
}

/** Inputs with equal column types; the event time survives when every input has it at the same place. */
export function unionAll(inputs: readonly Relation[], fields: readonly Field[]): UnionAll {
  const eventTime = inputs[0]?.eventTime;
  const shared = inputs.every((input) => input.eventTime === eventTime) ? eventTime : undefined;
  return { kind: 'union', inputs, fields, eventTime: shared };
}

/** A column of a relation as an expression over it. */
export function columnOf(relation: Relation, index: number): Expression {
  const field = relation.fields[index];
  if (field === undefined) throw new Error(`column ${index} of ${relation.fields.length}`);
  return { kind: 'column', index, type: field.type };
}
