import type { Column, RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import { compileProjection } from '../expression/compile.ts';
import { columnOfRows, type StoredRow } from '../row/stored-row.ts';
import { type Bound, termValues } from './terms.ts';

/** The output rows of matches, given in their order: partition columns of the first row, then the measures, each over all matches at once. */
export function compileMeasures(
  node: MatchNode,
  variables: readonly string[],
  input: Schema,
  functions?: UserFunctions,
): (matches: readonly Bound[], now: number) => RecordBatch {
  const measures = node.measures.map(({ terms, expression }) => {
    const schema: Schema = { fields: terms.map(({ type }, at) => ({ name: `term ${at}`, type })) };
    const project = compileProjection([expression], schema, node.label, functions);
    const values = terms.map((term) => termValues(term, variables, input, node.label, functions));
    return (matches: readonly Bound[], now: number): Column => {
      const columns = schema.fields.map(({ type }, at) => {
        const cells = values[at]?.(matches, now) ?? [];
        return columnOfRows(
          cells.map((cell): StoredRow => [cell]),
          0,
          type,
        );
      });
      const [column] = project({ schema, rows: matches.length, columns, selection: undefined }, now);
      if (column === undefined) throw new Error('a measure was not computed');
      return column;
    };
  });
  return (matches, now) => {
    const firsts = matches.map(({ row }) => row(0));
    const partition = node.partition.map((index) => {
      const type = input.fields[index]?.type;
      if (type === undefined) throw new Error(`the partition column ${index} does not exist`);
      return columnOfRows(firsts, index, type);
    });
    const columns = [...partition, ...measures.map((measure) => measure(matches, now))];
    return { schema: node.schema, rows: matches.length, columns, selection: undefined };
  };
}
