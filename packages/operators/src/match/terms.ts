import { type Column, columnOf, type RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { AggregateCall, Expression, MatchTerm } from '@millrace/plan';
import { columnsRead } from '../expression/batch-shape.ts';
import { compileProjection } from '../expression/compile.ts';
import { BatchRows, type RowSource } from '../row/row-source.ts';
import { type Cell, columnOfCells, partialRows } from '../row/stored-row.ts';
import { foldOf } from './fold.ts';

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
  const cellsOf = rowCells(take.call, input, owner, functions);
  const fold = foldOf(take.call, functions);
  return (matches, rows, now) => {
    const ids = matches.map((match) => boundTo(match, variable));
    const cells = cellsOf(Int32Array.from(ids.flat()), rows, now);
    let from = 0;
    const folded = ids.map(({ length }) => {
      from += length;
      return fold(cells.slice(from - length, from).filter((cell) => cell !== undefined));
    });
    return columnOfCells(folded, term.type);
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
  const read = new Set(columnsRead([expression]));
  return (ids, rows, now) => {
    const found = ids.filter((id) => id >= 0);
    const columns = input.fields.map(({ type }, at) => (read.has(at) ? rows.gather(at, found) : columnOf([], type)));
    const batch: RecordBatch = { schema: input, rows: found.length, columns, selection: undefined };
    const computed: RecordBatch = { ...batch, columns: project(batch, now) };
    let next = 0;
    const places = ids.map((id) => (id < 0 ? -1 : next++));
    return new BatchRows(computed).gather(0, places);
  };
}

/** What each row brings to an aggregate; undefined where FILTER leaves it out. COUNT(*) counts every row. */
type RowCells = (ids: Int32Array, rows: RowSource, now: number) => readonly (Cell | undefined)[];

function rowCells(call: AggregateCall, input: Schema, owner: string, functions?: UserFunctions): RowCells {
  const parts = [call.arg, call.filter].map((part) => part && rowValues(part, input, owner, functions));
  return (ids, rows, now) => {
    const [given, kept] = parts.map((valuesOf) => valuesOf && cellsIn(valuesOf(ids, rows, now), ids.length));
    return Array.from(ids, (_, at) => {
      if (kept !== undefined && kept[at] !== true) return undefined;
      return given === undefined ? true : given[at];
    });
  };
}

function cellsIn(column: Column, rows: number): readonly Cell[] {
  const batch: RecordBatch = { schema: { fields: [] }, rows, columns: [column], selection: undefined };
  return partialRows(batch, [0]).map(([cell]) => cell ?? null);
}
