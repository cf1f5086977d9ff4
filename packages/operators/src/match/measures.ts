import type { Column, RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import { compileProjection } from '../expression/compile.ts';
import type { RowSource } from '../row/row-source.ts';
import { type Bound, termColumn } from './terms.ts';

/** Matches, whose rows lie in `rows`, as output rows. */
export type Measure = (matches: readonly Bound[], rows: RowSource, now: number) => RecordBatch;

/** The output rows of matches, given in their order: partition columns of the first row, then the measures, each over all matches at once. */
export function compileMeasures(
  node: MatchNode,
  variables: readonly string[],
  input: Schema,
  functions?: UserFunctions,
): Measure {
  const measures = node.measures.map(({ terms, expression }) => {
    const schema: Schema = { fields: terms.map(({ type }, at) => ({ name: `term ${at}`, type })) };
    const project = compileProjection([expression], schema, node.label, functions);
    const values = terms.map((term) => termColumn(term, variables, input, node.label, functions));
    return (matches: readonly Bound[], rows: RowSource, now: number): Column => {
      const columns = values.map((valuesOf) => valuesOf(matches, rows, now));
      const [column] = project({ schema, rows: matches.length, columns, selection: undefined }, now);
      if (column === undefined) throw new Error('a measure was not computed');
      return column;
    };
  });
  return (matches, rows, now) => {
    const firsts = Int32Array.from(matches, ({ ids, from }) => ids[from] ?? -1);
    const partition = node.partition.map((index) => rows.gather(index, firsts));
    const columns = [...partition, ...measures.map((measure) => measure(matches, rows, now))];
    return { schema: node.schema, rows: matches.length, columns, selection: undefined };
  };
}
