import { type Column, columnOf, type RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchTerm } from '@millrace/plan';
import { columnsRead } from '../expression/batch-shape.ts';
import { compileProjection } from '../expression/compile.ts';
import { type Cell, columnOfRows, partialRows, type StoredRow } from '../row/stored-row.ts';
import { type Fold, foldOf } from './fold.ts';

/** A match, or part of one: the i-th row is bound to the variable whose number is the i-th character code of `bindings`. */
export interface Bound {
  readonly bindings: string;
  row(at: number): StoredRow;
}

/** The value of a term for each of several matches. */
export type TermValues = (matches: readonly Bound[], now: number) => readonly Cell[];

/** `variables` as in the program; a variable that is not in the pattern has no rows. */
export function termValues(
  term: MatchTerm,
  variables: readonly string[],
  input: Schema,
  owner: string,
  functions?: UserFunctions,
): TermValues {
  const { take } = term;
  const variable = term.variable === '*' ? undefined : variables.indexOf(term.variable);
  const isBound = (bindings: string, at: number) => variable === undefined || bindings.charCodeAt(at) === variable;
  const cellsOf = rowCells(term, input, owner, functions);
  if (take.kind === 'first' || take.kind === 'last') {
    const step = take.kind === 'first' ? 1 : -1;
    return (matches, now) => {
      const rows = matches.map(({ bindings, row }) => {
        let left = take.offset;
        const start = step === 1 ? 0 : bindings.length - 1;
        for (let at = start; at >= 0 && at < bindings.length; at += step)
          if (isBound(bindings, at) && left-- === 0) return row(at);
        return undefined;
      });
      const found = cellsOf(
        rows.filter((row) => row !== undefined),
        now,
      );
      let next = 0;
      return rows.map((row) => (row === undefined ? null : (found[next++] ?? null)));
    };
  }
  const fold: Fold = foldOf(take.kind, term.expression?.type ?? term.type, term.type);
  return (matches, now) => {
    const rows = matches.map(({ bindings, row }) => {
      const bound: StoredRow[] = [];
      for (let at = 0; at < bindings.length; at++) if (isBound(bindings, at)) bound.push(row(at));
      return bound;
    });
    const cells = cellsOf(rows.flat(), now);
    let from = 0;
    return rows.map(({ length }) => {
      from += length;
      return fold(cells.slice(from - length, from));
    });
  };
}

type RowCells = (rows: readonly StoredRow[], now: number) => readonly Cell[];

/** The term's expression over each of the rows; COUNT(*) has none and counts them all. */
function rowCells({ expression }: MatchTerm, input: Schema, owner: string, functions?: UserFunctions): RowCells {
  if (expression === undefined) return (rows) => rows.map(() => true);
  if (expression.kind === 'column') return (rows) => rows.map((row) => row[expression.index] ?? null);
  const project = compileProjection([expression], input, owner, functions);
  const read = new Set(columnsRead([expression]));
  return (rows, now) => {
    if (rows.length === 0) return [];
    const columns = input.fields.map(
      ({ type }, at): Column => (read.has(at) ? columnOfRows(rows, at, type) : columnOf([], type)),
    );
    const batch: RecordBatch = { schema: input, rows: rows.length, columns, selection: undefined };
    const computed: RecordBatch = { ...batch, columns: project(batch, now) };
    return partialRows(computed, [0]).map(([cell]) => cell ?? null);
  };
}
