import { type Column, columnOf, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { AggregateCall, Expression, MatchTerm } from '@millrace/plan';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { mergeableOf } from '../aggregate/of-call.ts';
import { columnsRead } from '../expression/batch-shape.ts';
import { compileProjection } from '../expression/compile.ts';
import { BatchRows, type RowSource } from '../row/row-source.ts';

/**
 * A match, or part of one: its i-th row is `ids[from + i]` of where the rows lie, and is bound to the variable whose number is the i-th character
 * code of `bindings`.
 */
export interface Bound {
  readonly bindings: string;
  readonly ids: Int32Array;
  readonly from: number;
}

/** The value of a term for each of several matches, whose rows lie in `rows`. */
export type TermColumn = (matches: readonly Bound[], rows: RowSource, now: number) => Column;

/** `variables` as in the program; a variable that is not in the pattern has no rows. */
export function termColumn(
  term: MatchTerm,
  variables: readonly string[],
  input: Schema,
  owner: string,
  functions?: UserFunctions,
): TermColumn {
  const { take } = term;
  const variable = term.variable === '*' ? undefined : variables.indexOf(term.variable);
  if (take.kind !== 'aggregate') {
    const valuesOf = rowValues(take.expression, input, owner, functions);
    const find = take.kind === 'first' ? nthFirst : nthLast;
    return (matches, rows, now) => {
      const ids = Int32Array.from(matches, (match) => find(match, variable, take.offset));
      return valuesOf(ids, rows, now);
    };
  }
  return aggregated(take.call, variable, input, owner, functions);
}

/** An aggregate over the rows of each match that are bound to the variable, held as GROUP BY holds it: a match is a group. */
function aggregated(
  call: AggregateCall,
  variable: number | undefined,
  input: Schema,
  owner: string,
  functions: UserFunctions | undefined,
): TermColumn {
  const calls = new BoundCalls({ calls: [call], label: owner }, input, 0, mergeableOf, functions);
  const gatherRows = rowGatherer([call.arg, call.filter], input);
  return (matches, rows, now) => {
    const ids: number[] = [];
    const slots: number[] = [];
    for (const [slot, match] of matches.entries()) {
      const bound = boundTo(match, variable);
      for (const id of bound) ids.push(id);
      for (let left = bound.length; left > 0; left--) slots.push(slot);
    }
    const table = new MemoryAccumulators(calls.kinds, matches.length);
    const placed = { rows: rowNumbers(ids.length), slots: Int32Array.from(slots), count: ids.length, arrival: 0 };
    calls.accumulate(table, calls.compute(gatherRows(Int32Array.from(ids), rows), now), placed);
    const [results] = calls.results(table, rowNumbers(matches.length));
    return results ?? columnOf([], call.type);
  };
}

/** The row bound to the variable (undefined: to any) with so many of its rows before it; -1 when there is none. */
function nthFirst({ bindings, ids, from }: Bound, variable: number | undefined, offset: number): number {
  let left = offset;
  for (let at = 0; at < bindings.length; at++)
    if ((variable === undefined || bindings.charCodeAt(at) === variable) && left-- === 0) return ids[from + at] ?? -1;
  return -1;
}

function nthLast({ bindings, ids, from }: Bound, variable: number | undefined, offset: number): number {
  let left = offset;
  for (let at = bindings.length - 1; at >= 0; at--)
    if ((variable === undefined || bindings.charCodeAt(at) === variable) && left-- === 0) return ids[from + at] ?? -1;
  return -1;
}

function boundTo({ bindings, ids, from }: Bound, variable: number | undefined): number[] {
  const bound: number[] = [];
  for (let at = 0; at < bindings.length; at++)
    if (variable === undefined || bindings.charCodeAt(at) === variable) bound.push(ids[from + at] ?? -1);
  return bound;
}

type RowValues = (ids: Int32Array, rows: RowSource, now: number) => Column;

/** An expression over each of the rows; NULL where an id is -1. */
function rowValues(expression: Expression, input: Schema, owner: string, functions?: UserFunctions): RowValues {
  if (expression.kind === 'column') return (ids, rows) => rows.gather(expression.index, ids);
  const project = compileProjection([expression], input, owner, functions);
  const gatherRows = rowGatherer([expression], input);
  return (ids, rows, now) => {
    const found = gatherRows(
      ids.filter((id) => id >= 0),
      rows,
    );
    const computed: RecordBatch = { ...found, columns: project(found, now) };
    let next = 0;
    const places = ids.map((id) => (id < 0 ? -1 : next++));
    return new BatchRows(computed).gather(0, places);
  };
}

/** Rows by id as a batch, of which only the columns that the expressions read have values. */
function rowGatherer(expressions: readonly (Expression | undefined)[], input: Schema) {
  const read = new Set(columnsRead(expressions.filter((expression) => expression !== undefined)));
  return (ids: Int32Array, rows: RowSource): RecordBatch => {
    const columns = input.fields.map(({ type }, at) => (read.has(at) ? rows.gather(at, ids) : columnOf([], type)));
    return { schema: input, rows: ids.length, columns, selection: undefined };
  };
}
